#include "tests/swarm/compute.h"

#include <algorithm>

#include "vrouter-core/base/writer.h"
#include "vrouter-core/ops/trap.h"
#include "vrouter-core/wire/arp.h"
#include "vrouter-core/wire/ethernet.h"

namespace tflab::swarm {

namespace {

using Frame = std::array<std::byte, wire::Ethernet::size + wire::Arp::size>;

Frame written(const wire::Ethernet& ethernet, const wire::Arp& arp) {
  Frame out{};
  Writer writer{out};
  ethernet.write(writer);
  arp.write(writer);
  return out;
}

}  // namespace

void Compute::announce(const std::string& port, Ip4 address) {
  const auto at = std::ranges::find(vrouter.attached, port, [](const auto& e) { return e.second; });
  if (at == vrouter.attached.end()) return;
  const Mac mac = std::ranges::find(agent.config().ports, port, &config::Port::name)->mac;
  const Frame frame = written({broadcast_mac, mac, wire::EtherType::arp},
                              {wire::Arp::Op::request, mac, address, Mac{}, address});
  agent.on_trap(lab_.now, static_cast<std::uint16_t>(vr::Trap::arp), at->first,
                vrouter.vifs.at(at->first).vrf, frame);
  drain();
}

void Compute::take(const agent::Transmit& transmit) {
  Reader in{transmit.frame};
  const auto ethernet = wire::Ethernet::read(in);
  if (ethernet.type != wire::EtherType::arp) return;
  const auto ask = wire::Arp::read(in);
  if (!in.ok() || ask.op != wire::Arp::Op::request) return;
  const Mac mac{{2, 3, 0, 0, static_cast<std::uint8_t>(ask.target.raw() >> 8),
                 static_cast<std::uint8_t>(ask.target.raw())}};
  const Frame room = written({ask.sender_mac, mac, wire::EtherType::arp},
                             {wire::Arp::Op::reply, mac, ask.target, ask.sender_mac, ask.sender});
  agent.on_trap(lab_.now, static_cast<std::uint16_t>(vr::Trap::arp), agent::fabric_vif,
                agent::fabric_vrf, room);
}

}  // namespace tflab::swarm
