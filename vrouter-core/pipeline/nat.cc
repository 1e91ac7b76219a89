#include "vrouter-core/pipeline/nat.h"

#include "vrouter-core/base/checksum.h"
#include "vrouter-core/pipeline/proxy.h"
#include "vrouter-core/wire/icmp.h"
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

  void src(const std::uint64_t* words) const { address(12, 8, words); }
  void dst(const std::uint64_t* words) const { address(16, 24, words); }
  void src_port(std::uint16_t value) const { port(0, value); }
  void dst_port(std::uint16_t value) const { port(2, value); }
  // RFC 768: a sum of zero is sent as all ones.
  void close() const {
    const bool udp = p.meta.protocol == wire::Protocol::udp && upper_sum != nullptr;
    if (udp && load16(upper_sum) == 0) store(upper_sum, std::uint16_t{0xffff});
  }
};

Translation translation_of(Packet& p) {
  return {p, p.meta.v4 ? p.meta.ip + 10 : nullptr, upper_checksum(p)};
}

// What an error message quotes: as much of a packet as came along. FlowKeyIn has seen that there is
// an IP header and what tells the flow.
Packet quoted_in(const Packet& p) {
  const Meta& meta = p.meta;
  std::byte* const at = meta.ip + meta.header_size + wire::Icmp::size;
  const std::byte* const end = p.bytes().data() + p.size();
  Packet quoted = p.part({at, static_cast<std::size_t>(end - at)});
  quoted.meta.ip = at;
  quoted.meta.fragment = false;
  quoted.meta.header_size = static_cast<std::uint16_t>(
      meta.v4 ? (static_cast<unsigned>(at[0]) & 0x0f) * 4 : wire::Ipv6::size);
  quoted.meta.protocol = static_cast<wire::Protocol>(at[meta.v4 ? 9 : 6]);
  return quoted;
}

// All of a packet that a translation may change. It begins and ends at even places.
Bytes translatable(const Packet& p) {
  constexpr std::size_t ports_and_sum = 18;  // of TCP, whose sum is the last of all
  const std::size_t size = p.meta.header_size + ports_and_sum;
  return Bytes{p.bytes()}.first(p.size() < size ? p.size() : size);
}

bool sent_by(const Packet& p, const std::uint64_t* words) {
  if (p.meta.v4) return p.meta.src4().raw() == words[1];
  return load64(p.meta.ip + 8) == words[0] && load64(p.meta.ip + 16) == words[1];
}

}  // namespace

Verdict translated(Packet& p, const FlowEntry& flow, const FlowEntry& reverse) {
  const FlowWords& back = reverse.key;
  const Translation to = translation_of(p);
  if ((flow.flags & flow_snat) != 0) to.src(&back.word[2]);
  if ((flow.flags & flow_dnat) != 0) to.dst(&back.word[0]);
  if ((flow.flags & flow_spat) != 0) to.src_port(back.dst_port());
  if ((flow.flags & flow_dpat) != 0) to.dst_port(back.src_port());
  if (wire::has_ports(p.meta.protocol)) {
    if ((flow.flags & flow_spat) != 0) p.meta.ports.src = back.dst_port();
    if ((flow.flags & flow_dpat) != 0) p.meta.ports.dst = back.src_port();
  }
  to.close();
  return Verdict::next;
}

Verdict error_translated(Packet& p, const FlowEntry& flow, const FlowEntry& reverse) {
  const FlowWords& back = reverse.key;
  Packet quoted = quoted_in(p);
  const Bytes changing = translatable(quoted);
  const std::uint16_t before = folded(word_sum(changing));
  const Translation inside = translation_of(quoted);
  if ((flow.flags & flow_snat) != 0) inside.dst(&back.word[2]);
  if ((flow.flags & flow_dnat) != 0) inside.src(&back.word[0]);
  if ((flow.flags & flow_spat) != 0) inside.dst_port(back.dst_port());
  if ((flow.flags & flow_dpat) != 0) inside.src_port(back.src_port());
  inside.close();
  std::byte* const sum = p.meta.ip + p.meta.header_size + 2;
  store(sum, checksum_after(load16(sum), before, folded(word_sum(changing))));

  const Translation outside = translation_of(p);
  if ((flow.flags & flow_snat) != 0 && sent_by(p, &flow.key.word[0])) outside.src(&back.word[2]);
  if ((flow.flags & flow_dnat) != 0) outside.dst(&back.word[0]);
  return Verdict::next;
}

Verdict punted_untranslated(Packet& p, const Tables& t, Trap why) {
  if (p.meta.flow == no_flow) return punted_as_received(p, why);
  const Guarded one{t.traffic->guard};
  const FlowEntry* of = t.traffic->still(p.meta.flow, p.meta.flow_hash);
  if (of != nullptr && of->action == FlowAction::nat) {
    const FlowEntry& flow = *of;
    const Translation back = translation_of(p);
    if ((flow.flags & flow_snat) != 0) back.src(&flow.key.word[0]);
    if ((flow.flags & flow_dnat) != 0) back.dst(&flow.key.word[2]);
    if ((flow.flags & flow_spat) != 0) back.src_port(flow.key.src_port());
    if ((flow.flags & flow_dpat) != 0) back.dst_port(flow.key.dst_port());
    back.close();
  }
  return punted_as_received(p, why);
}

}  // namespace tflab::vr
