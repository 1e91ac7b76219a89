#include "scenarios/samples.h"

#include <algorithm>
#include <map>
#include <set>

#include "control-core/base/text.h"
#include "scenarios/random.h"

namespace tflab::scenario {
namespace {

struct Candidate {
  std::string machine;
  const config::Network* network = nullptr;
  Ip4 address;
};

// Whose pings only routes decide about: what flows forbid, move or share is for other checks.
std::vector<Candidate> candidates(const Scenario& scenario) {
  std::map<std::string, const config::Network*> networks;
  for (const config::Network& network : scenario.networks)
    if (network.policies.empty() && network.provider_network.empty())
      networks[network.name] = &network;
  std::vector<Candidate> out;
  for (const auto& [name, machine] : scenario.machines) {
    if (machine.interfaces.empty()) continue;
    const Interface& port = machine.interfaces.front().second;
    const bool plain = port.security_groups.empty() && port.floating_ips.empty() &&
                       port.allowed_pairs.empty() && port.shared_addresses.empty() &&
                       port.health_checks.empty() && port.address.is_v4();
    const auto network = networks.find(port.network);
    if (plain && machine.workload != Workload::none && network != networks.end())
      out.push_back({name, network->second, port.address.v4()});
  }
  return out;
}

using Targets = std::set<std::string>;

Targets targets_of(const config::Network& network) {
  Targets out;
  for (const auto* list : {&network.targets, &network.import_targets, &network.export_targets})
    for (const RouteTarget& target : *list) out.insert(to_text(target));
  return out;
}

// Which networks something else may join than what they carry themselves.
Targets routed(const Scenario& scenario) {
  Targets out;
  for (const auto& [name, router] : scenario.logical_routers)
    out.insert(router.networks.begin(), router.networks.end());
  return out;
}

bool apart(const Candidate& a, const Candidate& b) {
  const Targets ours = targets_of(*a.network), theirs = targets_of(*b.network);
  const bool one_in_common =
      std::ranges::any_of(ours, [&](const auto& target) { return theirs.contains(target); });
  // Somebody else may have that address where the packet is looked for.
  const bool known_there = std::ranges::any_of(
      a.network->subnets, [&](const IpPrefix& subnet) { return subnet.covers(IpAddr{b.address}); });
  return !one_in_common && !known_there;
}

bool answered(Lab& lab, const std::string& from, const std::string& to, unsigned packets) {
  return lab.ping({.from = from, .to = to, .packets = packets, .way = false}).received > 0;
}

}  // namespace

std::vector<Pair> joined_pairs(const Scenario& scenario) {
  std::map<const config::Network*, std::vector<Candidate>> by_network;
  const std::vector<Candidate> all = candidates(scenario);
  for (const Candidate& one : all) by_network[one.network].push_back(one);
  std::vector<Candidate> with_others;
  for (const Candidate& one : all)
    if (by_network[one.network].size() > 1) with_others.push_back(one);
  std::vector<Pair> out;
  Random random{scenario.run.seed, "no-blackhole"};
  for (std::size_t n = 0; n < sampled_pairs && !with_others.empty(); ++n) {
    const Candidate& from = with_others[random.below(with_others.size())];
    const auto& others = by_network[from.network];
    std::size_t to = random.below(others.size() - 1);
    if (others[to].machine == from.machine) to = others.size() - 1;
    out.push_back({from.machine, others[to].machine});
  }
  return out;
}

std::vector<Pair> separate_pairs(const Scenario& scenario) {
  const Targets between = routed(scenario);
  std::vector<Candidate> all = candidates(scenario);
  std::erase_if(all, [&](const Candidate& one) { return between.contains(one.network->name); });
  std::vector<Pair> out;
  Random random{scenario.run.seed, "no-leak"};
  constexpr std::size_t draws = 200;  // for each pair, of which few may be apart
  for (std::size_t n = 0; n < draws * sampled_pairs && out.size() < sampled_pairs; ++n) {
    if (all.empty()) break;
    const Candidate& from = all[random.below(all.size())];
    const Candidate& to = all[random.below(all.size())];
    if (from.network != to.network && apart(from, to)) out.push_back({from.machine, to.machine});
  }
  return out;
}

std::vector<std::string> black_holes(const Scenario& scenario, Lab& lab) {
  const std::vector<Pair> pairs = joined_pairs(scenario);
  if (pairs.empty()) return {"no two machines to try it with"};
  std::vector<std::string> out;
  for (const auto& [from, to] : pairs)
    if (!answered(lab, from, to, 2)) out.push_back(from + " does not reach " + to);
  return out;
}

std::vector<std::string> leaks(const Scenario& scenario, Lab& lab) {
  const std::vector<Pair> pairs = separate_pairs(scenario);
  if (pairs.empty()) return {"no two machines to try it with"};
  std::vector<std::string> out;
  for (const auto& [from, to] : pairs)
    if (answered(lab, from, to, 1)) out.push_back(from + " reaches " + to);
  return out;
}

}  // namespace tflab::scenario
