// The state at the end of a run that hosts are compared by, and where two of them differ. Ages and
// timestamps are left out; nexthop numbers are resolved to what they mean.

#include <algorithm>

#include "control-core/base/text.h"
#include "scenarios/forwarding.h"
#include "scenarios/observe.h"
#include "scenarios/play.h"

namespace tflab::scenario {
namespace {

Json json_of(const PathRow& path) {
  Json out = Json::object();
  out["protocol"] = path.protocol;
  out["source"] = path.source;
  out["local_preference"] = path.local_preference;
  out["next_hop"] = path.next_hop;
  out["encap"] = path.encap;
  out["label"] = path.label;
  out["primary_table"] = path.primary_table;
  out["flags"] = path.flags;
  out["communities"] = path.communities;
  return out;
}

// table -> prefix -> paths
Json tables_of(const std::vector<RouteRow>& rows) {
  Json out = Json::object();
  for (const RouteRow& row : rows) {
    Json paths = Json::array();
    for (const PathRow& path : row.paths) paths.push_back(json_of(path));
    out[row.table][row.prefix] = std::move(paths);
  }
  return out;
}

// A neighbour's own /32 stands there for as long as somebody talked to it lately.
bool learned(const Fib& fib, unsigned vrf, const IpPrefix& prefix) {
  return vrf == 0 && prefix == IpPrefix::host(prefix.base()) &&
         std::ranges::find(fib.neighbours, prefix.base()) != fib.neighbours.end();
}

// The label of a multicast tree is what the control node came to when it built the tree last, so it
// stands under the name of its VRF.
std::string label_name(const Fib& fib, std::uint32_t label, std::uint32_t id) {
  const FibNexthop* nexthop = fib.nexthop(id);
  const bool tree = nexthop != nullptr && nexthop->type == "COMPOSITE";
  return tree ? "tree of " + fib.vrf_name(nexthop->vrf) : std::to_string(label);
}

// vrf -> prefix -> where to
Json fib_of(const Fib& fib) {
  Json out = Json::object();
  for (const auto& [vrf, name] : fib.vrfs) out[name] = Json::object();
  for (const auto& [vrf, table] : fib.routes) {
    Json& entries = out[fib.vrf_name(vrf)];
    for (const auto& [prefix, route] : table) {
      if (learned(fib, vrf, prefix)) continue;
      std::string text = describe(fib, route.nexthop);
      if (route.label) text += ", label " + std::to_string(*route.label);
      entries[to_text(prefix)] = std::move(text);
    }
  }
  Json& labels = out["labels"] = Json::object();
  for (const auto& [label, nexthop] : fib.labels)
    labels[label_name(fib, label, nexthop)] = describe(fib, nexthop);
  return out;
}

std::string shown(const Json& json) {
  return json.is_string() ? json.get<std::string>() : json.dump();
}

// Differences of two values, told at the innermost object they lie in.
void compare(const Json& a, const Json& b, const std::string& where,
             std::vector<std::string>& out) {
  constexpr std::size_t most = 200;
  if (a == b || out.size() >= most) return;
  if (!a.is_object() || !b.is_object()) {
    out.push_back(where + ": " + shown(a) + " against " + shown(b));
    return;
  }
  for (const auto& [key, value] : a.items()) {
    const std::string inner = where + ' ' + key;
    if (const auto other = b.find(key); other != b.end())
      compare(value, *other, inner, out);
    else
      out.push_back(inner + ": only in the first" +
                    (value.is_string() ? " (" + shown(value) + ")" : ""));
  }
  for (const auto& [key, value] : b.items())
    if (!a.contains(key))
      out.push_back(where + ' ' + key + ": only in the second" +
                    (value.is_string() ? " (" + shown(value) + ")" : ""));
}

void compare(const std::map<std::string, Json>& a, const std::map<std::string, Json>& b,
             const std::string& what, std::vector<std::string>& out) {
  static const Json nothing = Json::object();
  for (const auto& [name, value] : a) {
    const auto other = b.find(name);
    if (other == b.end())
      out.push_back(what + " of " + name + ": only in the first");
    else
      compare(value, other->second, what + " of " + name + ':', out);
  }
  for (const auto& [name, value] : b)
    if (!a.contains(name)) out.push_back(what + " of " + name + ": only in the second");
}

// Objects are ordered by insertion, and no host promises an order of routes: sort before comparing.
Json sorted(const Json& json) {
  if (!json.is_object()) return json;
  std::map<std::string, Json> members;
  for (const auto& [key, value] : json.items()) members.emplace(key, sorted(value));
  Json out = Json::object();
  for (auto& [key, value] : members) out[key] = std::move(value);
  return out;
}

}  // namespace

FinalState final_state(Pages& lab) {
  FinalState out;
  for (const NodeRef& node : nodes_of(lab, NodeRef::control_node))
    if (const auto rows = routes(lab, node)) out.tables[node.name] = sorted(tables_of(*rows));
  for (const Fib& fib : read_fibs(lab)) out.fib[fib.vrouter] = sorted(fib_of(fib));
  return out;
}

std::vector<std::string> differences(const FinalState& a, const FinalState& b,
                                     const std::vector<std::string>& what) {
  std::vector<std::string> out;
  const auto wanted = [&](std::string_view word) {
    return std::ranges::find(what, word) != what.end();
  };
  if (wanted("tables")) compare(a.tables, b.tables, "tables", out);
  if (wanted("fib")) compare(a.fib, b.fib, "fib", out);
  if (wanted("reachability")) compare(a.reachability, b.reachability, "reachability", out);
  return out;
}

void judge_same_as(const Scenario& scenario, std::vector<Outcome>& outcomes) {
  for (const Expectation& expectation : scenario.expectations) {
    const auto* check = std::get_if<SameAsCheck>(&expectation.check);
    if (check == nullptr) continue;
    const auto reference = std::ranges::find(outcomes, check->host, &Outcome::host);
    for (Outcome& outcome : outcomes) {
      const auto finding = std::ranges::find(outcome.findings, expectation.id, &Finding::id);
      if (finding == outcome.findings.end()) continue;
      if (reference == outcomes.end() || reference->interrupted || outcome.interrupted) {
        finding->got = "the host to compare with has not run";
        continue;
      }
      if (&outcome == &*reference) {
        finding->got = "is the host to compare with";
        continue;
      }
      const auto found = differences(reference->state, outcome.state, check->compare);
      finding->verdict = found.empty()      ? Verdict::passed
                         : expectation.must ? Verdict::failed
                                            : Verdict::should_failed;
      finding->got = found.empty()
                         ? "the same"
                         : std::to_string(found.size()) + " differences, first: " + found.front();
    }
  }
}

}  // namespace tflab::scenario
