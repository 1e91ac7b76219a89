#pragma once
// The yardstick: the least program that forwards VPN packets. It copies the frame in, reads the
// addresses, verifies the header's checksum, finds (VRF, /32) or (VRF, /24) in one hash table of
// 16-octet slots, takes a hop off, copies 46 octets of ready headers in front, fills in length,
// checksum, source port and label, and counts. No policy, no other lengths, no other nexthops, no
// fragments, nobody's statistics: a lower bound, not a vrouter.

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace tflab::cli {

class Floor {
public:
  static constexpr std::size_t frame_size = 60, headroom = 64;
  using Frame = std::array<std::byte, 96>;  // the first frame_size used, by the floor

  explicit Floor(std::size_t routes);
  void add(std::uint16_t vrf, std::uint32_t base, unsigned length, std::uint32_t label);

  // Forwards frames[i] of vrf vrfs[i], `batch` at a time, all of them once; returns how many.
  std::size_t run(std::span<const Frame> frames, std::span<const std::uint16_t> vrfs,
                  std::size_t batch);
  std::uint64_t forwarded() const { return sent_; }

private:
  struct Slot {
    std::uint64_t key = 0;  // vrf, length, base, all but zero
    std::uint32_t label = 0, nexthop = 0;
  };
  struct Buffer {
    alignas(64) std::byte octets[192];
  };

  const Slot* find(std::uint64_t key) const;
  void encapsulate(Buffer& buffer, const Slot& slot);

  std::vector<Slot> slots_;
  std::size_t mask_;
  std::array<Buffer, 32> buffers_{};
  std::array<std::byte, 46> header_{};
  std::uint64_t sent_ = 0, octets_ = 0;
  std::uint16_t id_ = 0;
};

}  // namespace tflab::cli
