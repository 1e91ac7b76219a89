#include "tests/swarm/compute.h"

#include "vrouter-core/base/writer.h"
#include "vrouter-core/ops/trap.h"
#include "vrouter-core/wire/arp.h"
#include "vrouter-core/wire/ethernet.h"

namespace tflab::swarm {

void Compute::take(const agent::Transmit& transmit) {
  Reader in{transmit.frame};
  const auto ethernet = wire::Ethernet::read(in);
  if (ethernet.type != wire::EtherType::arp) return;
  const auto ask = wire::Arp::read(in);
  if (!in.ok() || ask.op != wire::Arp::Op::request) return;
  const Mac mac{{2, 3, 0, 0, static_cast<std::uint8_t>(ask.target.raw() >> 8),
                 static_cast<std::uint8_t>(ask.target.raw())}};
  std::array<std::byte, wire::Ethernet::size + wire::Arp::size> room{};
  Writer out{room};
  wire::Ethernet{ask.sender_mac, mac, wire::EtherType::arp}.write(out);
  wire::Arp{wire::Arp::Op::reply, mac, ask.target, ask.sender_mac, ask.sender}.write(out);
  agent.on_trap(lab_.now, static_cast<std::uint16_t>(vr::Trap::arp), agent::fabric_vif,
                agent::fabric_vrf, room);
}

}  // namespace tflab::swarm
