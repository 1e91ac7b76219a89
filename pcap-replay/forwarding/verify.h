#pragma once
// A case held against the forwarding core: packet by packet, field by field, and every counter.
// What the case does not name must not have happened.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "pcap-replay/forwarding/case.h"
#include "vrouter-core/base/reader.h"
#include "vrouter-core/ops/result.h"

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

// What somebody who forwards made of a case.
struct Played {
  struct Refusal {
    std::size_t op = 0;  // index
    vr::Result why{};
  };
  std::optional<Refusal> refused;  // nothing was played then
  std::vector<Sent> sent;
  Counters moved;
};
// The core in this process.
Played play(const Case& one);
// in_order: all that was sent, one after the other. by_place: only what went to one place has an
// order.
enum class Order : std::uint8_t { in_order, by_place };
Verdict judge(const Case& one, Played played, Order order);

inline Verdict verify(const Case& one) {
  return judge(one, play(one), Order::in_order);
}

// One line a field in which two frames differ; empty: none does, but for the masked.
std::vector<std::string> differing_fields(Bytes wanted, Bytes got, const std::vector<Mask>& masks);

}  // namespace tflab::forwarding
