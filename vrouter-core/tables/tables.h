#pragma once
// The whole forwarding state: what the pipeline reads and the operations change.

#include <cstdint>
#include <optional>
#include <span>

#include "vrouter-core/ops/counters.h"
#include "vrouter-core/tables/flow_table.h"
#include "vrouter-core/tables/held_pieces.h"
#include "vrouter-core/tables/member_pool.h"
#include "vrouter-core/tables/prefix_table.h"
#include "vrouter-core/tables/rows.h"

namespace tflab::vr {

template <class Row, class Number>
Row* present_row(std::span<Row> rows, Number id) {
  return id.raw() < rows.size() && rows[id.raw()].present ? &rows[id.raw()] : nullptr;
}

struct Tables {
  std::span<VifRow> vifs;
  std::span<VrfRow> vrfs;
  std::span<NexthopRow> nexthops;
  std::span<Forward> forward;  // beside nexthops: the same rows, as packets read them
  std::span<LabelRow> labels;
  std::span<MirrorRow> mirrors;
  std::span<ForwardingClassRow> classes;
  std::span<QosMapRow> qos_maps;
  Routes4 routes4;
  Routes6 routes6;
  // By vrf and host prefix, where the route knows it: who has the address.
  ExactTable<Prefix4Key> machines4;
  ExactTable<Prefix6Key> machines6;
  ExactTable<MacKey> macs;
  std::uint32_t learned_macs = 0;
  ExactTable<VniKey> vnis;
  MemberPool members;
  FlowTable flows;
  FlowTable fragments;  // ports of datagrams whose first piece has been seen (pipeline/fragments.h)
  HeldPieces pieces;    // of those whose first has not
  ExactTable<VlanKey> vlans;     // to the number of a sub-interface
  std::uint32_t held_flows = 0;  // those the agent has not decided yet
  std::uint32_t most_held_flows = 0;
  std::uint64_t copies = 0;        // packets made by replication, mirroring and fragmentation
  Instant now;                     // of the frame at hand
  Instant macs_aged;               // when learned MACs last grew older
  std::span<std::uint32_t> order;  // room for walking a table in order
  DropCounters drops{};
  VrfCounters of_no_vrf{};  // nobody reads them

  // The node's own interface and the one to the fabric: the lowest of each type.
  std::optional<VifId> host, fabric;
  std::uint16_t next_ip_id = 0;

  VifRow* vif(VifId id) const { return present_row(vifs, id); }
  VrfRow* vrf(VrfId id) const { return present_row(vrfs, id); }
  NexthopRow* nexthop(NexthopId id) const { return present_row(nexthops, id); }
  QosMapRow* qos_map(std::uint16_t map) const {
    return map < qos_maps.size() && qos_maps[map].present ? &qos_maps[map] : nullptr;
  }

  void count_drop(Drop why, VifId in) {
    ++drops[static_cast<std::size_t>(why)];
    if (VifRow* row = vif(in)) ++row->counters.drops;
  }

  void remove_flow(std::uint32_t number) {
    if (flows[number].action == FlowAction::hold) --held_flows;
    flows.remove(number);
  }

  // Removes the MACs the vrouter learned by itself for which gone(key, entry) is true.
  template <class Gone>
  void forget_learned(Gone gone) {
    if (learned_macs == 0) return;
    for (std::uint32_t slot = 0; slot < macs.slot_count(); ++slot) {
      const RouteEntry entry = macs.entry_in(slot);
      const bool learned = entry.is_route() && (entry.flags() & mac_learned) != 0;
      if (!learned || !gone(macs.key_in(slot), entry)) continue;
      macs.erase(MacKey{macs.key_in(slot)});
      --learned_macs;
    }
  }

  // Not a route when nothing covers the address or there is no such vrf.
  RouteEntry route_to(VrfId id, const IpAddr& address) const {
    return address.is_v4() ? route_to(id, address.v4()) : route_to(id, address.v6());
  }
  RouteEntry route_to(VrfId id, Ip4 address) const {
    const VrfRow* row = vrf(id);
    return row != nullptr ? routes4.look_up(id, row->lengths4, address) : RouteEntry{};
  }
  RouteEntry route_to(VrfId id, const Ip6& address) const {
    const VrfRow* row = vrf(id);
    return row != nullptr ? routes6.look_up(id, row->lengths6, address) : RouteEntry{};
  }

  bool knows_machines() const { return (machines4.size() | machines6.size()) != 0; }
  // The MAC of the machine that has the address; zero when its route does not know.
  Mac machine_at(VrfId id, const IpAddr& address) const {
    const RouteEntry entry = address.is_v4()
                                 ? machines4.find(Prefix4Key::of(id, address.v4(), 32))
                                 : machines6.find(Prefix6Key::of(id, address.v6(), 128));
    return entry.is_route() ? MacKey{entry.mac()}.mac() : Mac{};
  }

  // The nexthop a route leads to, if that is a machine behind an interface.
  const SetNexthop* encap_to(VrfId id, const IpAddr& address) const {
    const RouteEntry route = route_to(id, address);
    const NexthopRow* row = route.is_route() ? nexthop(route.nexthop()) : nullptr;
    const bool encap = row != nullptr && row->set.type == NexthopType::encap;
    return encap && (row->set.flags & nh_valid) != 0 ? &row->set : nullptr;
  }

  // The same, if it is one of this node's virtual interfaces: a VM that is reached without a
  // tunnel.
  const SetNexthop* native_vm(VrfId id, const IpAddr& address) const {
    const SetNexthop* nexthop = encap_to(id, address);
    const VifRow* out = nexthop != nullptr ? vif(nexthop->out) : nullptr;
    return out != nullptr && out->set.type == VifType::virt ? nexthop : nullptr;
  }
};

}  // namespace tflab::vr
