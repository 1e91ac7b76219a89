#include "cli/bench_floor.h"

#include <algorithm>
#include <bit>
#include <cstring>

#include "vrouter-core/base/hash.h"
#include "vrouter-core/base/load.h"

namespace tflab::cli {
namespace {

std::uint64_t key_of(std::uint16_t vrf, std::uint32_t base, unsigned length) {
  return std::uint64_t{vrf} << 40 | std::uint64_t{length} << 32 | base;
}

std::uint16_t folded(std::uint64_t sum) {
  sum = (sum & 0xffffffff) + (sum >> 32);
  sum = (sum & 0xffff) + (sum >> 16);
  sum = (sum & 0xffff) + (sum >> 16);
  return static_cast<std::uint16_t>(sum);
}

}  // namespace

Floor::Floor(std::size_t routes) : slots_(std::bit_ceil(routes * 2)), mask_{slots_.size() - 1} {
  for (std::size_t i = 0; i < header_.size(); ++i) header_[i] = static_cast<std::byte>(i);
}

void Floor::add(std::uint16_t vrf, std::uint32_t base, unsigned length, std::uint32_t label) {
  const std::uint64_t key = key_of(vrf, base, length);
  std::size_t at = mixed32(key) & mask_;
  while (slots_[at].key != 0 && slots_[at].key != key) at = (at + 1) & mask_;
  slots_[at] = {key, label, 1};
}

const Floor::Slot* Floor::find(std::uint64_t key) const {
  for (std::size_t at = mixed32(key) & mask_; slots_[at].key != 0; at = (at + 1) & mask_) {
    if (slots_[at].key == key) return &slots_[at];
  }
  return nullptr;
}

void Floor::encapsulate(Buffer& buffer, const Slot& slot) {
  std::byte* ip = buffer.octets + headroom + 14;
  const std::uint16_t was = load16(ip + 8);
  store(ip + 8, static_cast<std::uint16_t>(was - 0x100));
  store(ip + 10, static_cast<std::uint16_t>(~folded(
                     std::uint64_t{static_cast<std::uint16_t>(~load16(ip + 10))} +
                     static_cast<std::uint16_t>(~was) + static_cast<std::uint16_t>(was - 0x100))));
  const std::uint64_t flow = mixed(load64(ip + 12), load32(ip + 20));
  std::byte* frame = ip - 46;
  std::memcpy(frame, header_.data(), 46);
  constexpr std::uint16_t length = frame_size - 14 + 32;
  store(frame + 16, length);
  store(frame + 18, ++id_);
  store(frame + 24, static_cast<std::uint16_t>(~folded(std::uint64_t{length} + id_)));
  store(frame + 34, static_cast<std::uint16_t>(flow >> 48 | 0xc000));
  store(frame + 38, static_cast<std::uint16_t>(length - 20));
  store(frame + 42, slot.label << 12 | 0x100u | static_cast<std::uint8_t>(ip[8]));
  ++sent_;
  octets_ += frame_size + 46 - 14;
}

std::size_t Floor::run(std::span<const Frame> frames, std::span<const std::uint16_t> vrfs,
                       std::size_t batch) {
  std::array<std::uint64_t, 32> hosts, nets;
  for (std::size_t first = 0; first < frames.size(); first += batch) {
    const std::size_t n = std::min(batch, frames.size() - first);
    for (std::size_t i = 0; i < n; ++i) {
      std::byte* at = buffers_[i].octets + headroom;
      std::memcpy(at, frames[first + i].data(), 64);
      const std::byte* ip = at + 14;
      const std::uint64_t sum = std::uint64_t{load32(ip)} + load32(ip + 4) + load32(ip + 8) +
                                load32(ip + 12) + load32(ip + 16);
      const bool sound = load16(at + 12) == 0x0800 && ip[0] == std::byte{0x45} &&
                         folded(sum) == 0xffff && static_cast<std::uint8_t>(ip[8]) > 1;
      const std::uint32_t dst = load32(ip + 16);
      hosts[i] = sound ? key_of(vrfs[first + i], dst, 32) : 0;
      nets[i] = key_of(vrfs[first + i], dst & 0xffffff00, 24);
      if (batch > 1) {
        __builtin_prefetch(&slots_[mixed32(hosts[i]) & mask_]);
        __builtin_prefetch(&slots_[mixed32(nets[i]) & mask_]);
      }
    }
    for (std::size_t i = 0; i < n; ++i) {
      if (hosts[i] == 0) continue;
      const Slot* slot = find(hosts[i]);
      if (slot == nullptr) slot = find(nets[i]);
      if (slot != nullptr) encapsulate(buffers_[i], *slot);
    }
  }
  return frames.size();
}

}  // namespace tflab::cli
