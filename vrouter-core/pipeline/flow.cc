#include "vrouter-core/pipeline/flow.h"

#include "vrouter-core/pipeline/fragments.h"
#include "vrouter-core/pipeline/nat.h"
#include "vrouter-core/pipeline/proxy.h"
#include "vrouter-core/pipeline/tcp_state.h"
#include "vrouter-core/pipeline/tunnel.h"
#include "vrouter-core/wire/icmp.h"
#include "vrouter-core/wire/neighbour.h"

namespace tflab::vr {

namespace {

[[gnu::always_inline]] inline FlowWords words_of(const Meta& meta, NexthopId owner) {
  FlowWords key;
  if (meta.v4) {
    key.word[1] = meta.src4().raw();
    key.word[3] = meta.dst4().raw();
  } else {
    for (std::size_t i = 0; i < 4; ++i) key.word[i] = load64(meta.ip + 8 + 8 * i);
  }
  const auto protocol = static_cast<std::uint8_t>(meta.protocol);
  key.set_rest(owner, protocol, meta.ports.src, meta.ports.dst, meta.v4);
  return key;
}

Verdict missed(Packet& p, const Tables& t, const FlowWords& key) {
  if ((t.vifs[p.meta.in.raw()].set.flags & vif_drop_new_flows) != 0) {
    return dropped(p, Drop::new_flows);
  }
  Traffic& traffic = *t.traffic;
  if (traffic.held_flows >= traffic.most_held_flows) return dropped(p, Drop::flow_unusable);
  const std::uint32_t number = traffic.flows.add(key);
  if (number == no_flow) return dropped(p, Drop::flow_table_full);
  FlowEntry& entry = traffic.flows[number];
  entry.action = FlowAction::hold;
  entry.held = 1;
  entry.last_seen = p.lane->now;
  ++traffic.held_flows;
  return punted_as_received(p, Trap::flow_miss);
}

Verdict held(Packet& p, FlowEntry& entry) {
  if (entry.held >= FlowLookup::most_held) return dropped(p, Drop::flow_queue_limit_exceeded);
  ++entry.held;
  return punted_as_received(p, Trap::flow_miss);
}

// The packet came from where this nexthop leads: in by that interface, or in a tunnel from that
// end.
[[gnu::always_inline]] inline bool came_from_one(const Packet& p, const Forward& row) {
  if (!row.valid()) return false;
  if (row.type == NexthopType::encap) return !p.meta.tunnelled && row.out == p.meta.in;
  return row.type == NexthopType::tunnel && p.meta.tunnelled && far_end(row) == p.meta.outer_src;
}

// From any member's place.
bool came_from_member(const Packet& p, const Tables& t, const Forward& composite) {
  bool found = false;
  t.members.each(composite.members, [&](std::uint16_t, const Member& m) {
    found = found || came_from_one(p, t.forward[m.nexthop.raw()]);
  });
  return composite.valid() && found;
}

[[gnu::always_inline]] inline bool came_from(const Packet& p, const Tables& t, NexthopId source) {
  const Forward& row = t.forward[source.raw()];
  return row.type == NexthopType::composite ? came_from_member(p, t, row) : came_from_one(p, row);
}

TFLAB_HOT void look_up_where_it_says(Packet& p, const FlowEntry& entry) {
  if ((entry.flags & flow_vrf_translate) == 0) return;
  p.meta.vrf = entry.vrf;
  p.meta.nexthop_known = false;
}

TFLAB_HOT Verdict taken(Packet& p, const Tables& t, std::uint32_t number, FlowEntry& entry) {
  FlowTable& flows = t.traffic->flows;
  if (entry.source != NexthopId{} && !came_from(p, t, entry.source)) {
    return dropped(p, Drop::invalid_source);
  }
  p.meta.flow = number;
  entry.last_seen = p.lane->now;
  ++entry.packets;
  entry.octets += p.size();
  if (entry.qos != 0) p.meta.qos = entry.qos;
  if (entry.action == FlowAction::drop) return dropped(p, Drop::flow_action_drop);
  if (p.meta.protocol == wire::Protocol::tcp && !p.meta.fragment) {
    note_tcp(p, entry, entry.reverse != no_flow ? &flows[entry.reverse] : nullptr);
  }
  look_up_where_it_says(p, entry);
  if (entry.action == FlowAction::forward) return Verdict::next;
  if (entry.reverse == no_flow) return dropped(p, Drop::flow_nat_no_rflow);
  return translated(p, entry, flows[entry.reverse]);
}

// What stands in the place of ports. An error message about a packet belongs to that packet's flow,
// seen from the other side; `about` says so, and what the quote says is then in the key.
struct Identity {
  bool known = true;
  bool about = false;
  FlowWords key{};
};

Identity icmp_identity(const Packet& p, NexthopId owner) {
  Meta meta = p.meta;
  const std::byte* icmp = meta.ip + meta.header_size;
  const Bytes body{icmp, static_cast<std::size_t>(p.bytes().data() + p.size() - icmp)};
  const auto message = wire::Icmp::read(body, meta.v4);
  if (!message.sound) return {.known = false};
  if (!message.error) {
    meta.ports = {message.id, 0};
    return {.key = words_of(meta, owner)};
  }
  const auto quote = wire::IcmpQuote::read(body, meta.v4);
  if (!quote.sound) return {.known = false};
  meta.ports = {quote.ports.dst, quote.ports.src};
  meta.protocol = quote.protocol;
  Identity identity{.about = true, .key = words_of(meta, owner)};
  // Its addresses are the quoted ones the other way round; only the error's sender may be another.
  for (std::size_t i = 0; i < 2; ++i) {
    identity.key.word[i] = quote.dst[i];
    identity.key.word[2 + i] = quote.src[i];
  }
  return identity;
}

bool names_no_ports(const Packet& p) {
  const bool icmp = p.meta.protocol == (p.meta.v4 ? wire::Protocol::icmp : wire::Protocol::icmpv6);
  return icmp && !p.meta.fragment;
}

// Broadcast, multicast, and what finds neighbours: IPv6 has it in packets where IPv4 has ARP.
bool for_the_link(const Packet& p) {
  if (!p.meta.bridged) return false;
  if (p.meta.eth.dst.multicast()) return true;
  if (p.meta.v4 || p.meta.protocol != wire::Protocol::icmpv6 || p.meta.fragment) return false;
  const std::byte* const message = p.meta.ip + p.meta.header_size;
  return message < p.bytes().data() + p.size() &&
         wire::finds_neighbours(static_cast<std::uint8_t>(*message));
}

Verdict keyed_by(Packet& p, const Tables& t, NexthopId owner, const FlowWords& key) {
  p.meta.flow_hash = t.traffic->flows.hash(key);
  p.meta.flow_owner = owner;
  p.meta.has_flow_key = true;
  return Verdict::next;
}

// An old connection's entries make room for a new one.
Verdict evicted(Packet& p, const Tables& t, std::uint32_t number, const FlowWords& key) {
  if (!opens_connection(p)) return dropped(p, Drop::flow_evict);
  // Both directions: what the other remembers of the old connection must not end the new one.
  const std::uint32_t reverse = t.traffic->flows[number].reverse;
  t.traffic->remove_flow(number);
  if (reverse != no_flow) t.traffic->remove_flow(reverse);
  return missed(p, t, key);
}

// An error message passes when what it is about may, and is translated with it.
Verdict error_about(Packet& p, const Tables& t, const FlowWords& key) {
  const FlowTable& flows = t.traffic->flows;
  const std::uint32_t number = flows.find(key, p.meta.flow_hash);
  if (number == no_flow) return dropped(p, Drop::icmp_error);
  const FlowEntry& entry = flows[number];
  if ((entry.flags & flow_evicted) != 0) return dropped(p, Drop::flow_evict);
  const bool passes = entry.action == FlowAction::forward || entry.action == FlowAction::nat;
  if (!passes) return dropped(p, Drop::icmp_error);
  look_up_where_it_says(p, entry);
  if (entry.action == FlowAction::forward) return Verdict::next;
  if (entry.reverse == no_flow) return dropped(p, Drop::flow_nat_no_rflow);
  return error_translated(p, entry, flows[entry.reverse]);
}

TFLAB_HOT Verdict looked_up_as(Packet& p, const Tables& t, const FlowWords& key) {
  const std::uint32_t guess = p.meta.flow;
  p.meta.flow = no_flow;
  FlowTable& flows = t.traffic->flows;
  const std::uint32_t number = flows.find(key, p.meta.flow_hash, guess);
  if (number == no_flow) return missed(p, t, key);
  FlowEntry& entry = flows[number];
  if ((entry.flags & flow_evicted) != 0) return evicted(p, t, number, key);
  if (entry.action == FlowAction::hold) return held(p, entry);
  return taken(p, t, number, entry);
}

Verdict icmp_looked_up(Packet& p, const Tables& t) {
  const Identity identity = icmp_identity(p, p.meta.flow_owner);
  if (!identity.about) return looked_up_as(p, t, identity.key);
  p.meta.flow = no_flow;
  return error_about(p, t, identity.key);
}

[[gnu::noinline]] Verdict judged(Packet& p, const Tables& t) {
  if (names_no_ports(p)) return icmp_looked_up(p, t);
  return looked_up_as(p, t, words_of(p.meta, p.meta.flow_owner));
}

// Apart, so that who has no guard does not pass by it twice.
[[gnu::noinline]] Verdict guarded(Packet& p, const Tables& t) {
  const Guarded one{t.traffic->guard};
  return judged(p, t);
}

}  // namespace

Verdict FlowKeyIn::keyed(Packet& p, const Tables& t, NexthopId owner) {
  if (for_the_link(p)) return Verdict::next;
  if (p.meta.fragment) {
    const Verdict verdict = know_ports(p, *t.traffic);
    if (verdict != Verdict::next) return verdict;
  }
  if (!names_no_ports(p)) return keyed_by(p, t, owner, words_of(p.meta, owner));
  const Identity identity = icmp_identity(p, owner);
  if (!identity.known) return dropped(p, Drop::flow_invalid_protocol);
  return keyed_by(p, t, owner, identity.key);
}

Verdict FlowLookup::looked_up(Packet& p, const Tables& t) {
  return t.traffic->guard == nullptr ? judged(p, t) : guarded(p, t);
}

Verdict FlowAtExit::asked(Packet& p, const Tables& t) {
  const NexthopId owner = flows_towards(t, p.meta.nexthop);
  if (owner == NexthopId{}) return Verdict::next;
  const Verdict verdict = FlowKeyIn::keyed(p, t, owner);
  return verdict == Verdict::next ? FlowLookup::run(p, t) : verdict;
}

}  // namespace tflab::vr
