#pragma once
#include "vrouter-core/pipeline/stage.h"

namespace tflab::vr {

// Every frame: the Ethernet header is read and popped. It stays in the buffer in front of the
// packet, so that a frame can be passed on as it came.
struct EthernetIn {
  static constexpr const char* name = "ethernet-in";
  static Verdict run(Packet& p, Tables&) {
    if (p.size() < wire::Ethernet::size) return dropped(p, Drop::pull);
    const std::byte* at = p.bytes().data();
    __builtin_memcpy(p.meta.eth.dst.octets.data(), at, 6);
    __builtin_memcpy(p.meta.eth.src.octets.data(), at + 6, 6);
    p.meta.eth.type = static_cast<wire::EtherType>(load16(at + 12));
    p.pop(wire::Ethernet::size);
    return Verdict::next;
  }
};

// Frames from a VM that are neither ARP nor neighbour discovery: only what is addressed to the
// vrouter goes on, since there is no bridge table yet. A VLAN tag would need one too.
struct ToOurMac {
  static constexpr const char* name = "to-our-mac";
  static Verdict run(Packet& p, Tables& t) {
    const wire::Ethernet& eth = p.meta.eth;
    if (eth.tagged() || eth.src.multicast()) return dropped(p, Drop::invalid_packet);
    if (eth.dst != t.vifs[p.meta.in.raw()].set.mac) return dropped(p, Drop::l2_no_route);
    return Verdict::next;
  }
};

}  // namespace tflab::vr
