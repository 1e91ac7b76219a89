#pragma once
// The whole forwarding state: what the pipeline reads and the operations change.

#include <cstdint>
#include <optional>
#include <span>

#include "vrouter-core/ops/counters.h"
#include "vrouter-core/tables/bucket_pool.h"
#include "vrouter-core/tables/rows.h"
#include "vrouter-core/tables/trie.h"

namespace tflab::vr {

template <class Row, class Number>
Row* present_row(std::span<Row> rows, Number id) {
  return id.raw() < rows.size() && rows[id.raw()].present ? &rows[id.raw()] : nullptr;
}

struct Tables {
  std::span<VifRow> vifs;
  std::span<VrfRow> vrfs;
  std::span<NexthopRow> nexthops;
  std::span<LabelRow> labels;
  BucketPool buckets;
  DropCounters drops{};

  // The node's own interface and the one to the fabric: the lowest of each type.
  std::optional<VifId> host, fabric;
  std::uint16_t next_ip_id = 0;

  VifRow* vif(VifId id) const { return present_row(vifs, id); }
  VrfRow* vrf(VrfId id) const { return present_row(vrfs, id); }
  NexthopRow* nexthop(NexthopId id) const { return present_row(nexthops, id); }

  // Not a route when nothing covers the address or there is no such vrf.
  RouteEntry route_to(VrfId id, const IpAddr& address) const {
    const VrfRow* row = vrf(id);
    if (row == nullptr) return {};
    return address.is_v4() ? lookup(buckets, row->root4, address.v4())
                           : lookup(buckets, row->root6, address.v6());
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
