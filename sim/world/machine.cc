#include "sim/world/machine.h"

#include "sim/ns3/stack.h"
#include "sim/ns3/time.h"
#include "sim/world/underlay.h"

namespace tflab::sim {
MachinePlan plan_of(const scenario::Scenario& scenario, const std::string& name,
                    const scenario::Machine& machine) {
  MachinePlan plan{name, machine.virtual_router, machine.workload, {}};
  for (const auto& [interface_name, interface] : machine.interfaces)
    plan.ports.push_back({name + "/" + interface_name, interface.mac,
                          scenario::addresses_of(scenario, interface),
                          scenario::mtu_of(scenario, interface)});
  return plan;
}

Machine::Machine(Trace& trace, MachinePlan plan, ToVrouter to_vrouter)
    : trace_{trace},
      plan_{std::move(plan)},
      to_vrouter_{std::move(to_vrouter)},
      node_{make_node()} {
  for (const MachinePlan::Port& port : plan_.ports) add_port(port);
  services_ = std::make_unique<EchoServices>(node_, plan_.workload, plan_.ports.front().mtu);
}

Machine::~Machine() {
  for (auto& [name, wire] : wires_) wire.device->connect({});
}

void Machine::add_port(const MachinePlan::Port& port) {
  Wire wire{add_device(node_, port.mac, port.mtu), trace_.watch({"virtual-machine:" + port.name})};
  for (const scenario::OnLink& at : port.addresses) {
    const bool way_out = wires_.empty() && !at.beside && at.gateway;
    if (at.address.is_v4()) {
      add_address(node_, wire.device, at.address.v4(), at.length);
      if (way_out) add_route(node_, IpPrefix{Ip4{}, 0}, at.gateway->v4());
    } else {
      add_address(node_, wire.device, at.address.v6(), at.length);
      if (way_out) set_default_route(node_, wire.device, at.gateway->v6());
    }
  }
  wire.device->connect([this, name = port.name](const SharedBytes& frame) { send(name, frame); });
  wires_.emplace(port.name, wire);
}

void Machine::send(const std::string& port, const SharedBytes& frame) {
  if (!on_) return;
  trace_.crossed(wires_.at(port).interface, Direction::out, *frame);
  to_vrouter_(port, frame);
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
