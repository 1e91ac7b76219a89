#pragma once
// A case held against the forwarding core: packet by packet, field by field, and every counter.
// What the case does not name must not have happened.

#include <cstdint>
#include <string>
#include <vector>

#include "pcap-replay/forwarding/case.h"
#include "vrouter-core/base/reader.h"

namespace tflab::forwarding {

struct Verdict {
  std::string folder;
  std::vector<std::string> differences;                   // empty: the case holds
  bool accepted_before = true;                            // it had something to be held against
  bool refused = false;                                   // an operation was: nothing was played
  std::uint64_t arrivals = 0, packets = 0, counters = 0;  // of the last two: how many were compared
  // What came, for accept().
  std::vector<Sent> sent;
  Counters moved;

  bool holds() const { return differences.empty() && accepted_before; }
};

Verdict verify(const Case& one);

// One line a field in which two frames differ; empty: none does, but for the masked.
std::vector<std::string> differing_fields(Bytes wanted, Bytes got, const std::vector<Mask>& masks);

}  // namespace tflab::forwarding
