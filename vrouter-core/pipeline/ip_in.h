#pragma once
#include "vrouter-core/base/checksum.h"
#include "vrouter-core/pipeline/stage.h"
#include "vrouter-core/wire/ipv4.h"

namespace tflab::vr {

// What will be routed: the IP header is checked (RFC 1812 section 5.2.2), the padding behind the
// packet is cut off, and what later stages ask for is noted. Of a bridged frame it is only noted,
// if all is sound: what a bridge does not understand it passes on. Addresses that end at the link
// are none of its business.
struct IpIn {
  static constexpr const char* name = "ip-in";
  TFLAB_HOT Verdict run(Packet& p, const Tables&) {
    if (p.meta.bridged) return noted(p);
    if (p.size() == 0) return dropped(p, Drop::pull);
    const auto version = static_cast<unsigned>(p.bytes()[0] >> 4);
    const wire::EtherType type = told_type(p, version);
    if (type == wire::EtherType::ipv4) [[likely]] {
      return version == 4 ? routed(p, read4(p.bytes(), true), true)
                          : dropped(p, Drop::invalid_packet);
    }
    if (type != wire::EtherType::ipv6) return dropped(p, Drop::invalid_protocol);
    return version == 6 ? routed(p, read6(p.bytes(), true), false)
                        : dropped(p, Drop::invalid_packet);
  }

  // In the machine's own order of octets: a sum of sixteen-bit words is sound in either (RFC 1071
  // section 2B). Their ones' complement sum is 0xffff when the plain one is a multiple of it and
  // not 0, which no header with a length is; 2^16 is 1 in this arithmetic, so halves need not be
  // taken apart. Multiples of an odd number are what its inverse makes small: one multiplication,
  // which a compiler does not find where it takes a way for a rare one.
  TFLAB_HOT bool sound_sum(const std::byte* at, std::size_t size) {
    if (size != wire::Ipv4::size) return checksum({at, size}) == 0;
    std::uint64_t sum = 0;
    _Pragma("GCC unroll 5") for (std::size_t i = 0; i < wire::Ipv4::size; i += 4) {
      std::uint32_t words;
      __builtin_memcpy(&words, at + i, 4);
      sum += words;
    }
    constexpr std::uint64_t inverse = 0xfffefffefffeffff, multiples = ~std::uint64_t{0} / 0xffff;
    static_assert(inverse * 0xffff == 1);
    return sum * inverse <= multiples;
  }

private:
  // What a header says, or why a packet with it is not routed.
  struct Header {
    bool sound = false;
    Drop fault{};
    bool fragment = false;
    std::uint8_t hops = 0;
    std::uint16_t size = 0;  // with options or extension headers
    wire::Protocol protocol{};
    wire::Ports ports{};
    std::uint32_t total = 0;  // of the packet, without padding
  };
  TFLAB_HOT Header faulty(Drop why) { return {.fault = why}; }

  // Inside a tunnel only the version can tell; on Ethernet the type has told already.
  TFLAB_HOT wire::EtherType told_type(const Packet& p, unsigned version) {
    if (!p.meta.tunnelled) return p.meta.eth.type;
    if (version == 4) return wire::EtherType::ipv4;
    return version == 6 ? wire::EtherType::ipv6 : wire::EtherType{};
  }

  TFLAB_HOT Verdict routed(Packet& p, const Header& header, bool v4) {
    if (!header.sound) return dropped(p, header.fault);
    p.trim(header.total);
    note(p, p.bytes().data(), header, v4);
    if (!p.meta.tunnelled) p.meta.ttl = header.hops;
    return Verdict::next;
  }
  TFLAB_HOT Verdict noted(Packet& p) {
    const bool v4 = p.meta.eth.type == wire::EtherType::ipv4;
    if (!v4 && p.meta.eth.type != wire::EtherType::ipv6) return Verdict::next;
    const auto behind = p.bytes().subspan(wire::Ethernet::size);
    const Header header = v4 ? read4(behind, false) : read6(behind, false);
    if (header.sound) note(p, behind.data(), header, v4);
    return Verdict::next;
  }
  TFLAB_HOT void note(Packet& p, std::byte* at, const Header& header, bool v4) {
    p.meta.ip = at;
    p.meta.v4 = v4;
    p.meta.header_size = header.size;
    p.meta.protocol = header.protocol;
    p.meta.fragment = header.fragment;
    p.meta.ports = header.ports;
  }

  TFLAB_HOT Header read4(Bytes bytes, bool to_route) {
    if (bytes.size() < wire::Ipv4::size) return faulty(Drop::pull);
    const std::byte* const at = bytes.data();
    const std::size_t size = (static_cast<std::size_t>(at[0]) & 0x0f) * 4, total = load16(at + 2);
    if (size > bytes.size()) return faulty(Drop::pull);
    if (size < wire::Ipv4::size || total < size || total > bytes.size()) {
      return faulty(Drop::invalid_packet);
    }
    if (!sound_sum(at, size)) return faulty(Drop::cksum_err);
    const Ip4 src{load32(at + 12)}, dst{load32(at + 16)};
    if (to_route && !(passes_routers(src) && passes_routers(dst))) {
      return faulty(Drop::invalid_packet);
    }
    Header header{.sound = true,
                  .fragment = (load16(at + 6) & 0x3fff) != 0,  // more to come, or an offset
                  .hops = static_cast<std::uint8_t>(at[8]),
                  .size = static_cast<std::uint16_t>(size),
                  .protocol = static_cast<wire::Protocol>(at[9]),
                  .total = static_cast<std::uint32_t>(total)};
    if (wire::has_ports(header.protocol) && !header.fragment && total >= size + 4) {
      header.ports = {load16(at + size), load16(at + size + 2)};
    }
    return header;
  }
  static Header read6(Bytes bytes, bool to_route);

  // "This" network, loopback, multicast and the limited broadcast never pass a router
  // (RFC 1812 section 5.3.7).
  TFLAB_HOT bool passes_routers(Ip4 address) {
    const std::uint32_t first = address.raw() >> 24;
    if (first - 1 < 224 - 1) return first != 127;
    return first >= 240 && address != Ip4{0xffffffff};
  }
};

}  // namespace tflab::vr
