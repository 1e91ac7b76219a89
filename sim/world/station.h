#pragma once
// A computer with one address on the underlay: a plain host, or what a control node runs on. Losing
// power ends the ns-3 node for good; booting makes a new one with the same addresses, which knows
// nothing of the old one's connections.

#include <ns3/node.h>

#include <optional>

#include "sim/ns3/echo.h"
#include "sim/ns3/stack.h"
#include "sim/world/underlay.h"

namespace tflab::sim {

class Station {
public:
  Station(Underlay& underlay, Ip4 address, const std::vector<std::string>& selectors);
  ~Station() { lose_power(); }
  Station(const Station&) = delete;
  Station& operator=(const Station&) = delete;

  void boot();        // nothing when it is on
  void lose_power();  // nobody is told
  bool on() const { return port_.has_value(); }

  void set_routes(const Routes& routes);
  void set_workload(scenario::Workload workload);
  void adapt();  // to a changed underlay

  Ip4 address() const { return address_; }
  ns3::Ptr<ns3::Node> node() const { return node_; }
  std::uint32_t context() const { return node_->GetId(); }
  std::unique_ptr<Streams> streams_for(StreamUser& user) {
    return underlay_.streams_of(node_, address_, user);
  }
  std::shared_ptr<node::Pools> pools() const { return underlay_.pools; }

private:
  Underlay& underlay_;
  Ip4 address_;
  Mac mac_;
  InterfaceId interface_;
  Routes routes_;
  scenario::Workload workload_ = scenario::Workload::none;
  ns3::Ptr<ns3::Node> node_;
  ns3::Ptr<EthernetDevice> device_;
  std::optional<PortId> port_;
  std::optional<EchoServices> services_;  // on the node, while it is on
};

}  // namespace tflab::sim
