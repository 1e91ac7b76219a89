#pragma once
// Simulated time as the cores see it: nanoseconds since bring-up, one to one.

#include <ns3/nstime.h>
#include <ns3/simulator.h>

#include "vrouter-core/base/instant.h"

namespace tflab::sim {

inline Instant now() {
  return {ns3::Simulator::Now().GetNanoSeconds()};
}
inline ns3::Time to_ns3(Duration span) {
  return ns3::NanoSeconds(span.ns);
}
// How long until `when`; nothing when it has passed.
inline ns3::Time until(Instant when) {
  return ns3::NanoSeconds(when > now() ? (when - now()).ns : 0);
}

}  // namespace tflab::sim
