#pragma once
// The forwarding core as one object: operations and packets in, frames and traps out through Host.
// A function of its inputs: no clock, no heap, no thread. Not safe to call from two threads, but
// for what a host says that has several CPUs (Sharing).

#include <cstddef>
#include <span>

#include "vrouter-core/base/drop.h"
#include "vrouter-core/base/instant.h"
#include "vrouter-core/ops/counters.h"
#include "vrouter-core/ops/op.h"
#include "vrouter-core/ops/result.h"
#include "vrouter-core/ops/trap.h"
#include "vrouter-core/tables/guard.h"
#include "vrouter-core/vrouter/host.h"
#include "vrouter-core/vrouter/limits.h"

namespace tflab::vr {

struct State;  // all tables, laid out in the host's memory

// Takes one operation of a snapshot, in an order that can be applied again to an empty vrouter.
class OpSink {
public:
  virtual void take(const Op& op) = 0;

protected:
  ~OpSink() = default;
};

// Hears of flows that expire() has taken out, so that who set them can forget them as well.
class FlowSink {
public:
  virtual void gone(const FlowKey& key) = 0;

protected:
  ~FlowSink() = default;
};

// One stage of a packet's way, and what was known of the packet when it had passed.
struct Step {
  const char* stage = "";
  const char* verdict = "";  // next, transmit, punt, drop, replicate, fragment, wait
  VrfId vrf;
  NexthopId nexthop;
  std::size_t octets = 0;  // from the head on: what was popped is gone, what was pushed is there
  bool bridged = false, tunnelled = false, in_flow = false;
  Drop drop{};  // why, if the verdict says so
  Trap trap{};  // why, if it is punted
  VifId out;    // where, if it is transmitted
};

class StepSink {
public:
  virtual void take(const Step& step) = 0;

protected:
  ~StepSink() = default;
};

// A host whose packets come on several CPUs at once has a lane for each and a guard. on_frame() and
// inject() may then be called on all lanes at once, on one lane by one at a time; neither host nor
// agent answers them with a call of its own. Everything else is called by one at a time, packets
// going on meanwhile; expire() on a lane that is the caller's. Tables exist twice:
//
//   apply() each operation of a batch     changes what no packet reads
//   publish()                             packets that begin from now on read that
//   [the host waits until all that have begun before are through: a grace period]
//   follow() each operation of the batch  the other copy does the same
//
// What an operation says about flows, which there are once, is for follow() to do and to answer;
// of all others the answer is that of apply(). A batch of nothing else needs neither the second
// step nor the third.
struct Sharing {
  std::uint32_t lanes = 1;
  Guard* guard = nullptr;  // null: one thread
};

class Vrouter {
public:
  // Headroom a frame needs in front so that the longest encapsulation fits without a copy:
  // Ethernet 14 + IPv4 20 + UDP 8 + label 4, rounded up.
  static constexpr std::size_t headroom = 64;

  // Octets of memory a vrouter with these limits wants, 64-byte aligned.
  static std::size_t memory_needed(const Limits& limits, const Sharing& sharing = {});

  // `memory` must be zeroed, 64-byte aligned, memory_needed(limits) long, and outlive this.
  Vrouter(std::span<std::byte> memory, const Limits& limits, Host& host,
          const Sharing& sharing = {});

  Result apply(const Op& op);
  void publish();
  Result follow(const Op& op);
  static bool is_of_flows(const Op& op);

  // A frame (Ethernet first) that arrived on `in`: buffer[headroom..]. May be rewritten in place.
  void on_frame(Instant now, VifId in, std::span<std::byte> buffer, std::size_t headroom_used);
  // The same on one of several lanes.
  void on_frame(std::uint32_t lane, Instant now, VifId in, std::span<std::byte> buffer,
                std::size_t headroom_used);

  // The same with every stage told. Copies and pieces of it are not followed: the host gets them.
  void trace(Instant now, VifId in, std::span<std::byte> buffer, std::size_t headroom_used,
             StepSink& sink);

  // The same for several, in their order, at a fraction of the cost when tables are large: what one
  // frame needs from memory comes while others are worked on. Not to be called from a Host call.
  struct Arrival {
    VifId in;
    std::span<std::byte> buffer;
    std::size_t headroom_used = headroom;
  };
  void on_frames(Instant now, std::span<const Arrival> arrivals);

  // Forgets what has not been heard of. Looks at a part of the tables each time and at all of them
  // in sweeps_per_round calls; to be called every 250 ms or so while there are flows or learned
  // MACs.
  struct Ages {
    Duration flow = seconds(180);  // without a packet
    Duration held = seconds(4);    // without the agent's decision
    Duration mac = seconds(300);
  };
  static constexpr std::uint32_t sweeps_per_round = 16;
  void expire(Instant now, Ages ages, FlowSink* gone = nullptr, std::uint32_t lane = 0);

  // Sends a frame the agent made out of a vif, as it is.
  void inject(VifId out, std::span<const std::byte> frame, std::uint32_t lane = 0);

  // All tables as operations: apply them in this order and the tables are equal.
  void snapshot(OpSink& sink) const;
  // Its beginning: VRFs, vifs and what vifs name.
  void interfaces(OpSink& sink) const;

  DropCounters drops() const;
  // Packets that were made here: received + copies = sent + punted + dropped + waiting, always.
  std::uint64_t copies() const;
  // Pieces that wait for the first of their datagram.
  std::uint32_t waiting() const;
  VifCounters counters(VifId vif) const;
  VrfCounters counters(VrfId vrf) const;
  FlowCounters counters(const FlowKey& flow) const;

private:
  State* state_;
};

}  // namespace tflab::vr
