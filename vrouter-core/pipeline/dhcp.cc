#include "vrouter-core/pipeline/dhcp.h"

#include "vrouter-core/pipeline/proxy.h"
#include "vrouter-core/wire/ipv4.h"
#include "vrouter-core/wire/ipv6.h"
#include "vrouter-core/wire/udp.h"

namespace tflab::vr {

namespace {

constexpr std::uint16_t dhcp_server = 67, dhcp6_server = 547;

bool to_port(Reader payload, std::uint16_t port) {
  const auto udp = wire::Udp::read(payload);
  return payload.ok() && udp.dst_port == port;
}

bool asks_dhcp(const Packet& p) {
  Reader in{p.bytes()};
  if (p.meta.eth.type == wire::EtherType::ipv4) {
    const auto ip = wire::Ipv4::read(in);
    return ip.protocol == wire::Protocol::udp && ip.fragment_offset == 0 &&
           to_port(in, dhcp_server);
  }
  if (p.meta.eth.type != wire::EtherType::ipv6) return false;
  return wire::Ipv6::read(in).next_header == wire::Protocol::udp && to_port(in, dhcp6_server);
}

}  // namespace

Verdict DhcpFromVm::served_by_agent(Packet& p) {
  return asks_dhcp(p) ? punted_as_received(p, Trap::l3_protocols) : Verdict::next;
}

}  // namespace tflab::vr
