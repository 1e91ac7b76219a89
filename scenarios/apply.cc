// Events that change what there is, as changes of the document: the scenario after an event is read
// from it like any other, with all its checks.

#include <algorithm>

#include "control-core/base/text.h"
#include "scenarios/load.h"
#include "scenarios/names.h"
#include "scenarios/source.h"
#include "scenarios/suggest.h"

namespace tflab::scenario {
namespace {

class Change {
public:
  Change(const Scenario& scenario, const Event& event)
      : document_(scenario.document), file_{scenario.file} {  // braces would make a list of one
    names_.add(document_);
    for (std::size_t i = 0; i < scenario.events.size(); ++i)
      if (scenario.events[i].id == event.id) place_ = "/events/" + std::to_string(i);
  }

  void operator()(const AddObjects& add) {
    for (const auto& [collection, objects] : add.objects.items()) {
      const KindRow* row = row_of_collection(collection);
      if (row == nullptr || !objects.is_object()) continue;  // refused when the event was read
      for (const auto& [name, value] : objects.items()) {
        const std::string full = full_name(row->kind, name);
        if (key_of(document_, row->kind, full))
          fault("/objects/" + collection + '/' + pointer_token(name),
                in_quotes(name) + " exists already; remove or patch it instead");
        else
          document_[collection][name] = value;
      }
    }
  }
  void operator()(const RemoveObjects& remove) {
    for (const Match& match : matches(remove.targets))
      document_[row_of(match.kind).collection].erase(
          key_of(document_, match.kind, match.name).value_or(match.name));
  }
  void operator()(const Patch& patch) {
    for (const Match& match : matches(patch.targets))
      document_[row_of(match.kind).collection]
               [key_of(document_, match.kind, match.name).value_or(match.name)]
                   .merge_patch(patch.patch);
  }
  void operator()(const Originate& originate) {
    for (const Match& match : matches(originate.targets)) {
      Json& vrfs = document_[row_of(match.kind).collection][match.name]["vrfs"];
      if (!vrfs.contains(originate.vrf)) {
        fault("/table", in_quotes(match.name) + " has no VRF " + in_quotes(originate.vrf) +
                            did_you_mean(originate.vrf, names_of_members(vrfs)));
        continue;
      }
      for (std::size_t i = 0; i < originate.prefixes.size(); ++i)
        change(vrfs[originate.vrf]["prefixes"], originate, i, match.name);
    }
  }
  template <class Other>
  void operator()(const Other&) {}  // ping, mark and control leave the document alone

  std::variant<Json, std::vector<Fault>> result() && {
    if (!faults_.empty()) return std::move(faults_);
    return std::move(document_);
  }

private:
  static std::vector<std::string> names_of_members(const Json& object) {
    std::vector<std::string> out;
    for (const auto& [name, value] : object.items()) out.push_back(name);
    return out;
  }

  // A router announces a prefix or does not: what it would not change is a mistake.
  void change(Json& prefixes, const Originate& originate, std::size_t i,
              const std::string& router) {
    const IpPrefix& prefix = originate.prefixes[i];
    const auto there = std::ranges::find_if(prefixes, [&](const Json& each) {
      return each.is_string() && parse_prefix(each.get<std::string>()) == prefix;
    });
    const bool announced = there != prefixes.end();
    if (announced == (originate.verb == Originate::announce))
      fault("/prefixes/" + std::to_string(i),
            in_quotes(router) + (announced ? " announces " : " does not announce ") +
                to_text(prefix) + " in " + in_quotes(originate.vrf) +
                (announced ? " already" : " at this time"));
    else if (announced)
      prefixes.erase(there);
    else
      prefixes.push_back(to_text(prefix));
  }

  std::vector<Match> matches(const std::vector<std::string>& selectors) {
    std::vector<Match> out;
    for (const std::string& selector : selectors) {
      const auto some = Selector::parse(selector).matches(names_);
      if (some.empty())
        fault("/target", "selector " + in_quotes(selector) + " matches nothing at this time");
      for (const Match& match : some)
        if (std::ranges::find(out, match) == out.end()) out.push_back(match);
    }
    return out;
  }
  void fault(const std::string& below, std::string message) {
    faults_.push_back({file_, 0, 0, place_ + below, std::move(message)});
  }

  Json document_;
  std::string file_, place_;
  Names names_;
  std::vector<Fault> faults_;
};

}  // namespace

// Cannot be wrong: nothing of the machine hangs on where it runs. So nothing is read again.
void moved(Scenario& scenario, const std::string& machine, const std::string& to) {
  for (auto& [name, it] : scenario.machines)
    if (name == machine) it.virtual_router = to;
  scenario.document[row_of(Kind::virtual_machine).collection][machine]["virtual-router"] = to;
}

std::variant<Json, std::vector<Fault>> applied(const Scenario& scenario, const Event& event) {
  Change change{scenario, event};
  std::visit(change, event.action);
  return std::move(change).result();
}

}  // namespace tflab::scenario
