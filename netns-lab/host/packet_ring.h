#pragma once
// A packet socket and its ring, in either direction. The ring is TPACKET_V2: one slot a frame,
// handed over at once. V3 packs frames of any size into blocks but only hands a block over when it
// is full or a timer of the kernel has run out: several milliseconds on every hop of a ping and of
// every XMPP message.

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "netns-lab/host/fd.h"

namespace tflab::netns {

class PacketRing {
public:
  enum class Way { in, out };
  using Options = std::vector<std::pair<int, int>>;  // of SOL_PACKET

  // Slots hold `extra` octets besides the kernel's header and the longest frame. Throws
  // std::system_error (ENODEV when there is no such device).
  PacketRing(const std::string& device, Way way, const Options& options, std::size_t slots,
             std::size_t extra);
  PacketRing(const PacketRing&) = delete;
  PacketRing& operator=(const PacketRing&) = delete;
  ~PacketRing();

  // From here on frames come and go.
  void bind();

  int fd() const { return socket_.get(); }
  const std::string& device() const { return device_; }
  std::size_t slots() const { return slots_; }
  std::size_t slot_size() const { return slot_size_; }
  std::size_t longest_frame() const { return longest_; }  // with a VLAN tag

  std::byte* slot(std::size_t number) const { return ring_ + number % slots_ * slot_size_; }
  static std::uint32_t status(const std::byte* slot);
  static void set_status(std::byte* slot, std::uint32_t status);

private:
  void map(std::size_t slots, std::size_t extra);

  std::string device_;
  Way way_;
  Fd socket_;
  unsigned index_;  // of the device
  std::byte* ring_ = nullptr;
  std::size_t size_ = 0, slot_size_ = 0, slots_ = 0, longest_ = 0;
};

}  // namespace tflab::netns
