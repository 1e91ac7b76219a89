#pragma once
// A network device as a port of the forwarding core: frames in through a memory-mapped AF_PACKET
// ring, frames out by send. What goes out is not seen again coming in. Never blocks.
//
// The ring is TPACKET_V2: one slot a frame, handed over at once. V3 packs frames of any size into
// blocks but only hands a block over when it is full or a timer of the kernel has run out: several
// milliseconds on every hop of a ping and of every XMPP message.

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>

#include "netns-lab/host/fd.h"

namespace tflab::netns {

class PacketPort {
public:
  // Octets in front of each frame that the reader may write to.
  static constexpr std::size_t headroom = 64;

  // Throws std::system_error (ENODEV when there is no such device).
  PacketPort(const std::string& device, std::size_t slots);
  PacketPort(const PacketPort&) = delete;
  PacketPort& operator=(const PacketPort&) = delete;
  ~PacketPort();

  int fd() const { return socket_.get(); }
  const std::string& device() const { return device_; }

  // Hands over up to `most` frames, each with its headroom in front; the bytes may be changed and
  // are the reader's until it returns. Returns how many there were; throws when the device is gone.
  std::size_t read(std::size_t most, const std::function<void(std::span<std::byte>)>& take);

  // False: the device did not take it (its queue is full, the frame is longer than its MTU, it is
  // down). A wire does not say so either.
  bool send(std::span<const std::byte> frame);

private:
  void map_ring(std::size_t slots, unsigned mtu);
  bool take_slot(std::byte* slot, const std::function<void(std::span<std::byte>)>& take);
  void check_device();

  std::string device_;
  Fd socket_;
  std::byte* ring_ = nullptr;
  std::size_t ring_size_ = 0, slot_size_ = 0, slots_ = 0, next_ = 0;
};

}  // namespace tflab::netns
