#pragma once
// A forwarding core on its own: operations and frames in, what comes out kept in order, and every
// counter by name. Nobody answers its traps.

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "vrouter-core/vrouter/vrouter.h"

namespace tflab::forwarding {

// A frame that left: by an interface, or to the agent. `place` is "vif3", or
// "agent/zero-ttl/vif3/vrf1": why, whence, and in which VRF.
struct Sent {
  std::string place;
  std::int64_t time_ns = 0;  // of the frame that caused it
  std::vector<std::byte> frame;
  friend bool operator==(const Sent&, const Sent&) = default;
};

// "vif3.rx_packets", "vrf1.encaps", "drop.invalid-source".
using Counters = std::map<std::string, std::uint64_t>;
// Adds every counter that is not zero.
void add(Counters& to, const vr::DropCounters& drops);
void add(Counters& to, VifId vif, const vr::VifCounters& counters);
void add(Counters& to, VrfId vrf, const vr::VrfCounters& counters);
// What moved, by how much.
Counters moved(const Counters& before, const Counters& after);

// Of a core with these limits; those that are not zero.
Counters counters_of(const vr::Vrouter& core, const vr::Limits& limits);
std::vector<vr::Op> tables_of(const vr::Vrouter& core);

std::string place_of(VifId vif);
std::string place_of(vr::Trap why, VifId in, VrfId vrf);

class Stand final : vr::Host {
public:
  explicit Stand(const vr::Limits& limits);
  Stand(const Stand&) = delete;
  Stand& operator=(const Stand&) = delete;

  vr::Result apply(const vr::Op& op) { return core_.apply(op); }
  void receive(VifId in, std::int64_t time_ns, std::span<const std::byte> frame);

  // The same, told stage by stage.
  void trace(VifId in, std::int64_t time_ns, std::span<const std::byte> frame, vr::StepSink& sink);

  std::vector<Sent> take_sent() { return std::exchange(sent_, {}); }
  Counters counters() const { return counters_of(core_, limits_); }
  std::uint64_t dropped() const;
  std::vector<vr::Op> tables() const { return tables_of(core_); }

private:
  void transmit(VifId out, std::span<const std::byte> frame) override;
  void punt(vr::Trap why, VifId in, VrfId vrf, std::span<const std::byte> frame) override;

  void lay_out(std::int64_t time_ns, std::span<const std::byte> frame);

  struct Free {
    void operator()(void* block) const;
  };

  vr::Limits limits_;
  std::unique_ptr<void, Free> block_;
  vr::Vrouter core_;
  std::vector<std::byte> buffer_;
  std::vector<Sent> sent_;
  std::int64_t now_ns_ = 0;
};

}  // namespace tflab::forwarding
