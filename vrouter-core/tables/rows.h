#pragma once
// The rows of the tables. Each keeps the operation that made it, or what it can be read back from,
// so that a snapshot gives back what was put in; and how often other rows name it, so that nothing
// named can go away.

#include <array>
#include <cstddef>
#include <cstdint>

#include "vrouter-core/ops/op.h"
#include "vrouter-core/tables/prefix_table.h"

namespace tflab::vr {

// What a packet that comes in asks for is one cache line; what it counts is another
// (tables/lane.h).
struct alignas(Memory::line) VifRow {
  SetVif set;
  bool present;
  std::uint32_t named;  // by nexthops
};
static_assert(sizeof(VifRow) == Memory::line);

struct alignas(Memory::line) VrfRow {
  Routes4::LengthSet lengths4;
  bool present;
  std::uint16_t lives;  // how many had this number before
  std::uint32_t named;  // by vifs and nexthops, and once by each of its routes and MACs
  Routes6::LengthSet lengths6;
};

// Read by operations and snapshots. What the operation said is in Forward, and read back from there
// (vrouter/precompute.h): one vRouter of thousands has a tunnel to each other one.
struct NexthopRow {
  bool present;
  std::uint16_t lives;  // how many had this number before
  std::uint32_t named;  // by routes, MACs, labels, VNIs, members, vifs and flows
};
static_assert(sizeof(NexthopRow) == 8);

// What forwarding reads, one cache line: all that is in front of the packet is written once, when
// the operation comes (vrouter/precompute.h), and each packet copies it and fills the blanks.
struct alignas(Memory::line) Forward {
  static constexpr std::size_t longest_header = 50;  // Ethernet, IPv4, UDP, VXLAN

  struct Members {
    std::uint32_t first;  // group, plus 1; 0: none
    std::uint16_t slots;  // up to the last member
    std::uint8_t hash_fields;
  };

  std::uint32_t flags;
  NexthopType type;
  NexthopFamily family;
  VifId out;
  VrfId vrf;
  std::uint16_t overhead;  // of what a tunnel puts in front, behind the outermost Ethernet header
  union {
    std::array<std::byte, longest_header> header;
    Members members;  // of a composite
  };

  bool valid() const { return (flags & nh_valid) != 0; }
};
static_assert(sizeof(Forward) == Memory::line);

struct LabelRow {
  NexthopId nexthop;
  bool bound;
};

struct MirrorRow {
  SetMirror set;
  bool present;
};

struct ForwardingClassRow {
  SetForwardingClass set;
  bool present;
};

struct QosMapRow {
  SetQosMap set;
  bool present;
  std::uint32_t named;  // by vifs
};

}  // namespace tflab::vr
