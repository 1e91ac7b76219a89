#include "netns-lab/host/packet_ring.h"

#include <arpa/inet.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>

#include <algorithm>
#include <bit>

#include "vrouter-core/wire/ethernet.h"

namespace tflab::netns {
namespace {

void set_option(int socket, int name, int value) {
  check(::setsockopt(socket, SOL_PACKET, name, &value, sizeof value),
        "set option " + std::to_string(name) + " of a packet socket");
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

}  // namespace

PacketRing::PacketRing(const std::string& device, Way way, const Options& options,
                       std::size_t slots, std::size_t extra)
    : device_{device},
      way_{way},
      socket_{check(::socket(AF_PACKET, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, 0),
                    "open a packet socket")},
      index_{index_of(fd(), device)},
      longest_{mtu_of(fd(), device) + wire::Ethernet::size + wire::Ethernet::tag_size} {
  set_option(fd(), PACKET_VERSION, TPACKET_V2);
  for (const auto& [name, value] : options) set_option(fd(), name, value);
  map(slots, extra);
}

PacketRing::~PacketRing() {
  if (ring_) ::munmap(ring_, size_);
}

// A slot is a power of two so that slots fill the pages they are in.
void PacketRing::map(std::size_t slots, std::size_t extra) {
  slot_size_ = std::bit_ceil(TPACKET_ALIGN(TPACKET2_HDRLEN) + extra + longest_);
  const std::size_t block = std::max<std::size_t>(slot_size_, 65536);
  slots_ = std::bit_ceil(std::max(slots, block / slot_size_));
  size_ = slots_ * slot_size_;
  tpacket_req request{};
  request.tp_block_size = static_cast<unsigned>(block);
  request.tp_block_nr = static_cast<unsigned>(size_ / block);
  request.tp_frame_size = static_cast<unsigned>(slot_size_);
  request.tp_frame_nr = static_cast<unsigned>(slots_);
  check(::setsockopt(fd(), SOL_PACKET, way_ == Way::in ? PACKET_RX_RING : PACKET_TX_RING, &request,
                     sizeof request),
        "make a packet ring for " + device_);
  void* at = ::mmap(nullptr, size_, PROT_READ | PROT_WRITE, MAP_SHARED, fd(), 0);
  if (at == MAP_FAILED) fail("map the packet ring of " + device_);
  ring_ = static_cast<std::byte*>(at);
}

// Frames to addresses that are not the device's own come in too. A socket that only sends is bound
// to no protocol, and nothing is queued for it.
void PacketRing::bind() {
  if (way_ == Way::in) {
    packet_mreq wanted{};
    wanted.mr_ifindex = static_cast<int>(index_);
    wanted.mr_type = PACKET_MR_PROMISC;
    check(::setsockopt(fd(), SOL_PACKET, PACKET_ADD_MEMBERSHIP, &wanted, sizeof wanted),
          "make " + device_ + " promiscuous");
  }
  sockaddr_ll at{};
  at.sll_family = AF_PACKET;
  at.sll_protocol = way_ == Way::in ? htons(ETH_P_ALL) : 0;
  at.sll_ifindex = static_cast<int>(index_);
  check(::bind(fd(), reinterpret_cast<const sockaddr*>(&at), sizeof at), "bind to " + device_);
}

std::uint32_t PacketRing::status(const std::byte* slot) {
  return __atomic_load_n(&reinterpret_cast<const tpacket2_hdr*>(slot)->tp_status, __ATOMIC_ACQUIRE);
}

void PacketRing::set_status(std::byte* slot, std::uint32_t status) {
  __atomic_store_n(&reinterpret_cast<tpacket2_hdr*>(slot)->tp_status, status, __ATOMIC_RELEASE);
}

}  // namespace tflab::netns
