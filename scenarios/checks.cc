#include "scenarios/checks.h"

#include <algorithm>

#include "control-core/base/text.h"
#include "scenarios/as_configured.h"
#include "scenarios/derive.h"
#include "scenarios/flood.h"
#include "scenarios/forwarding.h"
#include "scenarios/hardware.h"
#include "scenarios/names.h"
#include "scenarios/observe.h"
#include "scenarios/samples.h"
#include "scenarios/units.h"

namespace tflab::scenario {
namespace {

std::string joined(const std::vector<std::string>& parts, std::string_view with = ", ") {
  std::string out;
  for (const std::string& part : parts) out += (out.empty() ? "" : std::string{with}) + part;
  return out;
}

// "= 3" reads better as "3" in front of a noun.
std::string amount(const Cmp& cmp) {
  const std::string text = to_text(cmp);
  return text.starts_with("= ") ? text.substr(2) : text;
}

// Every control node, or the control nodes and routers that are named.
std::vector<NodeRef> nodes_with_tables(Lab& lab, const std::string& selector) {
  std::vector<NodeRef> out = nodes_of(lab, NodeRef::control_node);
  if (selector.empty()) return out;
  for (NodeRef& router : nodes_of(lab, NodeRef::router)) out.push_back(std::move(router));
  const Selector wanted = Selector::parse(selector);
  std::erase_if(out, [&](const NodeRef& node) {
    const bool physical =
        node.kind == NodeRef::router && wanted.matches(Kind::physical_router, node.name);
    return !physical && !wanted.matches(Kind::bgp_router, node.name);
  });
  return out;
}

std::string on_text(const std::string& selector) {
  return selector.empty() ? "" : " on " + selector;
}

// --- session

bool matches(const std::string& selector, Kind kind, const std::string& name) {
  return Selector::parse(selector).matches(kind, name);
}

// A row shows a session from the control node's side; the peer is an agent or another speaker.
bool concerns(const SessionRow& row, const SessionCheck& check) {
  if (!check.encoding.empty() && row.encoding != check.encoding) return false;
  const Kind peer = row.encoding == "XMPP" ? Kind::virtual_router : Kind::bgp_router;
  const auto here = [&](const std::string& s) { return matches(s, Kind::bgp_router, row.on); };
  const auto there = [&](const std::string& s) { return matches(s, peer, row.peer); };
  if (check.of.empty()) return check.with.empty() || here(check.with) || there(check.with);
  if (here(check.of)) return check.with.empty() || there(check.with);
  // Seen from the agent: its sessions stand in the control nodes' lists only.
  return peer == Kind::virtual_router && there(check.of) &&
         (check.with.empty() || here(check.with));
}

std::string wanted_of(const SessionCheck& check) {
  std::string out = amount(check.count);
  if (!check.encoding.empty()) out += ' ' + check.encoding;
  out += check.count.eq == 1.0 ? " session" : " sessions";
  if (!check.of.empty()) out += " of " + check.of;
  if (!check.with.empty()) out += " with " + check.with;
  return out + (check.state.empty() ? "" : ' ' + check.state);
}

Judged look(const SessionCheck& check, const Scenario&, Lab& lab, const Moments&) {
  unsigned count = 0;
  std::vector<std::string> others;
  for (const SessionRow& row : sessions(lab)) {
    if (!concerns(row, check)) continue;
    if (check.state.empty() || row.state == check.state)
      ++count;
    else if (others.size() < 5)
      others.push_back(row.on + " with " + row.peer + " is " + row.state);
  }
  std::string got = std::to_string(count);
  if (!others.empty()) got += "; " + joined(others);
  return {check.count.holds(count), wanted_of(check), got, {}};
}

// --- route

bool same_set(std::vector<std::string> a, std::vector<std::string> b) {
  std::ranges::sort(a);
  std::ranges::sort(b);
  return a == b;
}

bool fits(const PathRow& path, const RouteCheck& check) {
  return (!check.next_hop || path.next_hop == *check.next_hop) &&
         (!check.source || path.source == *check.source) &&
         (!check.label || check.label->holds(path.label)) &&
         (!check.local_preference || path.local_preference == *check.local_preference) &&
         (check.encap.empty() || same_set(path.encap, check.encap));
}

bool asks_of_paths(const RouteCheck& check) {
  return check.next_hop || check.source || check.label || check.local_preference ||
         !check.encap.empty();
}

std::string text_of_path(const PathRow& path) {
  return "[" + path.protocol + "|" + (path.source.empty() ? "None" : path.source) + "] nh " +
         path.next_hop + ", label " + std::to_string(path.label) + ", encap [" +
         joined(path.encap) + "], localpref " + std::to_string(path.local_preference);
}

std::string wanted_of(const RouteCheck& check) {
  std::vector<std::string> parts;
  if (check.next_hop) parts.push_back("nh " + *check.next_hop);
  if (check.source) parts.push_back("source " + *check.source);
  if (check.label) parts.push_back("label " + to_text(*check.label));
  if (!check.encap.empty()) parts.push_back("encap [" + joined(check.encap) + "]");
  if (check.local_preference)
    parts.push_back("localpref " + std::to_string(*check.local_preference));
  if (check.paths) parts.push_back(amount(*check.paths) + " paths");
  return (check.present ? "" : "no ") + check.prefix + " in " + check.table + on_text(check.on) +
         (parts.empty() ? "" : ": " + joined(parts));
}

struct RouteFound {
  bool holds;
  std::string got;
};
RouteFound look_on(const RouteCheck& check, const std::vector<RouteRow>& rows) {
  const auto row = std::ranges::find_if(
      rows, [&](const RouteRow& r) { return r.table == check.table && r.prefix == check.prefix; });
  if (row == rows.end() || row->paths.empty()) return {!check.present, "no such route"};
  std::vector<std::string> texts;
  for (const PathRow& path : row->paths) texts.push_back(text_of_path(path));
  const bool some_fit = !asks_of_paths(check) || std::ranges::any_of(row->paths, [&](auto& path) {
    return fits(path, check);
  });
  const bool count_fits =
      !check.paths || check.paths->holds(static_cast<double>(row->paths.size()));
  return {(some_fit && count_fits) == check.present, joined(texts, "; ")};
}

Judged look(const RouteCheck& check, const Scenario&, Lab& lab, const Moments&) {
  Judged out{true, wanted_of(check), {}, {}};
  const auto nodes = nodes_with_tables(lab, check.on);
  if (nodes.empty()) return {false, out.wanted, "no such node", {}};
  for (const NodeRef& node : nodes) {
    const auto rows = routes(lab, node, {{"routing_table", check.table}, {"prefix", check.prefix}});
    const RouteFound found = rows ? look_on(check, *rows) : RouteFound{false, "does not answer"};
    if (!out.got.empty() && out.holds && !found.holds) out.got.clear();
    if (out.got.empty() || (out.holds && !found.holds))
      out.got = (nodes.size() > 1 ? node.name + ": " : "") + found.got;
    out.holds = out.holds && found.holds;
  }
  return out;
}

// --- table

std::string wanted_of(const TableCheck& check) {
  std::vector<std::string> parts;
  if (check.prefixes) parts.push_back(amount(*check.prefixes) + " prefixes");
  if (check.paths) parts.push_back(amount(*check.paths) + " paths");
  if (check.primary_paths) parts.push_back(amount(*check.primary_paths) + " primary");
  return check.name + on_text(check.on) + ": " + (parts.empty() ? "is there" : joined(parts));
}

bool fits(const TableRow& row, const TableCheck& check) {
  const auto holds = [](const std::optional<Cmp>& cmp, std::uint64_t value) {
    return !cmp || cmp->holds(static_cast<double>(value));
  };
  return holds(check.prefixes, row.prefixes) && holds(check.paths, row.paths) &&
         holds(check.primary_paths, row.primary);
}

Judged look(const TableCheck& check, const Scenario&, Lab& lab, const Moments&) {
  Judged out{true, wanted_of(check), {}, {}};
  const auto nodes = nodes_with_tables(lab, check.on);
  if (nodes.empty()) return {false, out.wanted, "no such node", {}};
  for (const NodeRef& node : nodes) {
    const auto rows = tables(lab, node, check.name);
    std::string got = rows ? "no such table" : "does not answer";
    bool holds = false;
    if (rows)
      if (const auto row = std::ranges::find(*rows, check.name, &TableRow::name);
          row != rows->end()) {
        holds = fits(*row, check);
        got = std::to_string(row->prefixes) + " prefixes, " + std::to_string(row->paths) +
              " paths, " + std::to_string(row->primary) + " primary";
      }
    if (out.got.empty() || (out.holds && !holds))
      out.got = (nodes.size() > 1 ? node.name + ": " : "") + got;
    out.holds = out.holds && holds;
  }
  return out;
}

// --- reachable

std::string wanted_of(const ReachableCheck& check) {
  std::string out = check.from + (check.is ? " reaches " : " does not reach ") + check.to;
  if (!check.encap.empty()) out += ", encap " + check.encap;
  if (check.size != Ping{}.size) out += ", " + std::to_string(check.size) + " octets";
  if (check.dont_fragment) out += ", not to be cut";
  if (check.over != Ping::icmp)
    out += (check.over == Ping::udp ? ", udp port " : ", tcp port ") + std::to_string(check.port);
  if (check.hops != Ping{}.hops) out += ", hops " + std::to_string(check.hops);
  if (check.expired_at) out += ", told so by " + to_text(*check.expired_at);
  if (check.path_mtu) out += ", told a path MTU " + to_text(*check.path_mtu);
  if (check.ttl) out += ", ttl " + amount(*check.ttl);
  if (check.loss) out += ", loss " + amount(*check.loss);
  if (!check.drop_reason.empty()) out += ", dropped as " + check.drop_reason;
  return out;
}

bool fits(const PingResult& result, const ReachableCheck& check) {
  const double loss =
      result.sent == 0 ? 1.0 : double(result.sent - result.received) / double(result.sent);
  return (result.received > 0) == check.is && (!check.loss || check.loss->holds(loss)) &&
         (check.encap.empty() || result.encap == check.encap) &&
         (!check.ttl || (result.ttl && check.ttl->holds(*result.ttl))) &&
         (!check.expired_at || result.expired_at == check.expired_at) &&
         (!check.path_mtu || (result.path_mtu && check.path_mtu->holds(*result.path_mtu))) &&
         (check.drop_reason.empty() ||
          std::ranges::find(result.drop_reasons, check.drop_reason) != result.drop_reasons.end());
}

// What must be the same on every host. How many packets the first ARP cost is not.
Json compared(const PingResult& result, const ReachableCheck& check) {
  Json out = Json::object();
  out["reached"] = result.received > 0;
  if (result.path_mtu) out["path-mtu"] = *result.path_mtu;
  if (result.expired_at) out["expired-at"] = to_text(*result.expired_at);
  if (result.received > 0) {
    if (result.ttl) out["ttl"] = *result.ttl;
    out["encap"] = result.encap;
  } else if (!check.drop_reason.empty()) {
    out["dropped as " + check.drop_reason] =
        std::ranges::find(result.drop_reasons, check.drop_reason) != result.drop_reasons.end();
  }
  return out;
}

Judged look(const ReachableCheck& check, const Scenario& scenario, Lab& lab, const Moments&) {
  constexpr unsigned packets = 2;
  const PingResult result =
      lab.ping({check.from, address_of(scenario, check.to), packets, check.size,
                check.dont_fragment, check.hops, check.over, check.port});
  return {fits(result, check), wanted_of(check), to_text(result), compared(result, check)};
}

// --- flood

std::string wanted_of(const FloodCheck& check) {
  std::string out = "broadcast from " + check.from + ", copies " + amount(check.copies);
  if (check.members) out += ", members " + amount(*check.members);
  if (check.fan_out) out += ", fan-out " + amount(*check.fan_out);
  if (check.hops) out += ", hops " + amount(*check.hops);
  return out;
}

bool fits(const Flood& flood, const FloodCheck& check) {
  const auto holds = [](const std::optional<Cmp>& cmp, std::size_t value) {
    return !cmp || cmp->holds(static_cast<double>(value));
  };
  return flood.wanted > 0 && flood.strangers.empty() && check.copies.holds(flood.fewest) &&
         check.copies.holds(flood.most) && holds(check.members, flood.members) &&
         holds(check.fan_out, flood.fan_out) && holds(check.hops, flood.deepest);
}

// Trees are shaped by who came first: hosts may differ in that.
Judged look(const FloodCheck& check, const Scenario& scenario, Lab& lab, const Moments&) {
  const Flood flood = flooded(scenario, lab, check.from);
  return {fits(flood, check), wanted_of(check), to_text(flood),
          Json{{"members", flood.members}, {"fewest", flood.fewest}, {"most", flood.most}}};
}

// --- invariant

Judged of_faults(std::string_view name, const std::vector<std::string>& faults) {
  constexpr std::size_t shown = 3;
  const std::vector<std::string> first(
      faults.begin(), faults.begin() + static_cast<std::ptrdiff_t>(std::min(shown, faults.size())));
  std::string got = faults.empty() ? "holds" : joined(first, "; ");
  if (faults.size() > shown) got += "; and " + std::to_string(faults.size() - shown) + " more";
  return {faults.empty(), std::string{name}, got, {}};
}

// Both ends of every BGP session and the control node's end of every agent's.
std::vector<std::string> sessions_down(const Scenario& scenario, Lab& lab) {
  std::map<std::pair<std::string, std::string>, std::string> state;
  for (const SessionRow& row : sessions(lab))
    state[{row.on, row.encoding + ' ' + row.peer}] = row.state;
  std::vector<std::string> out;
  const auto want = [&](const std::string& on, const std::string& encoding,
                        const std::string& peer) {
    const auto found = state.find({on, encoding + ' ' + peer});
    if (found == state.end())
      out.push_back(on + " has no " + encoding + " session with " + peer);
    else if (found->second != "Established")
      out.push_back(on + " with " + peer + " is " + found->second);
  };
  for (const auto& [name, router] : scenario.bgp_routers)
    for (const config::BgpPeer& peer : peers_of(scenario, name)) want(name, "BGP", peer.name);
  std::map<std::string, std::size_t> up;  // agents that may go elsewhere: anybody's will do
  for (const auto& [at, how] : state)
    if (at.second.starts_with("XMPP ") && how == "Established") ++up[at.second.substr(5)];
  for (const auto& [name, router] : scenario.virtual_routers) {
    if (!router.roams) {
      for (const std::string& control : router.control_nodes) want(control, "XMPP", name);
    } else if (up[name] < router.control_nodes.size()) {
      out.push_back(name + " has " + std::to_string(up[name]) + " XMPP sessions");
    }
  }
  return out;
}

// Nothing on its way, and nobody has had news for a while: longer than anybody waits before it says
// that it has told everything (node/agents_tell.cc: 6 s).
std::vector<std::string> still_changing(Lab& lab) {
  constexpr Duration quiet = seconds(10);
  if (!lab.quiet()) return {"something is on its way"};
  std::vector<std::string> out;
  for (const NodeRef& node : lab.nodes())
    if (const auto vitals = lab.vitals(node); vitals && vitals->changed + quiet > lab.now())
      out.push_back(node.name + " had news " + to_text(lab.now() - vitals->changed) + " ago");
  return out;
}

Judged look(const InvariantCheck& check, const Scenario& scenario, Lab& lab, const Moments&) {
  if (check.name == "no-forwarding-loop")
    return of_faults(check.name, forwarding_loops(read_fibs(lab)));
  if (check.name == "label-unique") return of_faults(check.name, label_faults(read_fibs(lab)));
  if (check.name == "fib-equals-rib") return of_faults(check.name, fib_against_rib(lab));
  if (check.name == "converged") return of_faults(check.name, still_changing(lab));
  if (check.name == "no-blackhole") return of_faults(check.name, black_holes(scenario, lab));
  if (check.name == "no-leak") return of_faults(check.name, leaks(scenario, lab));
  if (check.name == "tables-fit") return of_faults(check.name, overfull_tables(scenario, lab));
  if (check.name == "as-configured")
    return of_faults(check.name, against_configuration(scenario, lab));
  return of_faults(check.name, sessions_down(scenario, lab));
}

// --- metric

std::string wanted_of(const MetricCheck& check) {
  return text_of(check) + ' ' + to_text(check.is);
}

Judged look(const MetricCheck& check, const Scenario& scenario, Lab& lab, const Moments& moments) {
  const auto values = measured(check, scenario, lab, moments);
  if (values.empty()) return {false, wanted_of(check), "nobody here counts it", {}};
  const double value = aggregated(check.aggregate, values);
  Cmp exactly;
  exactly.eq = value;
  return {check.is.holds(value),
          wanted_of(check),
          amount(exactly) + " (" + std::to_string(values.size()) + " nodes)",
          {}};
}

// --- same-as

std::string wanted_of(const SameAsCheck& check) {
  return "same " + joined(check.compare) + " as on " + std::string{host_name(check.host)};
}
std::string wanted_of(const InvariantCheck& check) {
  return check.name;
}

Judged look(const SameAsCheck& check, const Scenario&, Lab&, const Moments&) {
  return {false, wanted_of(check), "not compared", {}};
}

}  // namespace

Judged judge(const Check& check, const Scenario& scenario, Lab& lab, const Moments& moments) {
  return std::visit([&](const auto& kind) { return look(kind, scenario, lab, moments); }, check);
}

std::string wanted_text(const Check& check) {
  return std::visit([](const auto& kind) { return wanted_of(kind); }, check);
}

std::string address_of(const Scenario& scenario, const std::string& to) {
  if (const Machine* machine = find(scenario.machines, to);
      machine != nullptr && !machine->interfaces.empty())
    return to_text(machine->interfaces.front().second.address);
  if (const PlainHost* host = find(scenario.hosts, to)) return to_text(host->address);
  if (const VirtualRouter* router = find(scenario.virtual_routers, to))
    return to_text(router->address);
  if (const BgpRouter* router = find(scenario.bgp_routers, to)) return to_text(router->address);
  return to;
}

std::string to_text(const PingResult& result) {
  std::string out;
  if (result.received == 0)
    out = "no reply to " + std::to_string(result.sent) + " packets";
  else
    out = std::to_string(result.received) + " of " + std::to_string(result.sent) + " replies";
  if (result.received > 0 && result.ttl) out += ", ttl " + std::to_string(*result.ttl);
  if (result.path_mtu) out += ", told a path MTU of " + std::to_string(*result.path_mtu);
  if (result.expired_at) out += ", hops used up at " + to_text(*result.expired_at);
  if (!result.encap.empty()) out += ", encap " + result.encap;
  if (!result.drop_reasons.empty()) out += ", dropped as " + joined(result.drop_reasons);
  return out;
}

}  // namespace tflab::scenario
