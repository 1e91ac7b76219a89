#pragma once
// What packets read and operations change. A host whose packets come on several CPUs has two of it,
// equal but for the operations of the moment (vrouter/state.h); what packets write is elsewhere:
// tables/lane.h, tables/traffic.h.

#include <cstdint>
#include <optional>
#include <span>

#include "vrouter-core/tables/member_pool.h"
#include "vrouter-core/tables/prefix_table.h"
#include "vrouter-core/tables/rows.h"
#include "vrouter-core/tables/traffic.h"

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
  ExactTable<MacKey> macs;  // those the agent has set
  ExactTable<VniKey> vnis;
  MemberPool members;
  ExactTable<VlanKey> vlans;  // to the number of a sub-interface
  Traffic* traffic = nullptr;
  bool has_flows = false;          // a flow table, that is
  std::span<std::uint32_t> order;  // room for walking a table in order

  // The node's own interface and the one to the fabric: the lowest of each type.
  std::optional<VifId> host, fabric;

  VifRow* vif(VifId id) { return present_row(vifs, id); }
  VrfRow* vrf(VrfId id) { return present_row(vrfs, id); }
  NexthopRow* nexthop(NexthopId id) { return present_row(nexthops, id); }
  QosMapRow* qos_map(std::uint16_t map) {
    return const_cast<QosMapRow*>(static_cast<const Tables*>(this)->qos_map(map));
  }
  // Packets write none of it.
  const VifRow* vif(VifId id) const { return present_row(vifs, id); }
  const VrfRow* vrf(VrfId id) const { return present_row(vrfs, id); }
  const NexthopRow* nexthop(NexthopId id) const { return present_row(nexthops, id); }
  const QosMapRow* qos_map(std::uint16_t map) const {
    return map < qos_maps.size() && qos_maps[map].present ? &qos_maps[map] : nullptr;
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
  const Forward* encap_to(VrfId id, const IpAddr& address) const {
    const RouteEntry route = route_to(id, address);
    if (!route.is_route()) return nullptr;
    const Forward& row = forward[route.nexthop().raw()];
    return row.type == NexthopType::encap && row.valid() ? &row : nullptr;
  }

  // The same, if it is one of this node's virtual interfaces: a VM that is reached without a
  // tunnel.
  const Forward* native_vm(VrfId id, const IpAddr& address) const {
    const Forward* nexthop = encap_to(id, address);
    const VifRow* out = nexthop != nullptr ? vif(nexthop->out) : nullptr;
    return out != nullptr && out->set.type == VifType::virt ? nexthop : nullptr;
  }
};

}  // namespace tflab::vr
