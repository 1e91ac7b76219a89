#include "sim/world/machine.h"

#include <algorithm>
#include <stdexcept>

#include "sim/ns3/stack.h"
#include "sim/ns3/time.h"
#include "sim/world/underlay.h"

namespace tflab::sim {
namespace {

// The longest header a tunnel puts in front (VXLAN over IPv4: 20 + 8 + 8 + 14), so that a machine's
// full packet fits through the underlay whatever the encapsulation.
constexpr std::uint32_t longest_tunnel = 50;
constexpr std::uint32_t usual_mtu = 1500;

// The gateway is the last usable address of a subnet, as the original allocates it here.
Ip4 gateway_of(const IpPrefix& subnet) {
  const std::uint32_t hosts = subnet.length() == 0 ? ~0u : (1u << (32 - subnet.length())) - 1;
  return Ip4{(subnet.base().v4().raw() | hosts) - 1};
}

MachinePlan::Port port_of(const scenario::Scenario& scenario, const std::string& name,
                          const scenario::Interface& interface) {
  if (!interface.address.is_v4())
    throw std::runtime_error("cannot make interface " + name +
                             ": machines of the simulator have IPv4 addresses only");
  MachinePlan::Port port{name, interface.mac, interface.address.v4(), 32, {}};
  for (const auto& network : scenario.networks) {
    if (network.name != interface.network) continue;
    for (const IpPrefix& subnet : network.subnets) {
      if (!subnet.covers(interface.address) || subnet.length() > 30) continue;
      port.length = subnet.length();
      port.gateway = gateway_of(subnet);
    }
  }
  return port;
}

}  // namespace

MachinePlan plan_of(const scenario::Scenario& scenario, const std::string& name,
                    const scenario::Machine& machine) {
  MachinePlan plan{
      name,
      machine.virtual_router,
      machine.workload,
      static_cast<std::uint16_t>(std::min(usual_mtu, scenario.link.mtu - longest_tunnel)),
      {}};
  for (const auto& [interface_name, interface] : machine.interfaces)
    plan.ports.push_back(port_of(scenario, name + "/" + interface_name, interface));
  return plan;
}

Machine::Machine(Trace& trace, MachinePlan plan, ToVrouter to_vrouter)
    : trace_{trace},
      plan_{std::move(plan)},
      to_vrouter_{std::move(to_vrouter)},
      node_{make_node()} {
  for (const MachinePlan::Port& port : plan_.ports) add_port(port);
  start_workload();
}

Machine::~Machine() {
  for (auto& [name, wire] : wires_) wire.device->connect({});
}

void Machine::add_port(const MachinePlan::Port& port) {
  Wire wire{add_device(node_, port.mac, plan_.mtu), trace_.watch({"virtual-machine:" + port.name})};
  add_address(node_, wire.device, port.address, port.length);
  const bool first = wires_.empty();
  if (first && port.gateway) add_route(node_, IpPrefix{Ip4{}, 0}, *port.gateway);
  wire.device->connect([this, name = port.name, id = wire.interface](const SharedBytes& frame) {
    if (!on_) return;
    trace_.crossed(id, Direction::out, *frame);
    to_vrouter_(name, frame);
  });
  wires_.emplace(port.name, wire);
}

// Every machine answers pings: its stack does.
void Machine::start_workload() {
  constexpr std::uint32_t tcp_headers = 20 + 20 + 12;
  if (plan_.workload == scenario::Workload::udp_echo) udp_echo_ = std::make_unique<UdpEcho>(node_);
  if (plan_.workload == scenario::Workload::tcp_echo)
    tcp_echo_ = std::make_unique<TcpEcho>(node_, plan_.mtu - tcp_headers);
}

// Later, since the vrouter is still in the middle of the call that sent the frame.
void Machine::deliver(const std::string& port, SharedBytes frame) {
  const auto it = wires_.find(port);
  if (it == wires_.end() || !on_) return;
  trace_.crossed(it->second.interface, Direction::in, *frame);
  ns3::Simulator::ScheduleWithContext(
      node_->GetId(), to_ns3(local_hop),
      [device = it->second.device, frame = std::move(frame)] { device->deliver(*frame); });
}

}  // namespace tflab::sim
