#pragma once
// Where things stand in the headers a tunnel puts in front, counted from the start of the frame.

#include <cstddef>

#include "vrouter-core/wire/ethernet.h"
#include "vrouter-core/wire/gre.h"
#include "vrouter-core/wire/ipv4.h"
#include "vrouter-core/wire/mpls.h"
#include "vrouter-core/wire/udp.h"
#include "vrouter-core/wire/vxlan.h"

namespace tflab::wire {

struct OuterIp {
  static constexpr std::size_t length_and_id = Ethernet::size + 2;
  static constexpr std::size_t src = Ethernet::size + 12;
  static constexpr std::size_t dst = Ethernet::size + 16;
};

struct MplsOverUdp {
  static constexpr std::size_t udp = Ethernet::size + Ipv4::size;
  static constexpr std::size_t label = udp + Udp::size;
  static constexpr std::size_t size = label + MplsEntry::size;
};

struct MplsOverGre {
  static constexpr std::size_t gre = Ethernet::size + Ipv4::size;
  static constexpr std::size_t label = gre + Gre::size;
  static constexpr std::size_t size = label + MplsEntry::size;
};

struct VxlanLayout {
  static constexpr std::size_t udp = Ethernet::size + Ipv4::size;
  static constexpr std::size_t vxlan = udp + Udp::size;
  static constexpr std::size_t vni = vxlan + 4;
  static constexpr std::size_t size = vxlan + Vxlan::size;
};

}  // namespace tflab::wire
