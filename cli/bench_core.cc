#include "cli/bench_core.h"

#include <sys/mman.h>

#include <algorithm>
#include <cstring>
#include <memory>
#include <stdexcept>

namespace tflab::cli {
namespace {

constexpr std::size_t huge_page = 2u << 20;

}  // namespace

BenchCore::BenchCore(const vr::Limits& limits)
    : size_{vr::Vrouter::memory_needed(limits)},
      memory_{mmap(nullptr, size_ + huge_page, PROT_READ | PROT_WRITE,
                   MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0)},
      core_{aligned(), limits, *this} {}

BenchCore::~BenchCore() {
  munmap(memory_, size_ + huge_page);
}

void BenchCore::must(const vr::Op& op) {
  if (core_.apply(op) != vr::Result::done)
    throw std::logic_error{"bench: an operation was refused"};
}

std::size_t BenchCore::run(std::span<const Floor::Frame> frames, std::span<const VifId> vifs,
                           std::size_t batch, std::size_t size) {
  constexpr std::size_t headroom = vr::Vrouter::headroom;
  if (batch == 1) {
    for (std::size_t i = 0; i < frames.size(); ++i) {
      put(0, frames[i], size);
      core_.on_frame({}, vifs[i], {buffers_[0].octets, headroom + size}, headroom);
    }
    return frames.size();
  }
  for (std::size_t first = 0; first < frames.size(); first += batch) {
    const std::size_t n = std::min(batch, frames.size() - first);
    for (std::size_t i = 0; i < n; ++i) {
      put(i, frames[first + i], size);
      arrivals_[i] = {vifs[first + i], {buffers_[i].octets, headroom + size}, headroom};
    }
    core_.on_frames({}, std::span{arrivals_}.first(n));
  }
  return frames.size();
}

std::span<std::byte> BenchCore::aligned() {
  madvise(memory_, size_ + huge_page, MADV_HUGEPAGE);
  void* start = memory_;
  std::size_t room = size_ + huge_page;
  std::align(huge_page, size_, start, room);
  return {static_cast<std::byte*>(start), size_};
}

void BenchCore::put(std::size_t i, const Floor::Frame& frame, std::size_t size) {
  std::byte* at = buffers_[i].octets + vr::Vrouter::headroom;
  std::memcpy(at, frame.data(), 64);
  if (size > 64) std::memcpy(at + 64, frame.data() + 64, 32);
}

void BenchCore::transmit(VifId, std::span<const std::byte> frame) {
  ++sent_;
  octets_ += frame.size();
}

}  // namespace tflab::cli
