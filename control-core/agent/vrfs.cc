#include "control-core/agent/vrfs.h"

#include <algorithm>
#include <utility>

#include "control-core/agent/output.h"
#include "control-core/config/names.h"

namespace tflab::agent {

Vrfs::Vrfs() {
  put({fabric_vrf, std::string{config::master_instance}, {}});
}

const Vrf& Vrfs::put(Vrf vrf) {
  const VrfId id = vrf.id;
  const Vrf& placed = vrfs_.emplace(id, std::move(vrf)).first->second;
  by_instance_.emplace(placed.instance, &placed);
  return placed;
}

std::vector<Vrf> Vrfs::add(const std::vector<const config::Network*>& needed) {
  std::vector<Vrf> added;
  for (const config::Network* network : needed) {
    if (of_network(network->name) != nullptr) continue;
    added.push_back(put({ids_.take(), config::instance_of(network->name), network->name}));
  }
  return added;
}

std::vector<Vrf> Vrfs::gone(const std::vector<const config::Network*>& needed) const {
  std::vector<Vrf> gone;
  for (const auto& [id, vrf] : vrfs_) {
    const bool wanted =
        id == fabric_vrf ||
        std::ranges::find(needed, vrf.network, &config::Network::name) != needed.end();
    if (!wanted) gone.push_back(vrf);
  }
  return gone;
}

void Vrfs::remove(VrfId id) {
  const auto it = vrfs_.find(id);
  by_instance_.erase(it->second.instance);
  vrfs_.erase(it);
  ids_.give(id);
}

const Vrf* Vrfs::of_network(std::string_view network) const {
  return of_instance(config::instance_of(network));
}
const Vrf* Vrfs::of_instance(std::string_view instance) const {
  const auto it = by_instance_.find(instance);
  return it == by_instance_.end() ? nullptr : it->second;
}
const Vrf* Vrfs::find(VrfId id) const {
  const auto it = vrfs_.find(id);
  return it == vrfs_.end() ? nullptr : &it->second;
}

}  // namespace tflab::agent
