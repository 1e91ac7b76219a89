#include "vrouter-core/pipeline/nat.h"

#include "vrouter-core/base/checksum.h"
#include "vrouter-core/wire/ipv4.h"

namespace tflab::vr {

namespace {

// Where the upper layer keeps its checksum, or nowhere: a piece that is not the first has none, and
// UDP over IPv4 may have sent none.
std::byte* upper_checksum(const Packet& p) {
  const Meta& meta = p.meta;
  const bool later_piece = meta.v4 && (load16(meta.ip + 6) & 0x1fff) != 0;
  if (later_piece || (meta.fragment && !meta.v4)) return nullptr;
  std::size_t offset = 0;
  switch (meta.protocol) {
    case wire::Protocol::tcp:
      offset = 16;
      break;
    case wire::Protocol::udp:
      offset = 6;
      break;
    case wire::Protocol::icmpv6:
      offset = 2;
      break;
    default:
      return nullptr;
  }
  std::byte* at = meta.ip + meta.header_size + offset;
  if (at + 2 > p.bytes().data() + p.size()) return nullptr;
  const bool none_sent = meta.protocol == wire::Protocol::udp && meta.v4 && load16(at) == 0;
  return none_sent ? nullptr : at;
}

// Replaces 16 bits and keeps the checksums that cover them right.
void put16(std::byte* at, std::uint16_t value, std::byte* first_sum, std::byte* second_sum) {
  const std::uint16_t before = load16(at);
  for (std::byte* sum : {first_sum, second_sum}) {
    if (sum != nullptr) store(sum, checksum_after(load16(sum), before, value));
  }
  store(at, value);
}

struct Translation {
  Packet& p;
  std::byte* ip_sum;     // null in IPv6
  std::byte* upper_sum;  // covers addresses and ports

  // `words` are a flow key's two for one address.
  void address(std::size_t offset4, std::size_t offset6, const std::uint64_t* words) const {
    const bool v4 = p.meta.v4;
    const std::size_t size = v4 ? 4 : 16;
    std::byte octets[16];
    store(octets, words[0]);
    store(octets + 8, words[1]);
    std::byte* at = p.meta.ip + (v4 ? offset4 : offset6);
    for (std::size_t i = 0; i < size; i += 2) {
      put16(at + i, load16(octets + 16 - size + i), ip_sum, upper_sum);
    }
  }
  void port(std::size_t offset, std::uint16_t value) const {
    const Meta& meta = p.meta;
    std::byte* at = meta.ip + meta.header_size + offset;
    const bool later_piece = meta.v4 && (load16(meta.ip + 6) & 0x1fff) != 0;
    const bool there =
        wire::has_ports(meta.protocol) && !later_piece && at + 2 <= p.bytes().data() + p.size();
    if (there) put16(at, value, nullptr, upper_sum);
  }
};

}  // namespace

Verdict translated(Packet& p, const FlowEntry& flow, const FlowEntry& reverse) {
  const FlowWords& back = reverse.key;
  const Translation to{p, p.meta.v4 ? p.meta.ip + 10 : nullptr, upper_checksum(p)};
  if ((flow.flags & flow_snat) != 0) to.address(12, 8, &back.word[2]);
  if ((flow.flags & flow_dnat) != 0) to.address(16, 24, &back.word[0]);
  if ((flow.flags & flow_spat) != 0) to.port(0, back.dst_port());
  if ((flow.flags & flow_dpat) != 0) to.port(2, back.src_port());
  if (wire::has_ports(p.meta.protocol)) {
    if ((flow.flags & flow_spat) != 0) p.meta.ports.src = back.dst_port();
    if ((flow.flags & flow_dpat) != 0) p.meta.ports.dst = back.src_port();
  }
  // RFC 768: a sum of zero is sent as all ones.
  const bool udp = p.meta.protocol == wire::Protocol::udp && to.upper_sum != nullptr;
  if (udp && load16(to.upper_sum) == 0) store(to.upper_sum, std::uint16_t{0xffff});
  return Verdict::next;
}

}  // namespace tflab::vr
