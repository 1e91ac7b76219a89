#pragma once
#include "vrouter-core/pipeline/stage.h"

namespace tflab::vr {

// Every frame: the Ethernet header is read and popped. It stays in the buffer in front of the
// packet, so that a frame can be passed on as it came.
struct EthernetIn {
  static constexpr const char* name = "ethernet-in";
  TFLAB_HOT Verdict run(Packet& p, const Tables&) {
    if (!read_ethernet(p)) return dropped(p, Drop::pull);
    p.pop(wire::Ethernet::size);
    return Verdict::next;
  }

  // Notes the header at the head; false when there is none.
  TFLAB_HOT bool read_ethernet(Packet& p) {
    if (p.size() < wire::Ethernet::size) return false;
    const std::byte* at = p.bytes().data();
    __builtin_memcpy(p.meta.eth.dst.octets.data(), at, 6);
    __builtin_memcpy(p.meta.eth.src.octets.data(), at + 6, 6);
    p.meta.eth.type = static_cast<wire::EtherType>(load16(at + 12));
    return true;
  }
};

// A tag that has a sub-interface: from here on the frame came in there, without the tag.
struct VlanIn {
  static constexpr const char* name = "vlan-in";
  TFLAB_HOT Verdict run(Packet& p, const Tables& t) {
    return p.meta.eth.type == wire::EtherType::vlan ? untagged(p, t) : Verdict::next;
  }

private:
  static Verdict untagged(Packet& p, const Tables& t);
};

// Which of a machine's frames are routed: those to the vrouter's own MAC. The rest is bridged if
// the interface bridges.
struct BridgeOrRoute {
  static constexpr const char* name = "bridge-or-route";
  TFLAB_HOT Verdict run(Packet& p, const Tables& t) {
    const wire::Ethernet& eth = p.meta.eth;
    const SetVif& vif = t.vifs[p.meta.in.raw()].set;
    if (eth.src.multicast()) return dropped(p, Drop::invalid_packet);
    const bool bridges = (vif.flags & vif_l2) != 0;
    if (same(eth.dst, vif.mac) && (!eth.tagged() || !bridges)) [[likely]] {
      return eth.tagged() ? dropped(p, Drop::invalid_packet) : Verdict::next;
    }
    if (!bridges) {
      return dropped(p, eth.tagged() ? Drop::invalid_packet : Drop::l2_no_route);
    }
    p.meta.bridged = true;
    p.push(wire::Ethernet::size);
    return Verdict::next;
  }
};

}  // namespace tflab::vr
