// expect: what must hold, and when. Exactly one kind of check each.

#include <algorithm>

#include "control-core/base/text.h"
#include "control-core/config/names.h"
#include "scenarios/draft.h"
#include "vrouter-core/base/drop.h"

namespace tflab::scenario {
namespace {

constexpr Key cmp_keys[] = {{"eq"}, {"ne"}, {"ge"},      {"gt"},
                            {"le"}, {"lt"}, {"between"}, {"tolerance", Key::refused}};

std::optional<Cmp> compare(const Node& node) {
  Cmp cmp;
  if (node.json().is_number()) {
    cmp.eq = node.number();
    return cmp;
  }
  if (!node.json().is_object()) {
    node.fault("expected a number or a comparison such as {\"ge\": 16}");
    return {};
  }
  if (!node.object(cmp_keys)) return {};
  if (node.json().empty()) node.fault("a comparison needs one of eq, ne, ge, gt, le, lt, between");
  const auto bound = [&](std::string_view key, std::optional<double>& into) {
    if (const auto value = node.at(key)) into = value->number();
  };
  bound("eq", cmp.eq);
  bound("ne", cmp.ne);
  bound("ge", cmp.ge);
  bound("gt", cmp.gt);
  bound("le", cmp.le);
  bound("lt", cmp.lt);
  if (const auto between = node.at("between")) {
    const auto ends = between->elements("a list of two numbers");
    if (between->json().is_array() && ends.size() != 2) between->fault("give two numbers");
    if (ends.size() == 2) {
      cmp.ge = ends[0].number();
      cmp.le = ends[1].number();
      if (cmp.ge && cmp.le && *cmp.ge > *cmp.le) between->fault("the lower end comes first");
    }
  }
  return cmp;
}

constexpr Kind with_tables[] = {Kind::bgp_router, Kind::physical_router};
constexpr Kind speakers[] = {Kind::bgp_router, Kind::virtual_router};

void read_selector(const Node& node, std::string_view key, std::string& into,
                   std::span<const Kind> kinds, const Names& names) {
  take(node, key, into, &Node::text);
  if (const auto value = node.at(key); value && value->json().is_string())
    check_selector(*value, names, kinds);
}

constexpr Key session_keys[] = {{"of"}, {"with"}, {"encoding"}, {"state"}, {"count"}};
constexpr Choice<std::string_view> encodings[] = {{"XMPP", "XMPP"}, {"BGP", "BGP"}};
constexpr Choice<std::string_view> states[] = {
    {"Established", "Established"}, {"Active", "Active"}, {"Idle", "Idle"}, {"Connect", "Connect"}};

Check read_session(const Node& node, const Draft& draft) {
  SessionCheck check;
  check.count.ge = 1;
  if (!node.object(session_keys)) return check;
  read_selector(node, "of", check.of, speakers, draft.ever);
  read_selector(node, "with", check.with, speakers, draft.ever);
  take(node, "encoding", check.encoding,
       [](const Node& n) { return n.one_of<std::string_view>(encodings); });
  take(node, "state", check.state,
       [](const Node& n) { return n.one_of<std::string_view>(states); });
  take(node, "count", check.count, compare);
  return check;
}

// Every table a node can have: those of the master instance, of each network and of each VRF.
std::vector<std::string> table_names(const Draft& draft) {
  const Names& names = draft.ever;
  std::vector<std::string> out;
  for (const FamilyRow& row : family_rows) out.emplace_back(row.master);
  std::vector<std::string> networks = names.all(Kind::virtual_network);
  for (const std::string& router : names.all(Kind::logical_router))
    networks.push_back(config::inside_of(router));
  for (const std::string& net : networks)
    for (const FamilyRow& row : family_rows)
      if (!row.suffix.empty())
        out.push_back(config::instance_of(net) + '.' + std::string{row.suffix} + ".0");
  for (const auto& [name, router] : draft.scenario.physical_routers)
    for (const config::Vrf& vrf : router.vrfs)
      for (const char* suffix : {".inet.0", ".evpn.0"}) out.push_back(vrf.name + suffix);
  return out;
}

void read_table_name(const Node& node, std::string_view key, std::string& into,
                     const Draft& draft) {
  take(node, key, into, &Node::text);
  const auto value = node.at(key);
  if (!value || !value->json().is_string()) return;
  const auto known = table_names(draft);
  if (std::ranges::find(known, into) != known.end()) return;
  std::string hint = did_you_mean(into, known);
  for (const std::string& net : draft.ever.all(Kind::virtual_network))
    if (full_name(into) == net)
      hint = "; did you mean " + in_quotes(config::instance_of(net) + ".inet.0") + "?";
  value->fault("no node has a table " + in_quotes(into) + hint);
}

constexpr Key route_keys[] = {{"table", Key::required},
                              {"prefix", Key::required},
                              {"on"},
                              {"present"},
                              {"next-hop"},
                              {"source"},
                              {"label"},
                              {"paths"},
                              {"encap"},
                              {"local-preference"},
                              {"route-targets", Key::refused}};

std::optional<std::string> encapsulation(const Node& node) {
  const auto word = node.text();
  if (!word) return {};
  if (parse_encap(*word)) return word;
  constexpr std::string_view known[] = {"gre", "udp", "vxlan", "native", "mpls-o-gre", "mpls"};
  node.fault(in_quotes(*word) + " is not an encapsulation of routes" + did_you_mean(*word, known));
  return {};
}

Check read_route(const Node& node, const Draft& draft) {
  RouteCheck check;
  if (!node.object(route_keys)) return check;
  read_selector(node, "on", check.on, with_tables, draft.ever);
  read_table_name(node, "table", check.table, draft);
  take(node, "prefix", check.prefix, &Node::text);
  if (const auto prefix = node.at("prefix"); prefix && check.table.ends_with("inet.0"))
    prefix->prefix();
  take(node, "present", check.present, &Node::boolean);
  take(node, "next-hop", check.next_hop, &Node::text);
  if (const auto hop = node.at("next-hop"); hop && hop->json().is_string()) hop->ip();
  take(node, "source", check.source, &Node::text);
  take(node, "label", check.label, compare);
  take(node, "paths", check.paths, compare);
  if (const auto list = node.at("encap"))
    read_list(*list, "a list of encapsulations", check.encap, encapsulation);
  take(node, "local-preference", check.local_preference, integer<0, 0xffffffff>);
  return check;
}

constexpr Key table_keys[] = {
    {"name", Key::required}, {"on"}, {"prefixes"}, {"paths"}, {"primary-paths"}};

Check read_table(const Node& node, const Draft& draft) {
  TableCheck check;
  if (!node.object(table_keys)) return check;
  read_selector(node, "on", check.on, with_tables, draft.ever);
  read_table_name(node, "name", check.name, draft);
  take(node, "prefixes", check.prefixes, compare);
  take(node, "paths", check.paths, compare);
  take(node, "primary-paths", check.primary_paths, compare);
  return check;
}

constexpr Key reachable_keys[] = {{"from", Key::required},
                                  {"to", Key::required},
                                  {"is"},
                                  {"encap"},
                                  {"loss"},
                                  {"ttl"},
                                  {"size"},
                                  {"dont-fragment"},
                                  {"path-mtu"},
                                  {"hops"},
                                  {"expired-at"},
                                  {"drop-reason"},
                                  {"protocol"},
                                  {"port"},
                                  {"via", Key::refused}};
// What only a ping can tell.
constexpr std::string_view of_pings[] = {"ttl", "dont-fragment", "path-mtu", "hops", "expired-at"};
constexpr Choice<Ping::Over> asked_over[] = {
    {"icmp", Ping::icmp}, {"udp", Ping::udp}, {"tcp", Ping::tcp}};
constexpr Choice<std::string_view> ways[] = {{"MPLSoGRE", "MPLSoGRE"},
                                             {"MPLSoUDP", "MPLSoUDP"},
                                             {"VXLAN", "VXLAN"},
                                             {"native", "native"},
                                             {"local", "local"}};

std::optional<std::string> drop_reason(const Node& node) {
  const auto word = node.text();
  if (!word) return {};
  std::vector<std::string_view> known;
  for (const vr::DropName& name : vr::drop_names) {
    if (name.scenario == *word) return word;
    known.push_back(name.scenario);
  }
  node.fault(in_quotes(*word) + " is not a drop reason" + did_you_mean(*word, known));
  return {};
}

void read_service(const Node& node, ReachableCheck& check) {
  take(node, "protocol", check.over,
       [](const Node& n) { return n.one_of<Ping::Over>(asked_over); });
  take(node, "port", check.port, integer<1, 65535>);
  const auto port = node.at("port");
  if (check.over == Ping::icmp) {
    if (port) port->key_fault("\"port\" needs \"protocol\": \"udp\" or \"tcp\"");
    return;
  }
  if (!port) node.fault("udp and tcp need a \"port\"");
  for (std::string_view key : of_pings)
    if (const auto told = node.at(key))
      told->key_fault(in_quotes(key) + " is told by pings only (\"protocol\": \"icmp\")");
}

Check read_reachable(const Node& node, const Draft& draft) {
  ReachableCheck check;
  if (!node.object(reachable_keys)) return check;
  take(node, "from", check.from, &Node::text);
  take(node, "to", check.to, &Node::text);
  if (const auto from = node.at("from"); from && from->json().is_string())
    check_endpoint(*from, draft.ever);
  if (const auto to = node.at("to"); to && to->json().is_string())
    check_destination(*to, draft.ever);
  take(node, "is", check.is, &Node::boolean);
  take(node, "encap", check.encap, [](const Node& n) { return n.one_of<std::string_view>(ways); });
  take(node, "loss", check.loss, compare);
  take(node, "ttl", check.ttl, compare);
  take(node, "size", check.size, integer<84, 9'000>);
  take(node, "dont-fragment", check.dont_fragment, &Node::boolean);
  take(node, "path-mtu", check.path_mtu, compare);
  take(node, "hops", check.hops, integer<1, 255>);
  take(node, "expired-at", check.expired_at, &Node::ip);
  read_service(node, check);
  take(node, "drop-reason", check.drop_reason, drop_reason);
  if (const auto where = node.at("expired-at"); where && check.is)
    where->key_fault("\"expired-at\" needs \"is\": false");
  if (const auto reason = node.at("drop-reason"); reason && check.is)
    reason->key_fault("\"drop-reason\" needs \"is\": false");
  return check;
}

constexpr Key flood_keys[] = {
    {"from", Key::required}, {"members"}, {"copies"}, {"fan-out"}, {"hops"}};

// What only routes sends no frame to everybody, and gets none (the original's interfaces of such
// networks are without L2).
void check_floods(const Node& node, const std::string& machine, const Draft& draft) {
  const Machine* sender = find(draft.scenario.machines, machine);
  if (sender == nullptr || sender->interfaces.empty()) return;
  const std::string& network = sender->interfaces.front().second.network;
  const auto found = std::ranges::find(draft.scenario.networks, network, &config::Network::name);
  if (found == draft.scenario.networks.end() || found->forwarding != config::ForwardingMode::l3)
    return;
  node.fault("network " + in_quotes(network) + " of " + in_quotes(machine) +
             " only routes, so nothing is flooded there; give it \"forwarding-mode\": \"l2_l3\" "
             "or \"l2\"");
}

Check read_flood(const Node& node, const Draft& draft) {
  FloodCheck check;
  check.copies.eq = 1;
  if (!node.object(flood_keys)) return check;
  take(node, "from", check.from, &Node::text);
  if (const auto from = node.at("from"); from && from->json().is_string()) {
    const auto& machines = draft.ever.all(Kind::virtual_machine);
    if (!draft.ever.has(Kind::virtual_machine, check.from))
      from->fault("there is no machine " + in_quotes(check.from) +
                  did_you_mean(check.from, machines));
    check_floods(*from, check.from, draft);
  }
  take(node, "members", check.members, compare);
  take(node, "copies", check.copies, compare);
  take(node, "fan-out", check.fan_out, compare);
  take(node, "hops", check.hops, compare);
  return check;
}

constexpr Choice<std::string_view> invariants[] = {{"no-forwarding-loop", "no-forwarding-loop"},
                                                   {"fib-equals-rib", "fib-equals-rib"},
                                                   {"label-unique", "label-unique"},
                                                   {"all-sessions-up", "all-sessions-up"},
                                                   {"converged", "converged"},
                                                   {"as-configured", "as-configured"},
                                                   {"no-blackhole", "no-blackhole"},
                                                   {"no-leak", "no-leak"},
                                                   {"tables-fit", "tables-fit"}};
constexpr std::string_view invariants_refused[] = {"no-stale-route", "rtarget-consistent"};

Check read_invariant(const Node& node, const Draft&) {
  InvariantCheck check;
  if (const auto name = node.one_of<std::string_view>(invariants, invariants_refused))
    check.name = *name;
  return check;
}

constexpr Key metric_keys[] = {
    {"name", Key::required},      {"of"}, {"agg"}, {"since"}, {"is", Key::required},
    {"relative-to", Key::refused}};
constexpr Choice<MetricCheck::Name> metrics[] = {
    {"xmpp-sessions", MetricCheck::xmpp_sessions},
    {"bgp-sessions", MetricCheck::bgp_sessions},
    {"vpn-prefixes", MetricCheck::vpn_prefixes},
    {"routes", MetricCheck::routes},
    {"fib-routes", MetricCheck::fib_routes},
    {"fib-tunnels", MetricCheck::fib_tunnels},
    {"messages-sent", MetricCheck::messages_sent},
    {"octets-sent", MetricCheck::octets_sent},
    {"busy-time", MetricCheck::busy_time},
    {"peak-queue", MetricCheck::peak_queue},
    {"convergence-time", MetricCheck::convergence_time}};
constexpr Choice<MetricCheck::Aggregate> aggregates[] = {
    {"min", MetricCheck::min}, {"max", MetricCheck::max}, {"mean", MetricCheck::mean},
    {"sum", MetricCheck::sum}, {"p50", MetricCheck::p50}, {"p95", MetricCheck::p95},
    {"p99", MetricCheck::p99}};

Check read_metric(const Node& node, const Draft& draft) {
  MetricCheck check;
  if (!node.object(metric_keys)) return check;
  take(node, "name", check.name,
       [](const Node& n) { return n.one_of<MetricCheck::Name>(metrics); });
  take(node, "agg", check.aggregate,
       [](const Node& n) { return n.one_of<MetricCheck::Aggregate>(aggregates); });
  read_selector(node, "of", check.of, speakers, draft.ever);
  take(node, "since", check.since, &Node::text);
  const bool timed = check.name == MetricCheck::convergence_time;
  if (const auto since = node.at("since"); since && !timed)
    since->key_fault("\"since\" is for \"convergence-time\"");
  if (timed && !node.at("since")) node.fault("key \"since\" is missing: the event it counts from");
  take(node, "is", check.is, compare);
  return check;
}

constexpr Key same_as_keys[] = {{"host", Key::required}, {"compare"}, {"run", Key::refused}};
constexpr Choice<std::string_view> compared[] = {
    {"tables", "tables"}, {"fib", "fib"}, {"reachability", "reachability"}};

Check read_same_as(const Node& node, const Draft&) {
  SameAsCheck check;
  check.compare = {"tables", "fib", "reachability"};
  if (!node.object(same_as_keys)) return check;
  take(node, "host", check.host, [](const Node& n) { return n.one_of<HostKind>(host_kinds); });
  if (const auto list = node.at("compare"))
    read_list(*list, "a list of what to compare", check.compare,
              [](const Node& n) { return n.one_of<std::string_view>(compared); });
  return check;
}

struct KindOfCheck {
  std::string_view key;
  Check (*read)(const Node&, const Draft&);
};
constexpr KindOfCheck kinds_of_check[] = {{"session", read_session}, {"route", read_route},
                                          {"table", read_table},     {"reachable", read_reachable},
                                          {"flood", read_flood},     {"invariant", read_invariant},
                                          {"metric", read_metric},   {"same-as", read_same_as}};

constexpr Key expectation_keys[] = {{"id", Key::required},
                                    {"description"},
                                    {"source"},
                                    {"within"},
                                    {"after"},
                                    {"at"},
                                    {"until"},
                                    {"always"},
                                    {"never"},
                                    {"level"},
                                    {"on"},
                                    {"session"},
                                    {"route"},
                                    {"table"},
                                    {"reachable"},
                                    {"flood"},
                                    {"invariant"},
                                    {"same-as"},
                                    {"metric"},
                                    {"capture", Key::refused}};
constexpr Choice<bool> levels[] = {{"must", true}, {"should", false}};

void read_check(const Node& node, Expectation& expectation, const Draft& draft) {
  const KindOfCheck* chosen = nullptr;
  std::vector<std::string_view> known;
  for (const KindOfCheck& kind : kinds_of_check) {
    known.push_back(kind.key);
    const auto value = node.at(kind.key);
    if (!value) continue;
    if (chosen != nullptr)
      value->key_fault("an expectation checks one thing; " + in_quotes(chosen->key) +
                       " is there already");
    else
      expectation.check = kind.read(*value, draft);
    chosen = &kind;
  }
  if (chosen == nullptr && !node.at("capture"))
    node.fault("say what to check: " + one_of_text(known));
}

// A check of a moment, of a time limit, of the whole run: one of them.
void check_times(const Node& node) {
  std::string_view first;
  for (const std::string_view key : {"at", "within", "always", "never"}) {
    const auto value = node.at(key);
    if (!value) continue;
    if (!first.empty())
      value->key_fault(in_quotes(first) + " and " + in_quotes(key) + " exclude each other");
    first = key;
  }
  if (const auto until = node.at("until"); until && (first.empty() || first == "at"))
    until->key_fault("\"until\" needs \"within\", \"always\" or \"never\"");
}

void read_expectation(const Node& node, std::size_t index, Draft& to) {
  Expectation expectation;
  expectation.id = "expect-" + std::to_string(index + 1);
  if (node.object(expectation_keys)) {
    read_id(node, expectation.id, to);
    take(node, "description", expectation.description, &Node::text);
    take(node, "source", expectation.source, &Node::text);
    read_trigger(node, expectation.when, to);
    check_times(node);
    take(node, "within", expectation.within, &Node::duration);
    take(node, "until", expectation.until, &Node::text);
    take(node, "always", expectation.always, &Node::boolean);
    take(node, "never", expectation.never, &Node::boolean);
    take(node, "level", expectation.must, [](const Node& n) { return n.one_of<bool>(levels); });
    if (const auto on = node.at("on")) read_hosts(*on, expectation.on);
    read_check(node, expectation, to);
  }
  to.scenario.expectations.push_back(std::move(expectation));
}

}  // namespace

void check_destination(const Node& node, const Names& names) {
  const auto word = node.text();
  if (word && !parse_ip(*word)) check_endpoint(node, names);
}

void read_expectations(const Node& root, Draft& to) {
  const auto list = root.at("expect");
  if (!list) return;
  const auto elements = list->elements("a list of expectations");
  for (std::size_t i = 0; i < elements.size(); ++i) read_expectation(elements[i], i, to);
}

}  // namespace tflab::scenario
