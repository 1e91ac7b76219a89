// The tables as operations: what is named comes before what names it, and within a kind the order
// is that of the numbers, so that equal tables give equal snapshots whatever their history.

#include <algorithm>
#include <optional>

#include "vrouter-core/vrouter/precompute.h"
#include "vrouter-core/vrouter/state.h"
#include "vrouter-core/vrouter/vrouter.h"

namespace tflab::vr {

namespace {

// The number is a label or a VNI.
template <class Op>
Op numbered(Op op, const RouteEntry& entry, bool is_label) {
  if (is_label) op.label = Label{entry.number()};
  if (!is_label) op.vni = Vni{entry.number()};
  return op;
}

SetRoute told(const Tables& t, VrfId vrf, const IpPrefix& prefix, const RouteEntry& route) {
  SetRoute op{.vrf = vrf, .prefix = prefix, .nexthop = route.nexthop(), .flags = route.flags()};
  if (prefix.length() == prefix.base().bits()) op.mac = t.machine_at(vrf, prefix.base());
  return numbered(op, route, (op.flags & route_label_valid) != 0);
}

SetMac told(const MacKey& key, const RouteEntry& mac) {
  const SetMac op{
      .vrf = key.vrf(), .mac = key.mac(), .nexthop = mac.nexthop(), .flags = mac.flags()};
  return numbered(op, mac, (op.flags & mac_label_valid) != 0);
}

SetFlow told(const FlowTable& flows, const FlowEntry& entry) {
  SetFlow op{.key = entry.key.key(),
             .action = entry.action,
             .flags = entry.flags,
             .source = entry.source,
             .vrf = entry.vrf,
             .ecmp_index = entry.ecmp_index,
             .qos = entry.qos};
  if (entry.reverse != no_flow) op.reverse = flows[entry.reverse].key.key();
  return op;
}

// Who is told may take the guard, and packets go on meanwhile: what there is is put in order
// inside, and each looked at again before it is told. `number(room)` does the first and says how
// many there are, `told_now(i)` the second.
template <class Number, class ToldNow>
void each_guarded(const Tables& t, OpSink& sink, Number number, ToldNow told_now) {
  const auto guarded = [&](auto read) {
    const Guarded one{t.traffic->guard};
    return read();
  };
  const std::size_t n = guarded([&] { return number(t.order); });
  for (const std::uint32_t i : t.order.first(n)) {
    if (const auto op = guarded([&] { return told_now(i); })) sink.take(*op);
  }
}

// A held flow is a question to the agent, not part of the tables.
void flows_of(const Tables& t, OpSink& sink) {
  const FlowTable& flows = t.traffic->flows;
  const auto is_set = [&](std::uint32_t i) {
    return flows[i].present && flows[i].action != FlowAction::hold;
  };
  const auto number = [&](std::span<std::uint32_t> room) {
    std::size_t n = 0;
    for (std::uint32_t i = 0; i < flows.used(); ++i) {
      if (is_set(i)) room[n++] = i;
    }
    const auto order = room.first(n);
    std::sort(order.begin(), order.end(),
              [&](std::uint32_t a, std::uint32_t b) { return flows[a].key < flows[b].key; });
    return n;
  };
  each_guarded(t, sink, number, [&](std::uint32_t i) {
    return is_set(i) ? std::optional{told(flows, flows[i])} : std::nullopt;
  });
}

void learned_macs_of(const Tables& t, OpSink& sink) {
  const auto& learned = t.traffic->learned;
  const auto number = [&](std::span<std::uint32_t> room) { return in_order(learned, room).size(); };
  each_guarded(t, sink, number, [&](std::uint32_t slot) {
    const RouteEntry mac = learned.entry_in(slot);
    return mac.is_route() ? std::optional{told(learned.key_in(slot), mac)} : std::nullopt;
  });
}

template <class Table>
void routes_of(const Tables& t, const Table& routes, OpSink& sink) {
  sorted_walk(routes.table(), t.order, [&](const auto& key, const RouteEntry& route) {
    if (!key.is_tally()) sink.take(told(t, key.vrf(), key.prefix(), route));
  });
}

// Calls visit(number, row) for the rows in use.
template <class Row, class Visit>
void each_present(std::span<Row> rows, Visit visit) {
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (rows[i].present) visit(i, rows[i]);
  }
}

}  // namespace

void Vrouter::interfaces(OpSink& sink) const {
  const Tables& t = *state_->published;
  const auto vrf_id = [](std::size_t i) { return VrfId{static_cast<std::uint16_t>(i)}; };
  each_present(t.vrfs, [&](std::size_t i, const VrfRow&) { sink.take(SetVrf{vrf_id(i)}); });
  each_present(t.classes, [&](std::size_t, const ForwardingClassRow& row) { sink.take(row.set); });
  each_present(t.qos_maps, [&](std::size_t, const QosMapRow& row) { sink.take(row.set); });
  each_present(t.vifs, [&](std::size_t, const VifRow& vif) { sink.take(vif.set); });
}

void Vrouter::snapshot(OpSink& sink) const {
  const Tables& t = *state_->published;
  interfaces(sink);
  const auto nexthop_id = [](std::size_t i) { return NexthopId{static_cast<std::uint32_t>(i)}; };
  each_present(t.nexthops, [&](std::size_t i, const NexthopRow&) {
    if (i != 0) sink.take(said(nexthop_id(i), t.forward[i]));  // 0 is built in
  });
  each_present(t.nexthops, [&](std::size_t i, const NexthopRow&) {
    if (t.forward[i].type != NexthopType::composite) return;
    const NexthopId id = nexthop_id(i);
    t.members.each(t.forward[i].members, [&](std::uint16_t index, const Member& member) {
      sink.take(SetMember{id, index, member.nexthop, member.number});
    });
  });
  each_present(t.mirrors, [&](std::size_t, const MirrorRow& mirror) { sink.take(mirror.set); });
  routes_of(t, t.routes4, sink);
  routes_of(t, t.routes6, sink);
  for (std::size_t i = 0; i < t.labels.size(); ++i) {
    const Label label{static_cast<std::uint32_t>(i)};
    if (t.labels[i].bound) sink.take(BindLabel{label, t.labels[i].nexthop});
  }
  sorted_walk(t.macs, t.order,
              [&](const MacKey& key, const RouteEntry& mac) { sink.take(told(key, mac)); });
  learned_macs_of(t, sink);
  sorted_walk(t.vnis, t.order, [&](const VniKey& key, const RouteEntry& entry) {
    sink.take(BindVni{key.vni(), entry.nexthop()});
  });
  flows_of(t, sink);
}

}  // namespace tflab::vr
