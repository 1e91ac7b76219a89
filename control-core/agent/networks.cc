#include "control-core/agent/networks.h"

#include <algorithm>

#include "control-core/config/compile.h"
#include "control-core/config/names.h"

namespace tflab::agent {

const config::Network* find_network(const config::Fabric& fabric, std::string_view name) {
  const auto it = std::ranges::find(fabric.networks, name, &config::Network::name);
  return it == fabric.networks.end() ? nullptr : &*it;
}

bool connected_with_fabric(const config::Fabric& fabric, const config::Network& network) {
  return config::connected(fabric, network.name, config::ip_fabric);
}

const config::Network* router_of(const config::Fabric& fabric, std::string_view network) {
  const auto it = std::ranges::find_if(fabric.networks, [&](const config::Network& each) {
    const auto& joined = each.routes_between;
    return std::ranges::find(joined, network) != joined.end();
  });
  return it == fabric.networks.end() ? nullptr : &*it;
}

std::vector<const config::Network*> needed_networks(const config::Vrouter& config) {
  std::vector<const config::Network*> needed;
  const auto need = [&](std::string_view name) {
    const config::Network* network = find_network(config.fabric, name);
    if (network != nullptr && std::ranges::find(needed, network) == needed.end()) {
      needed.push_back(network);
    }
  };
  need(config::ip_fabric);
  for (const config::Port& port : config.ports) need(port.network);
  for (const config::Port& port : config.ports) {
    if (find_network(config.fabric, port.network) == nullptr) continue;
    for (const config::FloatingIp& floating : port.floating_ips) need(floating.network);
  }
  for (const config::Port& port : config.ports)
    if (const config::Network* router = router_of(config.fabric, port.network)) need(router->name);
  return needed;
}

std::vector<Encap> offered_encaps(const config::Vrouter& config) {
  std::vector<Encap> offered;
  for (const Encap encap : {Encap::gre, Encap::udp}) {
    const bool configured = std::ranges::find(config.encaps, encap) != config.encaps.end();
    if (configured) offered.push_back(encap);
  }
  if (offered.empty()) return {Encap::gre, Encap::udp};
  return offered;
}

}  // namespace tflab::agent
