#include "scenarios/load.h"

#include "scenarios/document.h"
#include "scenarios/draft.h"
#include "scenarios/generate.h"

namespace tflab::scenario {
namespace {

constexpr Key top_keys[] = {{"tflab", Key::required},
                            {"name", Key::required},
                            {"$schema"},
                            {"description"},
                            {"tags"},
                            {"run"},
                            {"global-system-config"},
                            {"global-vrouter-config"},
                            {"underlay"},
                            {"bgp-routers"},
                            {"physical-routers"},
                            {"virtual-routers"},
                            {"hosts"},
                            {"virtual-networks"},
                            {"logical-routers"},
                            {"network-policies"},
                            {"security-groups"},
                            {"service-health-checks"},
                            {"forwarding-classes"},
                            {"qos-configs"},
                            {"virtual-machines"},
                            {"events"},
                            {"expect"},
                            {"outputs"},
                            {"requires", Key::refused},
                            {"service-templates", Key::refused},
                            {"service-instances", Key::refused},
                            {"bgp-as-a-services", Key::refused}};

void read_format(const Node& node) {
  constexpr std::uint64_t format = 1;
  if (!node.json().is_number_integer())
    node.fault("expected the number of the format: 1");
  else if (node.json() != format)
    node.fault("format " + node.json().dump() + " is not known; this version reads format 1");
}

// The name becomes a folder, a namespace and a link name.
void read_name(const Node& node, std::string& name) {
  constexpr std::string_view letters = "abcdefghijklmnopqrstuvwxyz0123456789._-";
  const auto word = node.text();
  if (!word) return;
  name = *word;
  const bool good = !name.empty() && name.size() <= 63 &&
                    name.find_first_not_of(letters) == std::string::npos &&
                    std::string_view{"._-"}.find(name.front()) == std::string_view::npos;
  if (!good)
    node.fault("name " + in_quotes(name) +
               " must be 1 to 63 of a-z 0-9 . _ - and start with a letter or digit");
}

void read_heading(const Node& root, Scenario& scenario) {
  if (const auto node = root.at("$schema")) node->text();
  if (const auto node = root.at("tflab")) read_format(*node);
  if (const auto node = root.at("name")) read_name(*node, scenario.name);
  take(root, "description", scenario.description, &Node::text);
  std::vector<std::string> tags;
  if (const auto node = root.at("tags")) read_list(*node, "a list of words", tags, &Node::text);
}

Draft draft_of(const Json& document, Faults& faults) {
  Draft draft{faults, {}, {}, {}, {}, {}, {}, {}};
  draft.names.add(document);
  draft.ever = draft.names;
  return draft;
}

}  // namespace

void read_objects(const Node& root, Draft& to) {
  root.object(top_keys);
  read_heading(root, to.scenario);
  read_settings(root, to);
  read_routers(root, to);
  read_services(root, to);
  read_qos(root, to);
  read_policies(root, to);
  read_networks(root, to);
  read_logical_routers(root, to);
  read_machines(root, to);
}

Loaded load(const std::string& file, const LoadOptions& options) {
  Document document = read_document(file, options);
  if (!document.faults.empty()) return std::move(document.faults);
  Faults faults{document.sources};
  generate(document.json, document.sources, faults);
  if (!faults.empty()) return faults.take();
  Draft draft = draft_of(document.json, faults);
  const Node root{document.json, "", faults};
  read_objects(root, draft);
  // A lab that stands was checked when it was made; its events may name what is gone by now.
  Faults passed_over{document.sources};
  const Node story{document.json, "", options.standing ? passed_over : faults};
  read_events(story, draft);
  read_expectations(story, draft);
  read_outputs(story, draft);
  if (!options.standing) check_order(root, draft);
  if (faults.empty()) complete(draft, document.json);
  if (!faults.empty()) return faults.take();
  Scenario& scenario = draft.scenario;
  scenario.file = file;
  scenario.document = std::move(document.json);
  if (!options.standing) rehearse(scenario, faults);
  if (!faults.empty()) return faults.take();
  return std::move(scenario);
}

Loaded reload(const Scenario& before, Json document) {
  Sources sources;
  sources.add(before.file, "");
  Faults faults{sources};
  Draft draft = draft_of(document, faults);
  read_objects(Node{document, "", faults}, draft);
  if (faults.empty()) complete(draft, document);
  if (!faults.empty()) return faults.take();
  Scenario& scenario = draft.scenario;
  scenario.file = before.file;
  scenario.events = before.events;
  scenario.expectations = before.expectations;
  scenario.outputs = before.outputs;
  scenario.document = std::move(document);
  return std::move(scenario);
}

}  // namespace tflab::scenario
