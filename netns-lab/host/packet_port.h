#pragma once
// A network device as a port of the forwarding core: frames in and out through memory-mapped rings,
// in bursts, past the queueing discipline. What goes out is not seen again coming in. Never blocks.

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "netns-lab/host/packet_ring.h"

namespace tflab::netns {

class PacketPort {
public:
  // Octets in front of each frame that the reader may write to.
  static constexpr std::size_t headroom = 64;

  // `slots`: of the ring in. Throws std::system_error (ENODEV when there is no such device).
  PacketPort(const std::string& device, std::size_t slots);

  int fd() const { return in_.fd(); }  // readable when there are frames
  const std::string& device() const { return in_.device(); }

  // Frames that came in, each with its headroom in front.
  using Burst = std::span<const std::span<std::byte>>;

  // Hands over up to `most` frames at once; the bytes may be changed and are the reader's until it
  // returns. Returns how many there were; throws when the device is gone.
  std::size_t read(std::size_t most, const std::function<void(Burst)>& take);

  // Frames are copied and wait for flush(), or until there are many. False: it is longer than the
  // wire takes or no frame at all, or the kernel still has all it can hold.
  bool put(std::span<const std::byte> frame);
  bool waiting() const { return waiting_ > 0; }
  // How many the device did not take: it is down, or has too much already. A wire does not say so
  // either.
  std::size_t flush();
  bool send(std::span<const std::byte> frame) { return put(frame) && flush() == 0; }

private:
  void collect(std::byte* slot);
  void check_device();

  PacketRing in_, out_;
  std::size_t next_in_ = 0, next_out_ = 0, waiting_ = 0;
  std::vector<std::span<std::byte>> burst_;  // in the ring
};

}  // namespace tflab::netns
