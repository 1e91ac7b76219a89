#pragma once
#include "vrouter-core/base/checksum.h"
#include "vrouter-core/pipeline/stage.h"
#include "vrouter-core/wire/ipv4.h"

namespace tflab::vr {

// What will be routed: the IP header is checked (RFC 1812 section 5.2.2), the padding behind the
// packet is cut off, and what later stages ask for is noted. Of a bridged frame it is only noted,
// if all is sound: what a bridge does not understand it passes on.
struct IpIn {
  static constexpr const char* name = "ip-in";
  TFLAB_HOT Verdict run(Packet& p, Tables&) {
    if (p.meta.bridged) return noted(p);
    if (p.size() == 0) return dropped(p, Drop::pull);
    const auto version = static_cast<unsigned>(p.bytes()[0] >> 4);
    const wire::EtherType type = told_type(p, version);
    if (type == wire::EtherType::ipv4) {
      return version == 4 ? ipv4(p) : dropped(p, Drop::invalid_packet);
    }
    if (type != wire::EtherType::ipv6) return dropped(p, Drop::invalid_protocol);
    return version == 6 ? ipv6(p) : dropped(p, Drop::invalid_packet);
  }

private:
  // Inside a tunnel only the version can tell; on Ethernet the type has told already.
  TFLAB_HOT wire::EtherType told_type(const Packet& p, unsigned version) {
    if (!p.meta.tunnelled) return p.meta.eth.type;
    if (version == 4) return wire::EtherType::ipv4;
    return version == 6 ? wire::EtherType::ipv6 : wire::EtherType{};
  }

  TFLAB_HOT Verdict ipv4(Packet& p) {
    if (p.size() < wire::Ipv4::size) return dropped(p, Drop::pull);
    std::byte* const at = p.bytes().data();
    const std::size_t header = (static_cast<std::size_t>(at[0]) & 0x0f) * 4;
    const std::size_t total = load16(at + 2);
    if (header > p.size()) return dropped(p, Drop::pull);
    if (header < wire::Ipv4::size || total < header || total > p.size()) {
      return dropped(p, Drop::invalid_packet);
    }
    if (!sound_sum(at, header)) return dropped(p, Drop::cksum_err);
    const Ip4 src{load32(at + 12)}, dst{load32(at + 16)};
    if (!passes_routers(src) || !passes_routers(dst)) return dropped(p, Drop::invalid_packet);
    p.trim(total);
    p.meta.ip = at;
    p.meta.v4 = true;
    p.meta.header_size = static_cast<std::uint16_t>(header);
    p.meta.protocol = static_cast<wire::Protocol>(at[9]);
    p.meta.fragment = (load16(at + 6) & 0x3fff) != 0;  // more to come, or an offset
    if (!p.meta.tunnelled) p.meta.ttl = static_cast<std::uint8_t>(at[8]);
    if (wire::has_ports(p.meta.protocol) && !p.meta.fragment && total >= header + 4) {
      p.meta.ports = {load16(at + header), load16(at + header + 2)};
    }
    return Verdict::next;
  }
  static Verdict ipv6(Packet& p);
  static Verdict noted(Packet& p);

  // In the machine's own order of octets: a sum of sixteen-bit words is sound in either (RFC 1071
  // section 2B).
  TFLAB_HOT bool sound_sum(const std::byte* at, std::size_t size) {
    if (size != wire::Ipv4::size) return checksum({at, size}) == 0;
    std::uint64_t sum = 0;
    for (std::size_t i = 0; i < wire::Ipv4::size; i += 4) {
      std::uint32_t word;
      __builtin_memcpy(&word, at + i, 4);
      sum += word;
    }
    sum = (sum & 0xffffffff) + (sum >> 32);
    sum = (sum & 0xffff) + (sum >> 16);
    sum = (sum & 0xffff) + (sum >> 16);
    return static_cast<std::uint16_t>(sum + (sum >> 16)) == 0xffff;
  }

  // "This" network, loopback, multicast and the limited broadcast never pass a router
  // (RFC 1812 section 5.3.7).
  TFLAB_HOT bool passes_routers(Ip4 address) {
    const std::uint32_t first = address.raw() >> 24;
    return first != 0 && first != 127 && first >> 4 != 14 && address != Ip4{0xffffffff};
  }
  static bool passes_routers(const Ip6& address);
};

}  // namespace tflab::vr
