#pragma once
// A vrouter with two lanes, two copies of its tables and a real lock.

#include <atomic>
#include <functional>
#include <mutex>

#include "tests/unit/vrouter-core/vrouter/node.h"

namespace tflab::vr {

// What leaves is judged where it leaves.
class Twofold : public Host, public Guard {
public:
  static constexpr std::uint32_t lanes = 2;

  explicit Twofold(const Limits& limits)
      : memory_(Vrouter::memory_needed(limits, {lanes, this}) / sizeof(Line)),
        core{std::as_writable_bytes(std::span{memory_}), limits, *this, {lanes, this}} {}
  virtual ~Twofold() = default;

  void transmit(VifId out, std::span<const std::byte> frame) override {
    ++sent;
    if (judge) judge(out, frame);
  }
  void punt(Trap, VifId, VrfId, std::span<const std::byte>) override { ++punted; }
  void take() override { lock_.lock(); }
  void give() override { lock_.unlock(); }

  // As the kernel does, if it must wait: wait() returns when nobody reads what stood before.
  template <class Wait>
  std::vector<Result> tell(const std::vector<Op>& ops, Wait wait) {
    std::vector<Result> results;
    for (const Op& op : ops) results.push_back(core.apply(op));
    core.publish();
    wait();
    for (std::size_t i = 0; i < ops.size(); ++i) {
      const Result result = core.follow(ops[i]);
      if (Vrouter::is_of_flows(ops[i])) results[i] = result;
    }
    return results;
  }
  std::vector<Result> tell(const std::vector<Op>& ops) {
    return tell(ops, [] {});
  }
  void must(const std::vector<Op>& ops) {
    for (const Result result : tell(ops)) ASSERT_EQ(result, Result::done);
  }

  void receives(std::uint32_t lane, VifId in, const Frame& frame) {
    dsl::Octets buffer(Vrouter::headroom, std::byte{0xa5});
    dsl::put(buffer, frame.octets);
    core.on_frame(lane, Instant{}, in, buffer, Vrouter::headroom);
  }
  std::vector<Op> snapshot() const {
    struct Kept : OpSink {
      std::vector<Op> ops;
      void take(const Op& op) override { ops.push_back(op); }
    } kept;
    core.snapshot(kept);
    return kept.ops;
  }
  std::uint64_t dropped() const {
    std::uint64_t all = 0;
    for (const std::uint64_t n : core.drops()) all += n;
    return all;
  }

  std::atomic<std::uint64_t> sent{0}, punted{0};
  std::function<void(VifId, std::span<const std::byte>)> judge;

private:
  struct alignas(64) Line {
    std::byte octets[64]{};
  };
  std::mutex lock_;
  std::vector<Line> memory_;

public:
  Vrouter core;
};

}  // namespace tflab::vr
