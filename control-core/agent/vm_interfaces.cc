#include "control-core/agent/vm_interfaces.h"

#include <algorithm>
#include <set>

#include "control-core/agent/flow_rules.h"
#include "control-core/agent/networks.h"

namespace tflab::agent {
namespace {

// Without flows the vrouter itself checks sources, by route. With them it is the flows that do.
std::uint32_t vif_flags(const config::Network& network, bool has_flows) {
  return (network.rpf || has_flows ? vr::vif_policy : 0u) | (layer3(network) ? vr::vif_l3 : 0u) |
         (layer2(network) ? vr::vif_l2 : 0u);
}

// An interface has flows where packets must be judged one by one, change their addresses (as all do
// that ask a link-local service), or tell who has an address; the original's "policy enabled". All
// others are left to routes alone. Where nothing is routed, only groups judge: frames stay in their
// network, with the addresses they have.
bool has_flows(const config::Vrouter& config, const config::Port& port,
               const config::Network& network) {
  const bool routed = !port.floating_ips.empty() || !port.allowed_pairs.empty() ||
                      !config.link_local_services.empty() || judges_packets(config.fabric, network);
  return !port.security_groups.empty() || (layer3(network) && routed);
}

vr::SetVif vif_of(VifId id, const config::Port& port, const config::Network& network, VrfId vrf,
                  NexthopId flows_by, const Qos& qos) {
  const bool has_flows = flows_by != NexthopId{};
  return {.vif = id,
          .type = vr::VifType::virt,
          .flags = vif_flags(network, has_flows),
          .vrf = vrf,
          .mac = vrouter_mac,
          .address = port.address.v4(),
          .nexthop = flows_by,
          .qos = qos.map_of(port.qos_config.empty() ? network.qos_config : port.qos_config)};
}

}  // namespace

std::vector<Label> VmInterfaces::bring_up(const config::Vrouter& config, const Vrfs& vrfs) {
  std::vector<Label> moved;
  std::set<std::string> seen;
  for (const config::Port& port : config.ports) {
    const config::Network* network = find_network(config.fabric, port.network);
    if (network == nullptr || !seen.insert(port.name).second) continue;
    VmInterface& interface = made(port);
    interface.port = port;
    const VrfId vrf = vrfs.of_network(port.network)->id;
    const bool flows = has_flows(config, port, *network);
    const VifId id = interface.vif.vif;
    // The nexthop names the interface, and the interface its nexthop: three steps, once.
    program(interface, vif_of(id, port, *network, vrf, interface.vif.nexthop, qos_));
    if (const auto label = relabel(interface, *network, flows)) moved.push_back(*label);
    const NexthopId by =
        flows && interface.label ? labels_.bindings().at(*interface.label).nexthop : NexthopId{};
    program(interface, vif_of(id, port, *network, vrf, by, qos_));
  }
  return moved;
}

VmInterface& VmInterfaces::made(const config::Port& port) {
  const auto [it, is_new] = interfaces_.try_emplace(port.name);
  if (is_new) {
    it->second.vif.vif = ids_.take();
    by_vif_.emplace(it->second.vif.vif, &it->second);
  }
  return it->second;
}

void VmInterfaces::program(VmInterface& interface, const vr::SetVif& wanted) {
  if (interface.vif == wanted) return;
  const bool is_new = interface.vif.type != vr::VifType::virt;
  interface.vif = wanted;
  out_.program(wanted);
  if (is_new) out_.put(Attach{wanted.vif, interface.port.name});
}

// The label, if packets that carry it go elsewhere from now on.
std::optional<Label> VmInterfaces::relabel(VmInterface& interface, const config::Network& network,
                                           bool has_flows) {
  const auto key =
      NexthopKey::interface(interface.vif.vif, interface.vif.vrf, interface.port.mac, has_flows);
  if (!interface.label) interface.label = labels_.allocate();
  if (layer2(network) && !interface.bridge_label) interface.bridge_label = labels_.allocate();
  if (layer2(network) && interface.bridge_label) {
    labels_.bind(*interface.bridge_label,
                 NexthopKey::bridge(interface.vif.vif, interface.vif.vrf, has_flows));
  }
  if (!layer2(network) && interface.bridge_label) {
    labels_.unbind(*interface.bridge_label);
    labels_.release(*interface.bridge_label);
    interface.bridge_label.reset();
  }
  const bool moves = interface.nexthop != key;
  interface.nexthop = key;
  if (!interface.label || !moves) return {};
  labels_.bind(*interface.label, key);
  return interface.label;
}

std::vector<std::string> VmInterfaces::gone(const config::Vrouter& config) const {
  std::vector<std::string> gone;
  for (const auto& [name, interface] : interfaces_) {
    const auto port = std::ranges::find(config.ports, name, &config::Port::name);
    const bool wanted =
        port != config.ports.end() && find_network(config.fabric, port->network) != nullptr;
    if (!wanted) gone.push_back(name);
  }
  return gone;
}

std::vector<Label> VmInterfaces::unbind(const std::string& name) {
  const VmInterface& interface = interfaces_.at(name);
  if (interface.bridge_label) labels_.unbind(*interface.bridge_label);
  if (!interface.label) return {};
  labels_.unbind(*interface.label);
  return {*interface.label};
}

void VmInterfaces::remove(const std::string& name) {
  const auto it = interfaces_.find(name);
  VmInterface& interface = it->second;
  out_.put(Detach{interface.vif.vif});
  out_.program(vr::DeleteVif{interface.vif.vif});
  if (interface.label) labels_.release(*interface.label);
  if (interface.bridge_label) labels_.release(*interface.bridge_label);
  by_vif_.erase(interface.vif.vif);
  ids_.give(interface.vif.vif);
  interfaces_.erase(it);
}

const VmInterface* VmInterfaces::find(const std::string& port) const {
  const auto it = interfaces_.find(port);
  return it == interfaces_.end() ? nullptr : &it->second;
}

}  // namespace tflab::agent
