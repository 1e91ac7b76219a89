#pragma once
// A forwarding core on a bench, in huge pages where the machine gives them, as the floor probe is.
// Frames are copied in, since the core writes to them; what comes out is counted.

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "cli/bench_floor.h"
#include "vrouter-core/vrouter/vrouter.h"

namespace tflab::cli {

class BenchCore final : vr::Host {
public:
  explicit BenchCore(const vr::Limits& limits);
  BenchCore(const BenchCore&) = delete;
  BenchCore& operator=(const BenchCore&) = delete;
  ~BenchCore();

  void must(const vr::Op& op);  // throws std::logic_error when it is refused
  vr::Result apply(const vr::Op& op) { return core_.apply(op); }
  std::uint64_t sent() const { return sent_; }
  std::size_t octets() const { return size_; }  // of its tables

  // Forwards frames[i], of which `size` octets count, from vifs[i], `batch` at a time, all of them
  // once; returns how many.
  std::size_t run(std::span<const Floor::Frame> frames, std::span<const VifId> vifs,
                  std::size_t batch, std::size_t size = Floor::frame_size);

private:
  struct Buffer {
    alignas(64) std::byte octets[192];
  };
  std::span<std::byte> aligned();
  void put(std::size_t i, const Floor::Frame& frame, std::size_t size);
  void transmit(VifId, std::span<const std::byte> frame) override;
  void punt(vr::Trap, VifId, VrfId, std::span<const std::byte>) override {}

  std::size_t size_;
  void* memory_;
  vr::Vrouter core_;
  std::array<Buffer, 32> buffers_{};
  std::array<vr::Vrouter::Arrival, 32> arrivals_{};
  std::uint64_t sent_ = 0, octets_ = 0;
};

}  // namespace tflab::cli
