#pragma once
// Networks and policies to import and export lists, as the original's schema transformer does it:
// two networks are connected when each carries a policy with a `pass` rule that allows the pair.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "control-core/config/model.h"

namespace tflab::config {

// A routing instance as a control node sees it. Lists are sorted and without repetition.
struct Instance {
  std::string name;         // default-domain:k8s-default:pod:pod
  std::string network;      // empty for the master instance and VRFs of a router
  std::uint32_t index = 0;  // 0: master
  std::uint32_t network_id = 0;
  std::vector<RouteTarget> imports;  // own and connected networks' targets; VIT targets are added
                                     // by the control node, whose identifier they contain
  std::vector<RouteTarget> exports;
  std::vector<std::string> connected;  // names of connected networks
  std::optional<Vrf> vrf;              // set: of a router, and no network
  friend bool operator==(const Instance&, const Instance&) = default;
};

// All instances in order of index, the master first.
std::vector<Instance> compile(const ControlNode& node);
std::vector<Instance> compile(const Fabric& fabric);

bool connected(const Fabric& fabric, std::string_view a, std::string_view b);

}  // namespace tflab::config
