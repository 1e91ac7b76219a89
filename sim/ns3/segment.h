#pragma once
// The underlay: one Ethernet segment that all nodes share, a switch that knows every address from
// the start and never has to learn. With leaves it is a routed fabric instead: it answers every ARP
// request for an address that is served, and for its own, with its own MAC, and hands packets for
// that MAC on by their destination; a leaf away is two links, another leaf's four. Each sender has
// a transmit clock: frames leave one after another at the link's rate and arrive one delay later.
// One event per frame and receiver.

#include <cstdint>
#include <cstring>
#include <deque>
#include <functional>
#include <memory>
#include <set>
#include <unordered_map>
#include <utility>

#include "control-core/base/stream.h"
#include "vrouter-core/base/addr.h"
#include "vrouter-core/base/hash.h"
#include "vrouter-core/base/instant.h"
#include "vrouter-core/base/reader.h"

namespace tflab::sim {

struct SegmentLink {
  Duration delay = micros(50);
  std::uint64_t rate_bps = 10'000'000'000;
  std::uint32_t mtu = 1500;                     // of the Ethernet payload
  std::uint32_t queue_bytes = 4 * 1024 * 1024;  // what a sender may have waiting
  std::uint32_t leaves = 0;                     // 0: one segment
  Ip4 leaf_address{};                           // what every leaf answers to

  Duration between(Ip4 a, Ip4 b) const {
    if (leaves == 0) return delay;
    return delay * (a.raw() % leaves == b.raw() % leaves ? 2 : 4);
  }
};

using PortId = Id<struct PortTag, std::uint32_t>;

enum class Direction : std::uint8_t { in, out };

class Segment {
public:
  using Receive = std::function<void(const SharedBytes& frame)>;
  using Tap = std::function<void(Direction direction, Bytes frame)>;

  struct Counters {
    std::uint64_t sent = 0, received = 0;
    std::uint64_t too_long = 0, queue_full = 0, nobody = 0, dead = 0, cut_off = 0;
  };

  explicit Segment(SegmentLink link) : link_{link} {}

  // A port of the switch. `context` is the ns-3 node that its events run in. Throws
  // std::runtime_error when the address is taken by a live port.
  PortId attach(const Mac& mac, std::uint32_t context, Receive receive, Tap tap = {});
  // This address is that port's; for routed fabrics.
  void serve(PortId port, Ip4 address);
  // The cable is pulled: what is under way to it is lost, nothing is told to anybody.
  void detach(PortId port);

  void send(PortId from, SharedBytes frame);

  // Frames sent from now on do not get from these addresses to all others, nor back.
  void separate(std::set<Ip4> apart) { apart_ = std::move(apart); }
  // ... and neither to this address nor from it, until its cable is back.
  void plug(Ip4 address, bool in) {
    in ? void(unplugged_.erase(address)) : void(unplugged_.insert(address));
  }
  bool connects(Ip4 a, Ip4 b) const {
    return apart_.contains(a) == apart_.contains(b) && !unplugged_.contains(a) &&
           !unplugged_.contains(b);
  }

  const SegmentLink& link() const { return link_; }
  void set_link(const SegmentLink& link) { link_ = link; }  // of frames sent from now on
  const Counters& counters() const { return counters_; }
  // How long a frame of this many octets keeps its sender busy.
  Duration transmit_time(std::size_t octets) const;

private:
  struct Port {
    Mac mac;
    Ip4 address;
    std::uint32_t context = 0;
    std::shared_ptr<const Receive> receive;  // none: the cable is pulled
    Tap tap;
    Instant free_at{};  // when the last bit of what was sent has left
  };

  Port* live(PortId id);
  bool accepts(const Port& port, std::size_t octets);
  void route(PortId from, Port& sender, const SharedBytes& frame);
  void answer(PortId from, const Port& sender, Bytes request);
  void pass_on(const Port& sender, PortId to, const Port& receiver, Duration after,
               const SharedBytes& frame);
  void deliver_later(PortId to, std::uint32_t context, Duration after, const SharedBytes& frame);
  void deliver(PortId to, const SharedBytes& frame);

  SegmentLink link_;
  struct HashOfMac {
    std::size_t operator()(const Mac& mac) const {
      std::uint64_t octets = 0;
      std::memcpy(&octets, mac.octets.data(), mac.octets.size());
      return mixed(0, octets);
    }
  };
  struct HashOfAddress {
    std::size_t operator()(Ip4 address) const { return mixed(0, address.raw()); }
  };
  std::deque<Port> ports_;                             // the first is number 1
  std::unordered_map<Mac, PortId, HashOfMac> by_mac_;  // only looked up
  std::unordered_map<Ip4, PortId, HashOfAddress> by_address_;
  std::set<Ip4> apart_, unplugged_;
  Counters counters_;
};

}  // namespace tflab::sim
