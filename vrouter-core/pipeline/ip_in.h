#pragma once
#include "vrouter-core/pipeline/stage.h"

namespace tflab::vr {

// What will be routed: the IP header is checked (RFC 1812 section 5.2.2), the padding behind the
// packet is cut off, and the addresses are noted.
struct IpIn {
  static constexpr const char* name = "ip-in";
  static Verdict run(Packet& p, Tables& t);
};

}  // namespace tflab::vr
