// What a document may leave open and a lab cannot: ids, route targets, addresses. All of them are
// written into the document, so that an event which adds or removes others moves none of them.

#include <algorithm>

#include "control-core/base/text.h"
#include "control-core/config/names.h"
#include "scenarios/draft.h"

namespace tflab::scenario {
namespace {

// The objects of one kind in a document, by full name: the document itself would look through all
// of them for each.
class Entries {
public:
  Entries(Json& document, Kind kind) : document_{document}, collection_{row_of(kind).collection} {
    const auto found = document.find(collection_);
    if (found == document.end() || !found->is_object()) return;
    std::size_t place = 0;
    for (const auto& [key, entry] : found->items()) at_.emplace(full_name(kind, key), place++);
  }

  // One that is not there yet is added.
  Json& of(const std::string& name) {
    Json& all = document_[collection_];
    const auto [at, fresh] = at_.try_emplace(name, all.size());
    if (fresh) all[name] = Json::object();
    return all.get_ref<Json::object_t&>().begin()[static_cast<std::ptrdiff_t>(at->second)].second;
  }

private:
  Json& document_;
  std::string collection_;
  std::map<std::string, std::size_t> at_;
};

void complete_ids(Scenario& scenario, Json& document) {
  std::set<std::uint32_t> used;
  for (const config::Network& net : scenario.networks) used.insert(net.instance);
  for (const auto& [name, router] : scenario.logical_routers) used.insert(router.vni);
  Entries networks{document, Kind::virtual_network}, routers{document, Kind::logical_router};
  std::uint32_t next = 4;  // 1 to 3 are the built-in networks
  const auto free_id = [&] {
    while (!used.insert(next).second) ++next;
    return next;
  };
  for (config::Network& net : scenario.networks) {
    if (net.instance == 0) net.instance = net.network_id = free_id();
    if (net.instance > 3) networks.of(net.name)["virtual-network-network-id"] = net.network_id;
  }
  for (auto& [name, router] : scenario.logical_routers) {
    if (!router.vxlan_routing) continue;
    if (router.vni == 0) router.vni = free_id();
    routers.of(name)["vxlan-network-identifier"] = router.vni;
  }
}

// The original numbers groups from 8000000 on; lower ids are for those that name one themselves.
void complete_groups(Scenario& scenario, Json& document) {
  std::set<std::uint32_t> used;
  for (const auto& [name, group] : scenario.security_groups) used.insert(group.id);
  Entries groups{document, Kind::security_group};
  std::uint32_t next = 8'000'000;
  for (auto& [name, group] : scenario.security_groups) {
    if (group.id == 0) {
      while (!used.insert(next).second) ++next;
      group.id = next;
    }
    groups.of(name)["security-group-id"] = group.id;
  }
}

void collect_targets(const Json& json, std::set<RouteTarget>& into) {
  if (json.is_string()) {
    if (const auto target = parse_target(json.get<std::string>())) into.insert(*target);
  } else if (json.is_structured()) {
    for (const auto& [key, value] : json.items()) collect_targets(value, into);
  }
}

// The original takes automatic targets from 8000000 up, or from 8000 where the AS needs four
// octets.
RouteTarget automatic_target(Asn as, std::uint32_t n) {
  if (as.raw() <= 0xffff)
    return RouteTarget::as2(static_cast<std::uint16_t>(as.raw()), 8'000'000 + n);
  return RouteTarget::as4(as, static_cast<std::uint16_t>(8'000 + n));
}

// Every network and logical router whose own entry is silent about "route-targets" gets one that
// nobody else has. The two built-in networks that no vRouter joins need none.
void complete_targets(Scenario& scenario, Json& document) {
  std::set<RouteTarget> used;
  collect_targets(document, used);
  Entries networks{document, Kind::virtual_network}, routers{document, Kind::logical_router};
  std::uint32_t n = 1;
  const auto complete = [&](Json& entry, std::vector<RouteTarget>& targets) {
    if (entry.contains("route-targets")) return;
    while (!used.insert(automatic_target(scenario.autonomous_system, n)).second) ++n;
    targets = {automatic_target(scenario.autonomous_system, n)};
    entry["route-targets"] = Json::array({to_text(targets.front())});
  };
  for (config::Network& net : scenario.networks)
    if (net.name != config::default_network && net.name != config::link_local)
      complete(networks.of(net.name), net.targets);
  for (auto& [name, router] : scenario.logical_routers) complete(routers.of(name), router.targets);
}

config::Network inside_of(const std::string& name, const LogicalRouter& router) {
  config::Network out;
  out.name = config::inside_of(name);
  out.instance = out.network_id = router.vni;
  out.targets = router.targets;
  out.forwarding = config::ForwardingMode::l3;
  out.routes_between = router.networks;
  return out;
}

// What logical routers come to, as the original's schema transformer does it.
void complete_networks(Scenario& scenario) {
  for (const auto& [name, router] : scenario.logical_routers) {
    if (router.vxlan_routing) scenario.networks.push_back(inside_of(name, router));
    if (router.vxlan_routing) continue;
    for (config::Network& net : scenario.networks)
      if (std::ranges::find(router.networks, net.name) != router.networks.end())
        net.targets.insert(net.targets.end(), router.targets.begin(), router.targets.end());
  }
  std::ranges::stable_sort(scenario.networks, {}, &config::Network::instance);
}

// A VRF of each network that a router is extended to, as the original's device manager makes them:
// what the network imports and exports, under a name that has its number.
void complete_vrfs(Scenario& scenario) {
  const auto both = [](std::vector<RouteTarget> targets, const std::vector<RouteTarget>& more) {
    targets.insert(targets.end(), more.begin(), more.end());
    return targets;
  };
  for (auto& [name, router] : scenario.physical_routers) {
    const BgpRouter* speaker = find(scenario.bgp_routers, name);
    for (const config::Network& net : scenario.networks) {
      if (std::ranges::find(router.networks, net.name) == router.networks.end()) continue;
      const std::string number = std::to_string(net.network_id);
      config::Vrf vrf = next_vrf(router, *speaker);
      vrf.name = "_contrail_l3_" + number + '_' + net.name.substr(net.name.rfind(':') + 1);
      vrf.rd = parse_rd(to_text(speaker->address) + ':' + number).value();
      vrf.import_targets = both(net.targets, net.import_targets);
      vrf.export_targets = both(net.targets, net.export_targets);
      router.vrfs.push_back(std::move(vrf));
    }
  }
}

IpAddr plus(const IpAddr& base, std::uint32_t n) {
  if (base.is_v4()) return Ip4{base.v4().raw() + n};
  Ip6 out = base.v6();
  for (std::size_t i = 16; i-- > 12 && n != 0;) {
    n += out.octets[i];
    out.octets[i] = static_cast<std::uint8_t>(n);
    n >>= 8;
  }
  return out;
}

// Addresses of a subnet in use, and below which of them none is free.
struct Used {
  std::set<IpAddr> taken;
  std::uint32_t next = 3;  // above the subnet's own address, its gateway and its name server
};

// The lowest that is free.
std::optional<IpAddr> free_address(const IpPrefix& subnet, Used& used) {
  const IpAddr broadcast =
      subnet.base().is_v4() ? Ip4{subnet.base().v4().raw() |
                                  (subnet.length() == 0 ? ~0u : ~(~0u << (32 - subnet.length())))}
                            : IpAddr{};
  for (; used.next < 0x10000; ++used.next) {
    const IpAddr candidate = plus(subnet.base(), used.next);
    if (!subnet.covers(candidate) || candidate == broadcast) return {};
    if (used.taken.insert(candidate).second) return candidate;
  }
  return {};
}

std::map<std::string, Used> used_addresses(const Scenario& scenario) {
  std::map<std::string, Used> used;
  for (const auto& [name, machine] : scenario.machines)
    for (const auto& [interface_name, interface] : machine.interfaces) {
      if (!interface.address.zero()) used[interface.network].taken.insert(interface.address);
      if (interface.address6) used[interface.network].taken.insert(*interface.address6);
      for (const auto* prefixes : {&interface.allowed_pairs, &interface.shared_addresses})
        for (const IpPrefix& prefix : *prefixes)
          used[interface.network].taken.insert(prefix.base());
      for (const config::FloatingIp& floating : interface.floating_ips)
        used[floating.network].taken.insert(floating.address);
    }
  return used;
}

// Machines stand in the document in the order in which they were read.
void complete_addresses(Draft& draft, Json& document) {
  if (draft.scenario.machines.empty()) return;
  auto used = used_addresses(draft.scenario);
  std::map<std::string_view, const config::Network*> networks;
  for (const config::Network& net : draft.scenario.networks) networks.emplace(net.name, &net);
  auto entry = document[row_of(Kind::virtual_machine).collection].begin();
  for (auto& [name, machine] : draft.scenario.machines) {
    Json& interfaces = (*entry++)["interfaces"];
    for (auto& [interface_name, interface] : machine.interfaces) {
      if (!interface.address.zero()) continue;
      const auto net = networks.find(interface.network);
      if (net == networks.end() || net->second->subnets.empty()) continue;
      const IpPrefix& subnet = net->second->subnets.front();
      const auto address = free_address(subnet, used[interface.network]);
      if (!address) {
        draft.faults.add("/virtual-machines/" + pointer_token(name) + "/interfaces/" +
                             pointer_token(interface_name),
                         "network " + in_quotes(net->second->name) +
                             " has no free address left in " + to_text(subnet));
        continue;
      }
      interface.address = *address;
      interfaces[interface_name]["instance-ip"] = to_text(*address);
    }
  }
}

}  // namespace

void complete(Draft& draft, Json& document) {
  complete_ids(draft.scenario, document);
  complete_targets(draft.scenario, document);
  complete_networks(draft.scenario);
  complete_vrfs(draft.scenario);
  complete_addresses(draft, document);
  complete_groups(draft.scenario, document);
}

}  // namespace tflab::scenario
