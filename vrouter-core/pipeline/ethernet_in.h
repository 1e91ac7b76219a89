#pragma once
#include "vrouter-core/pipeline/stage.h"

namespace tflab::vr {

// Every frame: the Ethernet header is read and popped. It stays in the buffer in front of the
// packet, so that a frame can be passed on as it came.
struct EthernetIn {
  static constexpr const char* name = "ethernet-in";
  static Verdict run(Packet& p, Tables& t);
};

// Frames from a VM that are neither ARP nor neighbour discovery: only what is addressed to the
// vrouter goes on, since there is no bridge table yet. A VLAN tag would need one too.
struct ToOurMac {
  static constexpr const char* name = "to-our-mac";
  static Verdict run(Packet& p, Tables& t);
};

}  // namespace tflab::vr
