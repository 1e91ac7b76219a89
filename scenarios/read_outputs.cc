// outputs: what a run leaves behind.

#include <algorithm>

#include "scenarios/draft.h"

namespace tflab::scenario {
namespace {

constexpr Key output_keys[] = {{"trace"},
                               {"captures"},
                               {"dump"},
                               {"report"},
                               {"graph"},
                               {"directory", Key::refused},
                               {"metrics", Key::refused}};
constexpr Key capture_keys[] = {
    {"on", Key::required}, {"filter"}, {"snaplen", Key::refused}, {"format", Key::refused}};

using Word = Choice<std::string_view>;
constexpr Word traces[] = {{"none", "none"}, {"digest", "digest"}, {"control", "control"}};
constexpr std::string_view traces_refused[] = {"full"};
constexpr Word dumps[] = {
    {"nei", "nei"}, {"route summary", "route summary"}, {"route show", "route show"}, {"rt", "rt"}};
constexpr Word reports[] = {{"html", "html"}, {"junit", "junit"}, {"json", "json"}};
constexpr std::string_view reports_refused[] = {"markdown"};
constexpr Word graphs[] = {{"dot", "dot"}};
constexpr std::string_view graphs_refused[] = {"mermaid", "svg"};

void read_capture(const Node& node, Draft& to) {
  constexpr Kind kinds[] = {Kind::bgp_router, Kind::physical_router, Kind::virtual_router,
                            Kind::virtual_machine, Kind::host};
  if (!good_name(node.name(), 64))
    node.key_fault("name " + in_quotes(node.name()) + " must be letters, digits, _ . - only");
  if (!node.object(capture_keys)) return;
  Capture capture{node.name(), {}, {}};
  take(node, "on", capture.on, &Node::text);
  take(node, "filter", capture.filter, &Node::text);
  const auto on = node.at("on");
  if (!on || !on->json().is_string()) return;
  const auto slash = capture.on.rfind('/');
  const std::string interface = slash == std::string::npos ? "" : capture.on.substr(slash + 1);
  if (!good_name(interface, 15)) {
    on->fault(in_quotes(capture.on) +
              " must be <selector>/<interface>, such as "
              "\"virtual-router:*/vhost0\"");
    return;
  }
  const Json selector = capture.on.substr(0, slash);
  check_selector(Node{selector, on->pointer(), to.faults}, to.ever, kinds);
  to.scenario.outputs.captures.push_back(std::move(capture));
}

}  // namespace

void read_outputs(const Node& root, Draft& to) {
  const auto node = root.at("outputs");
  if (!node || !node->object(output_keys)) return;
  Outputs& out = to.scenario.outputs;
  const auto words = [&](std::string_view key, std::vector<std::string>& into,
                         std::span<const Word> known, std::span<const std::string_view> refused) {
    if (const auto list = node->at(key))
      read_list(*list, "a list of words", into,
                [&](const Node& n) { return n.one_of<std::string_view>(known, refused); });
  };
  take(*node, "trace", out.trace,
       [](const Node& n) { return n.one_of<std::string_view>(traces, traces_refused); });
  if (const auto captures = node->at("captures"))
    for (const Node& capture : captures->members("an object of captures by name"))
      read_capture(capture, to);
  words("dump", out.dump, dumps, {});
  words("report", out.report, reports, reports_refused);
  words("graph", out.graph, graphs, graphs_refused);
}

}  // namespace tflab::scenario
