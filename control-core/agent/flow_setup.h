#pragma once
// What becomes of a packet nobody has decided about: a flow, its reverse, and why it is dropped if
// it is. A function of configuration, interfaces and routes, so that asking again after a change
// tells what the flow must be now.

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "control-core/agent/flow_packet.h"
#include "control-core/agent/nexthops.h"
#include "control-core/agent/vm_interfaces.h"
#include "vrouter-core/ops/flow.h"

namespace tflab::agent {

struct State;

// Why the agent drops a flow. Numbers are the original's (agent/pkt/flow_entry.h).
enum class FlowDrop : std::uint8_t {
  none = 0x00,
  no_source_route = 0x04,
  no_destination_route = 0x05,
  no_service_port = 0x0c,  // all that a link-local service could answer to are taken
  same_flow = 0x11,        // it would answer itself
  no_port_map = 0x12,      // the floating IP maps ports, and not this one
  policy = 0x15,           // of the network the machine is in
  out_policy = 0x16,       // of the network of the machine it goes to
  sg = 0x17,               // of the machine
  out_sg = 0x18            // of the machine it goes to
};
std::string_view text_of(FlowDrop why);  // as the original's `flow` writes it

struct FlowSetup {
  FlowDrop drop = FlowDrop::none;
  // Nexthops of sources are left to who programs them: a discard nexthop means from anywhere.
  vr::SetFlow forward{};
  NexthopKey forward_source;
  // What is dropped has none: it would let the other end's packets share the fate of ours.
  std::optional<vr::SetFlow> reverse;
  NexthopKey reverse_source;
  // Of the vrouter's own address, where a link-local service answers; zero: the flow has none.
  std::uint16_t service_port = 0;
  friend bool operator==(const FlowSetup&, const FlowSetup&) = default;
};

// Where a packet enters the flow table: from the machine behind the interface, or on its way to it.
enum class FlowWay : std::uint8_t { from_machine, to_machine };

// `key` names the interface's own nexthop; `ecmp_index` the place among several ways that was
// chosen before, if any was, and is kept while somebody stands there; `service_port` the one that
// the flow has or could have, zero when there is none. What comes in a frame that is bridged goes
// where its MAC is.
FlowSetup flow_setup(const State& state, const VmInterface& interface, FlowWay way,
                     const vr::FlowKey& key, const std::optional<FrameEnds>& ends,
                     std::uint8_t ecmp_index, std::uint16_t service_port);

// The interface of this vrouter that a frame to `mac` leaves by, if there is one.
const VmInterface* exit_to(const State& state, VrfId vrf, const Mac& mac);
// The interfaces of this vrouter that a packet to `address` may leave by, as seen in `vrf`.
std::vector<const VmInterface*> exits_to(const State& state, VrfId vrf, const IpAddr& address);
// The longest packet to `address` that every way there carries whole, as seen in `vrf`.
std::uint16_t path_mtu(const State& state, VrfId vrf, const IpAddr& address);

}  // namespace tflab::agent
