#pragma once
#include "vrouter-core/pipeline/stage.h"

namespace tflab::vr {

// Longest prefix in the packet's vrf, again for each nexthop that translates to another vrf. No
// route is the discard nexthop.
struct RouteLookup {
  static constexpr const char* name = "route-lookup";
  static constexpr unsigned most_translations = 8;
  static Verdict run(Packet& p, Tables& t);
};

// Reverse path check of packets from an interface with policy: the source must live behind it, as
// seen in the vrf in which the last lookup was made.
struct SourceCheck {
  static constexpr const char* name = "source-check";
  static Verdict run(Packet& p, Tables& t);
};

// IPv4 loses one hop on the vrouter where it enters, whatever the number of vrfs it is looked up
// in; on the one where it leaves a tunnel it is not touched, so a way through the overlay costs
// exactly one. IPv6 keeps its hop limit, as in the original.
struct Ttl {
  static constexpr const char* name = "ttl";
  static Verdict run(Packet& p, Tables& t);
};

}  // namespace tflab::vr
