#pragma once
// A packet in flight. The buffer belongs to the host (an sk_buff, an ns-3 packet, an AF_PACKET
// frame); stages move the head to pop and push headers, and write what they learned into `meta`.

#include <cstddef>
#include <cstdint>
#include <span>

#include "vrouter-core/base/addr.h"
#include "vrouter-core/base/drop.h"
#include "vrouter-core/base/load.h"
#include "vrouter-core/ops/trap.h"
#include "vrouter-core/pipeline/verdict.h"
#include "vrouter-core/tables/flow_table.h"
#include "vrouter-core/tables/lane.h"
#include "vrouter-core/tables/route_entry.h"
#include "vrouter-core/wire/ethernet.h"
#include "vrouter-core/wire/flow_key.h"
#include "vrouter-core/wire/protocol.h"

namespace tflab::vr {

struct Meta {
  VifId in;
  VrfId vrf;  // of the last lookup; at first that of the interface

  wire::Ethernet eth;  // as received; inside a tunnel that carries frames, the inner one

  bool tunnelled = false;      // came in a tunnel: the outer headers in front of it are gone
  bool bridged = false;        // its Ethernet header is part of it and goes along
  bool nexthop_known = false;  // a label or a VNI has told it
  bool too_long = false;       // for where it goes, but may be cut
  bool l2_received = false;    // came as a frame for the vrouter's own MAC, to be routed

  // Known from IpIn on, if it is an IP packet (`ip` is not null). Addresses are read where they
  // stand, since NAT changes them there.
  bool v4 = false;
  bool fragment = false;
  std::uint8_t ttl = 64;   // what a label pushed now would carry
  std::uint8_t depth = 0;  // composites in composites
  static constexpr std::uint8_t untagged = 0xff;
  std::uint8_t priority = untagged;  // of the VLAN tag it came with from a machine
  std::uint16_t header_size = 0;
  std::uint16_t qos = 0;      // the map that marks it: its interface's or its flow's; 0: none
  wire::Protocol protocol{};  // behind all extension headers
  wire::Ports ports;          // zeroes where there are none
  std::byte* ip = nullptr;

  RouteEntry route;  // of the last lookup; a label leaves it empty
  NexthopId nexthop;
  Ip4 outer_src;  // tunnelled: who sent it

  std::uint64_t flow_hash = 0;
  NexthopId flow_owner;
  std::uint32_t flow = no_flow;  // before FlowLookup: a guess
  bool has_flow_key = false;

  Trap trap{};
  Drop drop{};
  Verdict verdict{};  // of the phase it has passed, while others of its batch pass it
  VifId out;

  Ip4 src4() const { return Ip4{load32(ip + 12)}; }
  Ip4 dst4() const { return Ip4{load32(ip + 16)}; }
  Ip6 src6() const { return ip6_at(8); }
  Ip6 dst6() const { return ip6_at(24); }
  IpAddr src() const { return v4 ? IpAddr{src4()} : IpAddr{src6()}; }
  IpAddr dst() const { return v4 ? IpAddr{dst4()} : IpAddr{dst6()}; }

private:
  Ip6 ip6_at(std::size_t offset) const {
    Ip6 address;
    __builtin_memcpy(address.octets.data(), ip + offset, 16);
    return address;
  }
};

inline constexpr Meta nothing_known{};

class Packet {
public:
  Packet() = default;
  Packet(Lane& on, std::span<std::byte> buffer, std::size_t headroom) {
    begin(on, buffer, headroom);
  }

  // Another packet, about which nothing is known yet.
  void begin(Lane& on, std::span<std::byte> buffer, std::size_t headroom) {
    lane = &on;
    first_ = buffer.data();
    head_ = first_ + headroom;
    end_ = first_ + buffer.size();
    start_ = static_cast<std::uint32_t>(headroom);
    stop_ = static_cast<std::uint32_t>(buffer.size());
    // A copy: clearing it would be a string instruction, which takes as long as a table lookup.
    __builtin_memcpy(&meta, &nothing_known, sizeof meta);
  }

  std::span<const std::byte> bytes() const { return {head_, end_}; }
  std::span<std::byte> bytes() { return {head_, end_}; }
  std::size_t size() const { return static_cast<std::size_t>(end_ - head_); }

  bool pop(std::size_t n) {
    if (size() < n) return false;
    head_ += n;
    return true;
  }

  // Room for n more bytes in front, to be filled by the caller; empty if there is none. What was
  // popped before is still in it.
  std::span<std::byte> push(std::size_t n) {
    if (static_cast<std::size_t>(head_ - first_) < n) return {};
    head_ -= n;
    return {head_, n};
  }

  // The whole frame again, as received: before anything was pushed.
  void restore() {
    head_ = first_ + start_;
    end_ = first_ + stop_;
  }
  std::span<const std::byte> received() const { return {first_ + start_, first_ + stop_}; }
  // What was received starts n bytes later: a tag is gone.
  void received_from(std::uint32_t n) { start_ += n; }

  // The same packet, of which `bytes` is all; what is in front of them may be written.
  Packet part(std::span<std::byte> bytes) const {
    Packet piece = *this;
    piece.head_ = bytes.data();
    piece.end_ = bytes.data() + bytes.size();
    return piece;
  }

  // Cuts off all but the first n bytes.
  void trim(std::size_t n) {
    if (n < size()) end_ = head_ + n;
  }

  // Gives up the content for n bytes of room; empty, and nothing changed, if there is less.
  std::span<std::byte> reshape(std::size_t n) {
    if (static_cast<std::size_t>(end_ - first_) < n) return {};
    if (size() < n) head_ = end_ - n;
    end_ = head_ + n;
    return {head_, n};
  }

  Lane* lane = nullptr;  // of the CPU it is on: the time, and what it counts
  Meta meta;

private:
  std::byte* first_ = nullptr;
  std::byte* head_ = nullptr;
  std::byte* end_ = nullptr;
  // Of the frame as received, from first_ on.
  std::uint32_t start_ = 0, stop_ = 0;
};
static_assert(sizeof(Packet) == 2 * Memory::line);  // each of a batch in lines of its own

}  // namespace tflab::vr
