#include "vrouter-core/pipeline/tcp_state.h"

#include <optional>

#include "vrouter-core/wire/tcp.h"

namespace tflab::vr {

namespace {

using wire::Tcp;

constexpr std::uint32_t widest_window = 1 << 16;

std::optional<Tcp> segment_of(const Packet& p) {
  if (p.meta.protocol != wire::Protocol::tcp || p.meta.fragment || p.meta.ip == nullptr) {
    return std::nullopt;
  }
  const std::byte* tcp = p.meta.ip + p.meta.header_size;
  Reader in{{tcp, p.bytes().data() + p.size()}};
  const Tcp segment = Tcp::read(in);
  return in.ok() ? std::optional{segment} : std::nullopt;
}

// How many octets of the sequence space the segment takes (RFC 9293 section 3.4).
std::uint32_t length_of(const Packet& p, const Tcp& segment) {
  const auto* payload = p.meta.ip + p.meta.header_size + segment.header_size;
  const auto octets = static_cast<std::uint32_t>(p.bytes().data() + p.size() - payload);
  return octets + (segment.has(Tcp::syn) ? 1 : 0) + (segment.has(Tcp::fin) ? 1 : 0);
}

bool credible_reset(const Tcp& segment, const FlowEntry& flow, const FlowEntry* reverse) {
  const bool answers_syn = reverse != nullptr && (reverse->tcp & tcp_syn) != 0 &&
                           (flow.tcp & (tcp_established | tcp_syn)) == 0;
  if (answers_syn) return segment.has(Tcp::ack) && segment.acknowledged == reverse->next;
  return segment.sequence - flow.next < widest_window;
}

void end(FlowEntry& flow) {
  flow.tcp |= tcp_dead;
  flow.flags |= flow_evict_candidate | flow_evicted;
}

}  // namespace

bool opens_connection(const Packet& p) {
  const auto segment = segment_of(p);
  return segment && segment->has(Tcp::syn) && !segment->has(Tcp::ack);
}

void note_tcp(const Packet& p, FlowEntry& flow, FlowEntry* reverse) {
  const auto segment = segment_of(p);
  if (!segment) return;
  if (segment->has(Tcp::reset)) {
    if (!credible_reset(*segment, flow, reverse)) return;
    flow.tcp |= tcp_reset;
    end(flow);
    if (reverse != nullptr) end(*reverse);
    return;
  }
  flow.next = segment->sequence + length_of(p, *segment);
  const auto note = [&](std::uint16_t own, std::uint16_t others) {
    flow.tcp |= own;
    if (reverse != nullptr) reverse->tcp |= others;
  };
  if (segment->has(Tcp::syn)) note(tcp_syn, tcp_syn_reverse);
  const bool both_opened = (flow.tcp & tcp_syn) != 0 && (flow.tcp & tcp_syn_reverse) != 0;
  if (both_opened && segment->has(Tcp::ack)) note(tcp_established, tcp_established_reverse);
  if (segment->has(Tcp::fin)) note(tcp_fin, tcp_fin_reverse);
  // Ended when each side has said so and this acknowledges it.
  const bool both_ended = (flow.tcp & tcp_fin) != 0 && (flow.tcp & tcp_fin_reverse) != 0;
  const bool last_word = both_ended && !segment->has(Tcp::fin) && segment->has(Tcp::ack);
  if (last_word) {
    end(flow);
    if (reverse != nullptr) end(*reverse);
  } else if (both_ended) {
    note(tcp_half_close, 0);
  }
}

}  // namespace tflab::vr
