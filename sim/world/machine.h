#pragma once
// A virtual machine or pod: an ns-3 node of its own behind ports of a vrouter, with the addresses
// of its interfaces, a default route by the subnet's gateway, and its workload.

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "scenarios/derive.h"
#include "sim/ns3/echo.h"
#include "sim/ns3/ethernet_device.h"
#include "sim/world/trace.h"

namespace tflab::sim {

// What a machine is made of. When this changes, the machine is made anew.
struct MachinePlan {
  struct Port {
    std::string name;  // coredns/eth0, as in config::Port
    Mac mac;
    std::vector<scenario::OnLink> addresses;  // IPv4 comes first
    std::uint16_t mtu = 1500;
    friend bool operator==(const Port&, const Port&) = default;
  };
  std::string name, vrouter;
  scenario::Workload workload{};
  std::vector<Port> ports;
  friend bool operator==(const MachinePlan&, const MachinePlan&) = default;
};

MachinePlan plan_of(const scenario::Scenario& scenario, const std::string& name,
                    const scenario::Machine& machine);

class Machine {
public:
  // Takes what a port of the machine sends.
  using ToVrouter = std::function<void(const std::string& port, const SharedBytes& frame)>;

  Machine(Trace& trace, MachinePlan plan, ToVrouter to_vrouter);
  ~Machine();
  Machine(const Machine&) = delete;
  Machine& operator=(const Machine&) = delete;

  // A frame out of the vrouter's end of a port.
  void deliver(const std::string& port, SharedBytes frame);
  // A frame out of the machine's own end, if it is on.
  void send(const std::string& port, const SharedBytes& frame);

  void set_power(bool on) { on_ = on; }
  bool on() const { return on_; }
  const MachinePlan& plan() const { return plan_; }
  ns3::Ptr<ns3::Node> node() const { return node_; }

private:
  struct Wire {
    ns3::Ptr<EthernetDevice> device;
    InterfaceId interface {};
  };
  void add_port(const MachinePlan::Port& port);

  Trace& trace_;
  MachinePlan plan_;
  ToVrouter to_vrouter_;
  ns3::Ptr<ns3::Node> node_;
  std::map<std::string, Wire> wires_;
  std::unique_ptr<EchoServices> services_;
  bool on_ = true;
};

}  // namespace tflab::sim
