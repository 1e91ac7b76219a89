#pragma once
// The VRFs of this vrouter and their numbers. The number is more than local: it is what an agent
// subscribes with, and becomes the second half of the route distinguisher of all its routes.

#include <absl/container/flat_hash_map.h>

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "control-core/agent/lowest_free.h"
#include "control-core/config/model.h"
#include "vrouter-core/base/id.h"

namespace tflab::agent {

struct Vrf {
  VrfId id;
  std::string instance;  // as control nodes name it
  std::string network;   // empty: the fabric VRF
};

class Vrfs {
public:
  Vrfs();  // with the fabric VRF
  Vrfs(const Vrfs&) = delete;
  Vrfs& operator=(const Vrfs&) = delete;

  // Numbers for those that have none yet, in the order given. The new ones.
  std::vector<Vrf> add(const std::vector<const config::Network*>& needed);
  // Those that are not needed any more; they stay until remove().
  std::vector<Vrf> gone(const std::vector<const config::Network*>& needed) const;
  void remove(VrfId id);

  const Vrf* of_network(std::string_view network) const;
  const Vrf* of_instance(std::string_view instance) const;
  const Vrf* find(VrfId id) const;
  const std::map<VrfId, Vrf>& all() const { return vrfs_; }

private:
  const Vrf& put(Vrf vrf);

  LowestFree<VrfId> ids_{VrfId{1}};
  std::map<VrfId, Vrf> vrfs_;
  absl::flat_hash_map<std::string_view, const Vrf*> by_instance_;  // asked for each message
};

}  // namespace tflab::agent
