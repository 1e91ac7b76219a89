#include "pcap-replay/conversation/reassembly.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "vrouter-core/wire/ethernet.h"
#include "vrouter-core/wire/ipv4.h"
#include "vrouter-core/wire/ipv6.h"

namespace tflab::conversation {
namespace {

constexpr std::uint16_t vlan = 0x8100, provider_vlan = 0x88a8;
constexpr std::uint8_t tcp_protocol = 6;
// More pieces than this behind a gap, and the gap will not be filled any more.
constexpr std::size_t most_waiting = 256;
constexpr std::uint8_t syn = 2, rst = 4;

struct Packet {
  IpAddr from, to;
  Bytes tcp;
};

// IP with TCP inside and nothing cut off in front of it; fragments are left alone.
std::optional<Packet> tcp_in(Bytes frame) {
  Reader in{frame};
  in.take(12);
  std::uint16_t type = in.be16();
  while (type == vlan || type == provider_vlan) {
    in.take(2);
    type = in.be16();
  }
  const Bytes rest = in.take(in.left());
  Reader network{rest};
  if (type == static_cast<std::uint16_t>(wire::EtherType::ipv4)) {
    const auto ip = wire::Ipv4::read(network);
    if (!network.ok() || ip.fragment() || static_cast<std::uint8_t>(ip.protocol) != tcp_protocol)
      return {};
    if (ip.total_length < ip.header_size) return {};  // also segments that hardware was to cut
    const std::size_t end = std::min<std::size_t>(ip.total_length, rest.size());
    return Packet{ip.src, ip.dst, rest.subspan(ip.header_size, end - ip.header_size)};
  }
  if (type == static_cast<std::uint16_t>(wire::EtherType::ipv6)) {
    const auto ip = wire::Ipv6::read(network);
    if (!network.ok() || static_cast<std::uint8_t>(ip.next_header) != tcp_protocol) return {};
    return Packet{ip.src, ip.dst,
                  network.take(std::min<std::size_t>(ip.payload_length, network.left()))};
  }
  return {};
}

std::int32_t after(std::uint32_t a, std::uint32_t b) {
  return static_cast<std::int32_t>(a - b);
}

}  // namespace

std::uint64_t Run::packet_at(std::size_t offset) const {
  std::uint64_t packet = 0;
  for (const Mark& mark : marks) {
    if (mark.at > offset) break;
    packet = mark.packet;
  }
  return packet;
}

void Reassembly::take(Bytes frame, std::uint64_t packet, std::int64_t time_ns) {
  const auto found = tcp_in(frame);
  if (!found || found->tcp.size() < 20) return;
  Reader in{found->tcp};
  const Endpoint from{found->from, in.be16()}, to{found->to, in.be16()};
  segment(from, to, found->tcp, packet, time_ns);
}

void Reassembly::segment(const Endpoint& from, const Endpoint& to, Bytes tcp, std::uint64_t packet,
                         std::int64_t time_ns) {
  Reader in{tcp};
  in.take(4);
  std::uint32_t sequence = in.be32();
  in.take(4);
  const std::size_t header = 4u * (in.u8() >> 4);
  const std::uint8_t flags = in.u8();
  if (header < 20 || header > tcp.size()) return;
  const Bytes octets = tcp.subspan(header);
  const bool opening = (flags & syn) != 0;
  Flow& one = flow(from, to, opening && (flags & 0x10) == 0);
  if (opening) {
    if (!one.synchronised) {
      one.synchronised = true;
      one.next = ++sequence;
      one.direction.runs.push_back({.from_start = true, .octets = {}, .marks = {}});
      one.fresh = false;
    } else {
      ++sequence;
    }
  }
  if ((flags & rst) != 0 || octets.empty()) return;
  add(one, sequence, octets, packet, time_ns);
}

// A SYN on ports that were used before begins another connection.
Reassembly::Flow& Reassembly::flow(const Endpoint& from, const Endpoint& to, bool opening) {
  const auto known = known_.find({from, to});
  const bool again = known != known_.end() && opening && [&] {
    const auto& [one, other] = connections_[known->second.number];
    const Flow& mine = known->second.turned ? other : one;
    return mine.synchronised && !mine.direction.runs.empty() &&
           !mine.direction.runs.back().octets.empty();
  }();
  if (known == known_.end() || again) {
    const std::size_t number = connections_.size();
    connections_.emplace_back();
    connections_.back().first.direction.from = from;
    connections_.back().second.direction.from = to;
    known_[{from, to}] = {number, false};
    known_[{to, from}] = {number, true};
    return connections_.back().first;
  }
  auto& [one, other] = connections_[known->second.number];
  return known->second.turned ? other : one;
}

void Reassembly::append(Flow& flow, Bytes octets, std::uint64_t packet, std::int64_t time_ns) {
  if (flow.fresh) {
    flow.direction.runs.push_back({});
    flow.fresh = false;
  }
  Run& run = flow.direction.runs.back();
  run.marks.push_back({run.octets.size(), packet, time_ns});
  run.octets.insert(run.octets.end(), octets.begin(), octets.end());
  flow.next += static_cast<std::uint32_t>(octets.size());
}

void Reassembly::add(Flow& flow, std::uint32_t sequence, Bytes octets, std::uint64_t packet,
                     std::int64_t time_ns) {
  if (!flow.synchronised) {
    flow.synchronised = true;
    flow.next = sequence;
  }
  const std::int32_t ahead = after(sequence, flow.next);
  if (ahead > 0) {
    if (flow.waiting.empty()) flow.base = flow.next;
    auto& piece = flow.waiting[sequence - flow.base];
    if (piece.octets.size() < octets.size())
      piece = {{octets.begin(), octets.end()}, packet, time_ns};
    if (flow.waiting.size() > most_waiting) {
      jump(flow);
      drain(flow);
    }
    return;
  }
  const auto known = static_cast<std::size_t>(-static_cast<std::int64_t>(ahead));
  if (known >= octets.size()) return;  // said before
  append(flow, octets.subspan(known), packet, time_ns);
  drain(flow);
}

// What the gap has hidden is given up.
void Reassembly::jump(Flow& flow) {
  const std::uint32_t to = flow.base + flow.waiting.begin()->first;
  flow.direction.missing += to - flow.next;
  flow.next = to;
  flow.fresh = true;
}

void Reassembly::drain(Flow& flow) {
  while (!flow.waiting.empty()) {
    const auto first = flow.waiting.begin();
    const std::int32_t ahead = after(flow.base + first->first, flow.next);
    if (ahead > 0) return;
    const Flow::Piece piece = std::move(first->second);
    flow.waiting.erase(first);
    const auto known = static_cast<std::size_t>(-static_cast<std::int64_t>(ahead));
    if (known < piece.octets.size())
      append(flow, Bytes{piece.octets}.subspan(known), piece.packet, piece.time_ns);
  }
}

std::vector<Connection> Reassembly::finish() {
  std::vector<Connection> all;
  for (auto& [one, other] : connections_) {
    for (Flow* flow : {&one, &other})
      while (!flow->waiting.empty()) {
        jump(*flow);
        drain(*flow);
      }
    all.push_back({std::move(one.direction), std::move(other.direction)});
  }
  connections_.clear();
  known_.clear();
  return all;
}

}  // namespace tflab::conversation
