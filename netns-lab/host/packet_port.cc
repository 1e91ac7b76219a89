#include "netns-lab/host/packet_port.h"

#include <arpa/inet.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>

#include <algorithm>
#include <atomic>
#include <bit>

#include "vrouter-core/base/load.h"

namespace tflab::netns {
namespace {

void set_option(int socket, int name, int value, const std::string& what) {
  check(::setsockopt(socket, SOL_PACKET, name, &value, sizeof value), what);
}

unsigned mtu_of(int socket, const std::string& device) {
  ifreq request{};
  device.copy(request.ifr_name, IFNAMSIZ - 1);
  check(::ioctl(socket, SIOCGIFMTU, &request), "read the MTU of " + device);
  return static_cast<unsigned>(request.ifr_mtu);
}

unsigned index_of(int socket, const std::string& device) {
  ifreq request{};
  device.copy(request.ifr_name, IFNAMSIZ - 1);
  check(::ioctl(socket, SIOCGIFINDEX, &request), "find the device " + device);
  return static_cast<unsigned>(request.ifr_ifindex);
}

// Frames to addresses that are not the device's own come in too.
void be_promiscuous(int socket, unsigned index, const std::string& device) {
  packet_mreq wanted{};
  wanted.mr_ifindex = static_cast<int>(index);
  wanted.mr_type = PACKET_MR_PROMISC;
  check(::setsockopt(socket, SOL_PACKET, PACKET_ADD_MEMBERSHIP, &wanted, sizeof wanted),
        "make " + device + " promiscuous");
}

// The kernel takes a VLAN tag out of a frame and tells it beside; the core wants what was on the
// wire.
constexpr std::size_t tag_size = 4;

std::span<std::byte> with_tag(std::span<std::byte> frame, const tpacket2_hdr& header) {
  if ((header.tp_status & TP_STATUS_VLAN_VALID) == 0) return frame;
  const bool says_type = (header.tp_status & TP_STATUS_VLAN_TPID_VALID) != 0;
  std::byte* const start = frame.data() - tag_size;
  std::copy_n(frame.data(), 2 * ETH_ALEN, start);
  store(start + 2 * ETH_ALEN, says_type ? header.tp_vlan_tpid : std::uint16_t{ETH_P_8021Q});
  store(start + 2 * ETH_ALEN + 2, header.tp_vlan_tci);
  return {start, frame.size() + tag_size};
}

std::uint32_t status_of(const std::byte* slot) {
  const auto* header = reinterpret_cast<const tpacket2_hdr*>(slot);
  return __atomic_load_n(&header->tp_status, __ATOMIC_ACQUIRE);
}

void give_back(std::byte* slot) {
  auto* header = reinterpret_cast<tpacket2_hdr*>(slot);
  __atomic_store_n(&header->tp_status, TP_STATUS_KERNEL, __ATOMIC_RELEASE);
}

}  // namespace

PacketPort::PacketPort(const std::string& device, std::size_t slots)
    : device_{device},
      socket_{check(::socket(AF_PACKET, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, 0),
                    "open a packet socket")} {
  const unsigned index = index_of(fd(), device);
  set_option(fd(), PACKET_VERSION, TPACKET_V2, "use a version 2 ring");
  set_option(fd(), PACKET_RESERVE, static_cast<int>(headroom + tag_size), "reserve headroom");
  set_option(fd(), PACKET_IGNORE_OUTGOING, 1, "ignore what goes out");
  set_option(fd(), PACKET_QDISC_BYPASS, 1, "send past the queueing discipline");
  map_ring(slots, mtu_of(fd(), device));
  be_promiscuous(fd(), index, device);

  sockaddr_ll at{};  // from here on frames arrive
  at.sll_family = AF_PACKET;
  at.sll_protocol = htons(ETH_P_ALL);
  at.sll_ifindex = static_cast<int>(index);
  check(::bind(fd(), reinterpret_cast<const sockaddr*>(&at), sizeof at), "read from " + device);
}

PacketPort::~PacketPort() {
  if (ring_) ::munmap(ring_, ring_size_);
}

// A slot holds header, headroom, Ethernet header with a VLAN tag and the longest payload, and is a
// power of two so that slots fill the pages they are in.
void PacketPort::map_ring(std::size_t slots, unsigned mtu) {
  const std::size_t wanted = TPACKET_ALIGN(TPACKET2_HDRLEN) + headroom + tag_size + 32 + mtu;
  slot_size_ = std::bit_ceil(wanted);
  const std::size_t block = std::max<std::size_t>(slot_size_, 65536);
  slots_ = std::bit_ceil(std::max(slots, block / slot_size_));
  ring_size_ = slots_ * slot_size_;
  tpacket_req request{};
  request.tp_block_size = static_cast<unsigned>(block);
  request.tp_block_nr = static_cast<unsigned>(ring_size_ / block);
  request.tp_frame_size = static_cast<unsigned>(slot_size_);
  request.tp_frame_nr = static_cast<unsigned>(slots_);
  check(::setsockopt(fd(), SOL_PACKET, PACKET_RX_RING, &request, sizeof request),
        "make a packet ring for " + device_);
  void* at = ::mmap(nullptr, ring_size_, PROT_READ | PROT_WRITE, MAP_SHARED, fd(), 0);
  if (at == MAP_FAILED) fail("map the packet ring of " + device_);
  ring_ = static_cast<std::byte*>(at);
}

std::size_t PacketPort::read(std::size_t most,
                             const std::function<void(std::span<std::byte>)>& take) {
  std::size_t count = 0;
  for (; count < most; ++count) {
    std::byte* slot = ring_ + next_ * slot_size_;
    if ((status_of(slot) & TP_STATUS_USER) == 0) break;
    take_slot(slot, take);
    give_back(slot);
    next_ = (next_ + 1) % slots_;
  }
  if (count == 0) check_device();
  return count;
}

// A frame longer than its slot was cut: it is dropped here, as an interface drops what it cannot
// hold.
bool PacketPort::take_slot(std::byte* slot, const std::function<void(std::span<std::byte>)>& take) {
  const auto* header = reinterpret_cast<const tpacket2_hdr*>(slot);
  const auto* from =
      reinterpret_cast<const sockaddr_ll*>(slot + TPACKET_ALIGN(sizeof(tpacket2_hdr)));
  const std::size_t at = header->tp_mac, length = header->tp_snaplen;
  if (from->sll_pkttype == PACKET_OUTGOING || header->tp_len != length) return false;
  if (at < headroom + tag_size || at + length > slot_size_) return false;
  const auto frame = with_tag({slot + at, length}, *header);
  take({frame.data() - headroom, frame.size() + headroom});
  return true;
}

// The socket turns readable with an error when its device goes down or away.
void PacketPort::check_device() {
  int error = 0;
  socklen_t size = sizeof error;
  ::getsockopt(fd(), SOL_SOCKET, SO_ERROR, &error, &size);
  if (error != 0) fail("read from " + device_, error);
}

bool PacketPort::send(std::span<const std::byte> frame) {
  return ::send(fd(), frame.data(), frame.size(), MSG_DONTWAIT | MSG_NOSIGNAL) >= 0;
}

}  // namespace tflab::netns
