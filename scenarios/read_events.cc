// events: what happens, and when. Objects that an event adds are read when the events are
// rehearsed.

#include <algorithm>
#include <array>

#include "control-core/base/text.h"
#include "scenarios/draft.h"

namespace tflab::scenario {
namespace {

enum class Verb : std::uint8_t {
  add,
  remove,
  patch,
  ping,
  mark,
  stop,
  start,
  restart,
  fail,
  recover,
  move,
  announce,
  withdraw,
  partition,
  heal,
  link_down,
  link_up,
  flap
};

constexpr Choice<Verb> verbs[] = {{"add", Verb::add},           {"remove", Verb::remove},
                                  {"patch", Verb::patch},       {"ping", Verb::ping},
                                  {"mark", Verb::mark},         {"stop", Verb::stop},
                                  {"start", Verb::start},       {"restart", Verb::restart},
                                  {"fail", Verb::fail},         {"recover", Verb::recover},
                                  {"move", Verb::move},         {"announce", Verb::announce},
                                  {"withdraw", Verb::withdraw}, {"partition", Verb::partition},
                                  {"heal", Verb::heal},         {"link-down", Verb::link_down},
                                  {"link-up", Verb::link_up},   {"flap", Verb::flap}};
constexpr std::string_view verbs_refused[] = {"clear",      "link-set",      "send",
                                              "replay",     "capture-start", "capture-stop",
                                              "checkpoint", "pause",         "run"};

constexpr Key event_keys[] = {{"do", Key::required},
                              {"id"},
                              {"at"},
                              {"after"},
                              {"delay"},
                              {"target"},
                              {"objects"},
                              {"patch"},
                              {"from"},
                              {"to"},
                              {"packets"},
                              {"every"},
                              {"times"},
                              {"spread"},
                              {"count"},
                              {"choose"},
                              {"link", Key::refused},
                              {"table"},
                              {"prefixes"},
                              {"route-targets", Key::refused},
                              {"pcap", Key::refused},
                              {"on", Key::refused},
                              {"command", Key::refused}};

// Which keys each verb takes, beyond those that say when.
struct VerbKeys {
  std::array<std::string_view, 3> required;
  std::array<std::string_view, 5> optional;
};
constexpr VerbKeys keys_of(Verb verb) {
  switch (verb) {
    case Verb::add:
      return {{"objects"}, {}};
    case Verb::remove:
      return {{"target"}, {}};
    case Verb::patch:
      return {{"target", "patch"}, {}};
    case Verb::ping:
      return {{"from", "to"}, {"packets"}};
    case Verb::mark:
    case Verb::heal:
      return {};
    case Verb::move:
      return {{"target", "to"}, {"count", "choose", "every", "times"}};
    case Verb::announce:
      return {{"target", "prefixes"}, {"table"}};
    case Verb::withdraw:
      return {{"target", "prefixes", "table"}, {}};
    case Verb::partition:
    case Verb::link_down:
    case Verb::link_up:
      return {{"target"}, {}};
    case Verb::flap:
      return {{"target", "every", "times"}, {"count", "choose"}};
    default:
      return {{"target"}, {"count", "choose", "every", "times", "spread"}};  // of nodes
  }
}

void check_keys_of(const Node& node, Verb verb) {
  constexpr std::string_view of_some[] = {"target",  "objects",  "patch",  "from",  "to",
                                          "packets", "count",    "choose", "every", "times",
                                          "spread",  "prefixes", "table"};
  const VerbKeys keys = keys_of(verb);
  const auto in = [](const auto& all, std::string_view key) {
    return std::ranges::find(all, key) != all.end();
  };
  const std::string word = in_quotes(node.at("do")->json().get<std::string>());
  for (const std::string_view key : of_some)
    if (const auto value = node.at(key);
        value && !in(keys.required, key) && !in(keys.optional, key))
      value->key_fault("key " + in_quotes(key) + " means nothing to \"do\": " + word +
                       "; take it out");
  for (const std::string_view key : keys.required)
    if (!key.empty() && !node.at(key))
      node.fault("key " + in_quotes(key) + " is missing; \"do\": " + word + " needs it");
}

std::vector<std::string> read_targets(const Node& node, std::span<const Kind> kinds,
                                      const Names& names) {
  std::vector<std::string> out;
  if (node.json().is_array()) {
    read_list(node, "a list of selectors", out, &Node::text);
    if (node.json().empty()) node.fault("name at least one target");
    for (const Node& element : node.elements("")) check_selector(element, names, kinds);
  } else if (const auto word = node.text()) {
    out.push_back(*word);
    check_selector(node, names, kinds);
  }
  return out;
}

AddObjects read_add(const Node& node) {
  AddObjects add;
  const auto objects = node.at("objects");
  if (!objects) return add;
  for (const Node& collection : objects->members("an object of collections")) {
    const KindRow* row = row_of_collection(collection.name());
    std::vector<std::string_view> known;
    for (const KindRow& each : kind_rows)
      if (each.changes) known.push_back(each.collection);
    if (row == nullptr)
      collection.key_fault("unknown collection " + in_quotes(collection.name()) +
                           did_you_mean(collection.name(), known));
    else if (!row->changes)
      collection.key_fault("adding to " + in_quotes(collection.name()) + " is " +
                           std::string{not_supported} + "; it takes " + one_of_text(known));
    else
      collection.members("an object of objects by name");
  }
  add.objects = objects->json();
  return add;
}

std::vector<Kind> kinds_where(bool KindRow::*flag) {
  std::vector<Kind> out;
  for (const KindRow& row : kind_rows)
    if (row.*flag) out.push_back(row.kind);
  return out;
}

Patch read_patch(const Node& node, const Names& names) {
  Patch patch;
  if (const auto target = node.at("target"))
    patch.targets = read_targets(*target, kinds_where(&KindRow::patched), names);
  if (const auto value = node.at("patch")) {
    value->members("an object");
    patch.patch = value->json();
  }
  return patch;
}

constexpr Kind pingable[] = {Kind::virtual_machine, Kind::host, Kind::virtual_router,
                             Kind::bgp_router};

}  // namespace

// A bare name of something that has an address.
void check_endpoint(const Node& node, const Names& names) {
  const auto word = node.text();
  if (!word) return;
  std::vector<std::string> known;
  for (const Kind kind : pingable) {
    if (names.has(kind, *word)) return;
    known.insert(known.end(), names.all(kind).begin(), names.all(kind).end());
  }
  node.fault("there is no machine or node " + in_quotes(*word) + did_you_mean(*word, known));
}

namespace {

Ping read_ping(const Node& node, const Names& names) {
  Ping ping;
  take(node, "from", ping.from, &Node::text);
  take(node, "to", ping.to, &Node::text);
  take(node, "packets", ping.packets, integer<1, 1000>);
  if (const auto from = node.at("from"); from && from->json().is_string())
    check_endpoint(*from, names);
  if (const auto to = node.at("to"); to && to->json().is_string()) check_destination(*to, names);
  return ping;
}

constexpr Choice<Pick::From> choices[] = {
    {"first", Pick::first}, {"last", Pick::last}, {"random", Pick::random}};

Pick read_pick(const Node& node) {
  Pick pick;
  const auto count = node.at("count"), choose = node.at("choose");
  const auto every = node.at("every"), times = node.at("times");
  if (count) pick.count = count->integer(1, 1'000'000);
  take(node, "choose", pick.from, [](const Node& n) { return n.one_of<Pick::From>(choices); });
  take(node, "every", pick.every, &Node::duration);
  take(node, "times", pick.times, integer<1, 1'000'000>);
  if (choose && !count) choose->key_fault("\"choose\" needs \"count\": how many each time");
  if (times && !every) times->key_fault("\"times\" needs \"every\": how long between two");
  if (every && !times) every->key_fault("\"every\" needs \"times\": how often");
  return pick;
}

constexpr Key spread_keys[] = {
    {"distribution", Key::required}, {"min", Key::required}, {"max", Key::required}};
constexpr Choice<bool> spreads[] = {{"uniform", true}};
constexpr std::string_view spreads_refused[] = {"normal", "exponential", "poisson", "zipf"};

std::optional<Spread> read_spread(const Node& node) {
  Spread spread{};
  const auto at = node.at("spread");
  if (!at || !at->object(spread_keys)) return {};
  if (const auto how = at->at("distribution")) how->one_of<bool>(spreads, spreads_refused);
  take(*at, "min", spread.min, &Node::duration);
  take(*at, "max", spread.max, &Node::duration);
  if (spread.max < spread.min) at->fault("\"min\" is after \"max\"");
  for (const std::string_view other : {"count", "every"})
    if (node.at(other)) at->key_fault("\"spread\" and " + in_quotes(other) + " exclude each other");
  return spread;
}

Move read_move(const Node& node, const Names& names) {
  constexpr Kind machines[] = {Kind::virtual_machine}, routers[] = {Kind::virtual_router};
  Move move;
  if (const auto target = node.at("target")) move.targets = read_targets(*target, machines, names);
  if (const auto to = node.at("to")) move.to = read_targets(*to, routers, names);
  move.pick = read_pick(node);
  return move;
}

std::optional<IpPrefix> ipv4_prefix(const Node& node) {
  const auto prefix = node.prefix();
  if (!prefix || prefix->base().is_v4()) return prefix;
  node.fault(to_text(*prefix) + " is IPv6, which is " + std::string{not_supported} + " here");
  return {};
}

std::vector<IpPrefix> read_prefixes(const Node& node) {
  std::vector<IpPrefix> out;
  const auto list = node.at("prefixes");
  if (!list) return out;
  read_list(*list, "a list of prefixes", out, ipv4_prefix);
  if (list->json().is_array() && list->json().empty()) list->fault("name at least one prefix");
  return out;
}

// A router's prefix stands in a table (a VRF), a machine's address does not.
Action read_announce(const Node& node, Verb verb, const Names& names) {
  constexpr Kind machines[] = {Kind::virtual_machine}, routers[] = {Kind::physical_router};
  const auto target = node.at("target");
  if (verb == Verb::announce && !node.at("table")) {
    Announce announce{{}, read_prefixes(node)};
    if (target) announce.targets = read_targets(*target, machines, names);
    return announce;
  }
  Originate originate;
  originate.verb = verb == Verb::withdraw ? Originate::withdraw : Originate::announce;
  if (target) originate.targets = read_targets(*target, routers, names);
  take(node, "table", originate.vrf, &Node::text);
  originate.prefixes = read_prefixes(node);
  return originate;
}

Partition read_partition(const Node& node, const Names& names) {
  constexpr Kind nodes[] = {Kind::bgp_router, Kind::virtual_router};
  Partition partition;
  if (const auto target = node.at("target"))
    partition.targets = read_targets(*target, nodes, names);
  return partition;
}

Cable read_cable(const Node& node, Verb verb, const Names& names) {
  constexpr Kind nodes[] = {Kind::bgp_router, Kind::virtual_router};
  Cable cable;
  cable.verb = verb == Verb::flap ? Cable::flap : verb == Verb::link_up ? Cable::up : Cable::down;
  if (const auto target = node.at("target")) cable.targets = read_targets(*target, nodes, names);
  if (verb == Verb::flap) cable.pick = read_pick(node);
  return cable;
}

Control read_control(const Node& node, Verb verb, const Names& names) {
  constexpr Kind nodes[] = {Kind::bgp_router, Kind::virtual_router, Kind::virtual_machine};
  Control control;
  control.verb =
      static_cast<Control::Verb>(static_cast<unsigned>(verb) - static_cast<unsigned>(Verb::stop));
  if (const auto target = node.at("target")) control.targets = read_targets(*target, nodes, names);
  control.pick = read_pick(node);
  control.spread = read_spread(node);
  return control;
}

Action read_action(const Node& node, Verb verb, const Names& names) {
  switch (verb) {
    case Verb::add:
      return read_add(node);
    case Verb::remove: {
      const auto target = node.at("target");
      if (!target) return RemoveObjects{};
      return RemoveObjects{read_targets(*target, kinds_where(&KindRow::changes), names)};
    }
    case Verb::patch:
      return read_patch(node, names);
    case Verb::ping:
      return read_ping(node, names);
    case Verb::mark:
      return Mark{};
    case Verb::move:
      return read_move(node, names);
    case Verb::announce:
    case Verb::withdraw:
      return read_announce(node, verb, names);
    case Verb::partition:
    case Verb::heal:
      return read_partition(node, names);
    case Verb::link_down:
    case Verb::link_up:
    case Verb::flap:
      return read_cable(node, verb, names);
    default:
      return read_control(node, verb, names);
  }
}

void read_event(const Node& node, std::size_t index, Draft& to) {
  Event event;
  event.id = "event-" + std::to_string(index + 1);
  if (node.object(event_keys)) {
    read_id(node, event.id, to);
    read_trigger(node, event.when, to);
    if (!event.when.at && event.when.after.empty() && !node.at("after") && !node.at("at"))
      node.fault("say when: \"at\" a time or \"after\" an event or expectation");
    const auto verb = node.at("do");
    if (const auto word = verb ? verb->one_of<Verb>(verbs, verbs_refused) : std::nullopt) {
      check_keys_of(node, *word);
      event.action = read_action(node, *word, to.ever);
    }
  }
  to.scenario.events.push_back(std::move(event));
}

}  // namespace

void check_selector(const Node& node, const Names& names, std::span<const Kind> kinds) {
  const auto word = node.text();
  if (!word) return;
  const Selector selector = Selector::parse(*word);
  const auto matches = selector.matches(names);
  std::vector<std::string_view> allowed;
  for (const Kind kind : kinds) allowed.push_back(row_of(kind).word);
  if (matches.empty()) {
    std::vector<std::string> known;
    for (const Kind kind : kinds)
      for (const std::string& name : names.all(kind))
        known.push_back(selector.kind ? std::string{row_of(kind).word} + ':' + name : name);
    node.fault("selector " + in_quotes(*word) + " matches nothing" + did_you_mean(*word, known));
  } else if (!selector.kind && matches.size() > 1) {
    const auto fits = std::ranges::find_if(matches, [&](const Match& match) {
      return std::ranges::find(kinds, match.kind) != kinds.end();
    });
    const Match& meant = fits != matches.end() ? *fits : matches.front();
    node.fault(in_quotes(*word) + " means several objects; write " +
               in_quotes(std::string{row_of(meant.kind).word} + ':' + *word));
    return;
  }
  for (const Match& match : matches)
    if (std::ranges::find(kinds, match.kind) == kinds.end()) {
      node.fault(in_quotes(*word) + " names a " + std::string{row_of(match.kind).word} +
                 "; here this version takes " + one_of_text(allowed));
      break;
    }
}

void read_id(const Node& place, std::string& id, Draft& to) {
  take(place, "id", id, &Node::text);
  const Node at = place.at("id").value_or(place);
  if (!good_name(id, 64))
    at.fault("id " + in_quotes(id) + " must be up to 64 letters, digits, _ . - only");
  const auto [other, fresh] = to.named_at.emplace(id, place.pointer());
  if (!fresh)
    at.fault("id " + in_quotes(id) + " is used already (" + to.faults.place(other->second) +
             "); events and expectations share one set of ids");
}

void read_trigger(const Node& place, Trigger& when, Draft&) {
  Duration at{};
  take(place, "at", at, &Node::duration);
  if (place.at("at")) when.at = at;
  take(place, "after", when.after, &Node::text);
  take(place, "delay", when.delay, &Node::duration);
  if (const auto after = place.at("after"); after && place.at("at"))
    after->key_fault("\"at\" and \"after\" exclude each other; take one out");
  if (const auto delay = place.at("delay"); delay && !place.at("after"))
    delay->key_fault("\"delay\" counts from \"after\", which is missing");
}

void read_events(const Node& root, Draft& to) {
  const auto list = root.at("events");
  if (!list) return;
  const auto elements = list->elements("a list of events");
  for (const Node& event : elements)
    if (const auto verb = event.at("do"); verb && verb->json() == "add")
      if (const auto objects = event.at("objects")) to.ever.add(objects->json());
  for (std::size_t i = 0; i < elements.size(); ++i) read_event(elements[i], i, to);
}

namespace {

struct Waiting {
  std::string id, after, pointer;
};

// Follows each `after` to its end; a chain that comes back to where it began is a cycle.
void check_cycles(const std::vector<Waiting>& all, Faults& faults) {
  std::map<std::string, const Waiting*> by_id;
  for (const Waiting& each : all) by_id.emplace(each.id, &each);
  std::set<std::string> told;
  for (const Waiting& start : all) {
    std::string chain = in_quotes(start.id);
    std::set<std::string> seen{start.id};
    const Waiting* at = &start;
    while (!at->after.empty()) {
      const auto next = by_id.find(at->after);
      if (next == by_id.end()) break;
      at = next->second;
      chain += " after " + in_quotes(at->id);
      if (!seen.insert(at->id).second) break;
    }
    if (at != &start || chain.find(" after ") == std::string::npos || told.contains(start.id))
      continue;
    told.insert(seen.begin(), seen.end());
    faults.add(start.pointer + "/after", "these wait for each other: " + chain);
  }
}

}  // namespace

void check_order(const Node& root, Draft& to) {
  std::vector<Waiting> all;
  std::vector<std::string> ids, event_ids;
  const auto gather = [&](const auto& list, std::string_view where) {
    for (std::size_t i = 0; i < list.size(); ++i) {
      all.push_back({list[i].id, list[i].when.after,
                     root.pointer() + '/' + std::string{where} + '/' + std::to_string(i)});
      ids.push_back(list[i].id);
    }
  };
  gather(to.scenario.events, "events");
  event_ids = ids;
  gather(to.scenario.expectations, "expect");
  for (const Waiting& each : all)
    if (!each.after.empty() && !to.named_at.contains(each.after))
      to.faults.add(each.pointer + "/after", "no event or expectation has the id " +
                                                 in_quotes(each.after) +
                                                 did_you_mean(each.after, ids));
  for (std::size_t i = 0; i < to.scenario.expectations.size(); ++i)
    if (const std::string& until = to.scenario.expectations[i].until;
        !until.empty() && std::ranges::find(event_ids, until) == event_ids.end())
      to.faults.add("/expect/" + std::to_string(i) + "/until",
                    "no event has the id " + in_quotes(until) + did_you_mean(until, event_ids));
  for (std::size_t i = 0; i < to.scenario.expectations.size(); ++i)
    if (const auto* metric = std::get_if<MetricCheck>(&to.scenario.expectations[i].check);
        metric != nullptr && !metric->since.empty() &&
        std::ranges::find(event_ids, metric->since) == event_ids.end())
      to.faults.add("/expect/" + std::to_string(i) + "/metric/since",
                    "no event has the id " + in_quotes(metric->since) +
                        did_you_mean(metric->since, event_ids));
  check_cycles(all, to.faults);
}

}  // namespace tflab::scenario
