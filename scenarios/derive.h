#pragma once
// What each node of a scenario is told: the scenario as seen by one control node or one vRouter.

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "control-core/config/model.h"
#include "scenarios/model.h"

namespace tflab::scenario {

config::Fabric fabric_of(const Scenario& scenario);
config::ControlNode control_node(const Scenario& scenario, std::string_view name);
// All of them, routers too, by name: what they know alike they share.
std::map<std::string, config::ControlNode> control_nodes(const Scenario& scenario);
// Those that agents are spread over: control nodes, and reflectors only where there is nobody else.
std::vector<std::string> serving_agents(const Scenario& scenario);
std::vector<config::BgpPeer> peers_of(const Scenario& scenario, std::string_view name);
config::Vrouter vrouter(const Scenario& scenario, std::string_view name);
// All of them, by name: asking for one after the other would search the machines each time.
std::map<std::string, config::Vrouter> vrouters(const Scenario& scenario);

// What an interface is to its machine: an address, how much of the network is on its link (all of
// the subnet), and who takes the rest (config/gateway.h).
struct OnLink {
  IpAddr address;
  std::uint8_t length = 32;
  std::optional<IpAddr> gateway{};  // none without a subnet
  bool beside = false;              // an address beside the interface's own: no way out by itself
  friend bool operator==(const OnLink&, const OnLink&) = default;
};
std::vector<OnLink> addresses_of(const Scenario& scenario, const Interface& interface);
// The longest packet of an interface that does not say itself: one that fits through any tunnel.
std::uint16_t mtu_of(const Scenario& scenario, const Interface& interface);
// The interface that may have an address with others, by name; null: none of the machine's.
const std::pair<std::string, Interface>* holder_of(const Machine& machine, const IpPrefix& prefix);
std::string cannot_have(const std::string& machine, const IpPrefix& prefix);  // what to say then

// What a leaf of a clos underlay is called by all who are connected to it.
inline constexpr Ip4 leaf_address{0xa9fe0001};  // 169.254.0.1

}  // namespace tflab::scenario
