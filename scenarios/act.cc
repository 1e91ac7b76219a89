#include "scenarios/act.h"

#include "control-core/base/text.h"
#include "scenarios/checks.h"
#include "scenarios/derive.h"
#include "scenarios/load.h"
#include "scenarios/names.h"
#include "scenarios/observe.h"
#include "vrouter-core/wire/arp.h"
#include "vrouter-core/wire/ethernet.h"

namespace tflab::scenario {
namespace {

constexpr std::string_view refused = "refused: ";

// RFC 5227 section 3.
std::vector<std::byte> announcement(const Mac& mac, Ip4 address) {
  std::vector<std::byte> frame(wire::Ethernet::size + wire::Arp::size);
  Writer out{frame};
  wire::Ethernet{broadcast_mac, mac, wire::EtherType::arp}.write(out);
  wire::Arp{wire::Arp::Op::request, mac, address, {}, address}.write(out);
  return frame;
}

struct Act {
  const Step& step;
  Scenario& scenario;
  Lab& lab;
  Down& down;
  Random& random;

  std::string change(const Event& event, std::string done) {
    auto document = applied(scenario, event);
    if (auto* faults = std::get_if<std::vector<Fault>>(&document))
      return std::string{refused} + to_text(faults->front());
    auto next = reload(scenario, std::move(std::get<Json>(document)));
    if (auto* faults = std::get_if<std::vector<Fault>>(&next))
      return std::string{refused} + to_text(faults->front());
    scenario = std::move(std::get<Scenario>(next));
    lab.configure(scenario);
    return done;
  }

  std::string operator()(const Event& event, const AddObjects& add) {
    std::string names;
    for (const auto& [collection, objects] : add.objects.items())
      for (const auto& [name, value] : objects.items()) names += (names.empty() ? "" : ", ") + name;
    return change(event, "added " + names);
  }
  std::string operator()(const Event& event, const RemoveObjects& remove) {
    return change(event, "removed " + listed(remove.targets));
  }
  std::string operator()(const Event& event, const Patch& patch) {
    return change(event, "patched " + listed(patch.targets) + " with " + patch.patch.dump());
  }
  std::string operator()(const Event&, const Ping& ping) {
    const PingResult result = lab.ping(
        {ping.from, address_of(scenario, ping.to), ping.packets, ping.size, ping.dont_fragment});
    return ping.from + " pings " + ping.to + ": " + to_text(result);
  }
  std::string operator()(const Event&, const Control& control) {
    static constexpr std::string_view verbs[] = {"stopped", "started", "restarted", "failed",
                                                 "recovered"};
    std::string names;
    for (const Match& match : step.whom.empty() ? whom(control) : step.whom) {
      lab.control(control.verb, node_of(match));
      if (control.verb == Control::stop || control.verb == Control::fail)
        down.insert(selector_of(match));
      else
        down.erase(selector_of(match));
      names += (names.empty() ? "" : ", ") + match.name;
    }
    return std::string{verbs[control.verb]} + ' ' + (names.empty() ? "nothing" : names);
  }
  // A machine runs on another vRouter from now on; everything else about it stays.
  std::string operator()(const Event&, const Move& move) {
    const Names names = names_in(scenario);
    const auto places = matches_of(move.to, names);
    std::string done;
    for (const Match& match : chosen(move.pick, matches_of(move.targets, names), random)) {
      const std::string& to = places[random.below(places.size())].name;
      moved(scenario, match.name, to);
      done += (done.empty() ? "moved " : ", ") + match.name + " to " + to;
    }
    lab.configure(scenario);
    return done;
  }
  std::string operator()(const Event& event, const Originate& originate) {
    std::string prefixes;
    for (const IpPrefix& prefix : originate.prefixes)
      prefixes += (prefixes.empty() ? "" : ", ") + to_text(prefix);
    return change(event,
                  listed(originate.targets) +
                      (originate.verb == Originate::announce ? " announces " : " withdraws ") +
                      prefixes + " in " + originate.vrf);
  }
  std::string operator()(const Event&, const Partition& partition) {
    std::vector<NodeRef> apart;
    for (const Match& match : matches_of(partition.targets, names_in(scenario)))
      apart.push_back(node_of(match));
    lab.separate(apart);
    if (apart.empty()) return "the underlay is whole";
    return listed(partition.targets) + " apart from the others";
  }
  std::string operator()(const Event&, const Cable& cable) {
    // Somebody's hand on a lab that merely stands.
    if (cable.verb == Cable::flap && step.whom.empty())
      return std::string{refused} + "a flap takes its time; say link-down and link-up one by one";
    const bool in = cable.verb == Cable::up || step.back;
    std::string names;
    for (const Match& match :
         step.whom.empty() ? matches_of(cable.targets, names_in(scenario)) : step.whom) {
      lab.plug(node_of(match), in);
      names += (names.empty() ? "" : ", ") + match.name;
    }
    return (in ? "link up: " : "link down: ") + names;
  }
  std::string operator()(const Event&, const Announce& announce) {
    std::string done;
    for (const Match& match : matches_of(announce.targets, names_in(scenario)))
      for (const IpPrefix& prefix : announce.prefixes) {
        const auto* holder = holder_of(*find(scenario.machines, match.name), prefix);
        if (holder == nullptr) return std::string{refused} + cannot_have(match.name, prefix);
        lab.send(match.name, holder->first, announcement(holder->second.mac, prefix.base().v4()));
        done += (done.empty() ? "" : ", ") + match.name + " has " + to_text(prefix);
      }
    return done;
  }
  std::string operator()(const Event&, const Mark&) { return "mark"; }

  static std::string listed(const std::vector<std::string>& all) {
    std::string out;
    for (const std::string& each : all) out += (out.empty() ? "" : ", ") + each;
    return out;
  }

  std::vector<Match> whom(const Control& control) {
    auto all = matches_of(control.targets, names_in(scenario));
    std::erase_if(all, [](const Match& match) {
      return match.kind != Kind::bgp_router && match.kind != Kind::virtual_router &&
             match.kind != Kind::virtual_machine;
    });
    if (!control.pick.count) return all;
    std::erase_if(all, [&](const Match& match) {
      return !can_change(control.verb, down.contains(selector_of(match)));
    });
    return chosen(control.pick, std::move(all), random);
  }
  NodeRef node_of(const Match& match) const {
    if (match.kind == Kind::bgp_router) return speaker(scenario, match.name);
    if (match.kind == Kind::virtual_machine) return {NodeRef::machine, match.name};
    return {NodeRef::vrouter, match.name};
  }
};

}  // namespace

std::string act(const Event& event, const Step& step, Stage stage) {
  Act one{step, stage.scenario, stage.lab, stage.down, stage.random};
  return std::visit([&](const auto& action) { return one(event, action); }, event.action);
}

bool is_refusal(const std::string& done) {
  return done.starts_with(refused);
}

}  // namespace tflab::scenario
