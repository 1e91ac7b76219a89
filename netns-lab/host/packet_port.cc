#include "netns-lab/host/packet_port.h"

#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <sys/socket.h>

#include <algorithm>
#include <cstring>

#include "vrouter-core/base/load.h"
#include "vrouter-core/wire/ethernet.h"

namespace tflab::netns {
namespace {

// The kernel takes a VLAN tag out of a frame and tells it beside; the core wants what was on the
// wire.
constexpr std::size_t tag_size = wire::Ethernet::tag_size;
constexpr std::size_t slots_out = 128;

// virtio_net_hdr of <linux/virtio_net.h>, which is not C++.
struct VirtioHeader {
  std::uint8_t flags = 0, gso_type = 0;
  std::uint16_t head_size = 0, gso_size = 0, checksum_start = 0, checksum_offset = 0;
};
static_assert(sizeof(VirtioHeader) == 10);

std::span<std::byte> with_tag(std::span<std::byte> frame, const tpacket2_hdr& header) {
  if ((header.tp_status & TP_STATUS_VLAN_VALID) == 0) return frame;
  const bool says_type = (header.tp_status & TP_STATUS_VLAN_TPID_VALID) != 0;
  std::byte* const start = frame.data() - tag_size;
  std::copy_n(frame.data(), 2 * ETH_ALEN, start);
  store(start + 2 * ETH_ALEN, says_type ? header.tp_vlan_tpid : std::uint16_t{ETH_P_8021Q});
  store(start + 2 * ETH_ALEN + 2, header.tp_vlan_tci);
  return {start, frame.size() + tag_size};
}

const PacketRing::Options in_options = {
    {PACKET_RESERVE, static_cast<int>(PacketPort::headroom + tag_size)},
    {PACKET_IGNORE_OUTGOING, 1}};

// A frame that cannot be sent is passed over (LOSS). With a virtio header in front we say how much
// of a frame is its head, and say all of it: the kernel copies the head and refers to the rest, and
// copying a frame is cheaper by far than keeping a page for it.
const PacketRing::Options out_options = {
    {PACKET_LOSS, 1}, {PACKET_QDISC_BYPASS, 1}, {PACKET_VNET_HDR, 1}};

}  // namespace

PacketPort::PacketPort(const std::string& device, std::size_t slots)
    : in_{device, PacketRing::Way::in, in_options, slots, headroom + tag_size + 32},
      out_{device, PacketRing::Way::out, out_options, slots_out, sizeof(VirtioHeader)} {
  out_.bind();
  in_.bind();
}

std::size_t PacketPort::read(std::size_t most, const std::function<void(Burst)>& take) {
  burst_.clear();
  std::size_t count = 0;
  for (; count < std::min(most, in_.slots()); ++count) {
    std::byte* const slot = in_.slot(next_in_ + count);
    if ((PacketRing::status(slot) & TP_STATUS_USER) == 0) break;
    collect(slot);
  }
  if (count == 0) check_device();
  if (!burst_.empty()) take(burst_);
  for (std::size_t i = 0; i < count; ++i)
    PacketRing::set_status(in_.slot(next_in_ + i), TP_STATUS_KERNEL);
  next_in_ += count;
  return count;
}

// A frame longer than its slot was cut: it is dropped here, as an interface drops what it cannot
// hold.
void PacketPort::collect(std::byte* slot) {
  const auto* header = reinterpret_cast<const tpacket2_hdr*>(slot);
  const auto* from =
      reinterpret_cast<const sockaddr_ll*>(slot + TPACKET_ALIGN(sizeof(tpacket2_hdr)));
  const std::size_t at = header->tp_mac, length = header->tp_snaplen;
  if (from->sll_pkttype == PACKET_OUTGOING || header->tp_len != length) return;
  if (at < headroom + tag_size || at + length > in_.slot_size()) return;
  const auto frame = with_tag({slot + at, length}, *header);
  burst_.emplace_back(frame.data() - headroom, frame.size() + headroom);
}

// The socket turns readable with an error when its device goes down or away.
void PacketPort::check_device() {
  int error = 0;
  socklen_t size = sizeof error;
  ::getsockopt(fd(), SOL_SOCKET, SO_ERROR, &error, &size);
  if (error != 0) fail("read from " + device(), error);
}

bool PacketPort::put(std::span<const std::byte> frame) {
  if (frame.size() < ETH_HLEN || frame.size() > out_.longest_frame()) return false;
  std::byte* const slot = out_.slot(next_out_);
  if (PacketRing::status(slot) != TP_STATUS_AVAILABLE) return false;
  const VirtioHeader head{.head_size = static_cast<std::uint16_t>(frame.size())};
  std::byte* const data = slot + TPACKET_ALIGN(sizeof(tpacket2_hdr));
  std::memcpy(data, &head, sizeof head);
  std::memcpy(data + sizeof head, frame.data(), frame.size());
  reinterpret_cast<tpacket2_hdr*>(slot)->tp_len =
      static_cast<std::uint32_t>(sizeof head + frame.size());
  PacketRing::set_status(slot, TP_STATUS_SEND_REQUEST);
  ++next_out_;
  if (++waiting_ == slots_out / 2) flush();
  return true;
}

// The kernel goes through the ring in order and stops where it cannot go on. What is behind is
// taken back: nothing is sent late.
std::size_t PacketPort::flush() {
  if (waiting_ == 0) return 0;
  ::send(out_.fd(), nullptr, 0, MSG_DONTWAIT | MSG_NOSIGNAL);
  std::size_t left = 0;
  for (; left < waiting_; ++left) {
    std::byte* const slot = out_.slot(next_out_ - 1 - left);
    if (PacketRing::status(slot) != TP_STATUS_SEND_REQUEST) break;
    PacketRing::set_status(slot, TP_STATUS_AVAILABLE);
  }
  next_out_ -= left;
  waiting_ = 0;
  return left;
}

}  // namespace tflab::netns
