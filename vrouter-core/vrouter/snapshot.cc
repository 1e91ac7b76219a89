// The tables as operations: what is named comes before what names it, and within a kind the order
// is that of the numbers, so that equal tables give equal snapshots whatever their history.

#include "vrouter-core/vrouter/state.h"
#include "vrouter-core/vrouter/vrouter.h"

namespace tflab::vr {

namespace {

void routes_of(const Tables& t, VrfId id, const VrfRow& vrf, OpSink& sink) {
  const auto emit = [&](const IpPrefix& prefix, RouteEntry route) {
    sink.take(SetRoute{id, prefix, route.nexthop(), route.label(), route.flags()});
  };
  RouteWalk{t.buckets, IpVersion::v4, emit}.run(vrf.root4);
  RouteWalk{t.buckets, IpVersion::v6, emit}.run(vrf.root6);
}

// Calls visit(number, row) for the rows in use.
template <class Row, class Visit>
void each_present(std::span<Row> rows, Visit visit) {
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (rows[i].present) visit(i, rows[i]);
  }
}

}  // namespace

void Vrouter::snapshot(OpSink& sink) const {
  const Tables& t = state_->tables;
  const auto vrf_id = [](std::size_t i) { return VrfId{static_cast<std::uint16_t>(i)}; };
  each_present(t.vrfs, [&](std::size_t i, const VrfRow&) { sink.take(SetVrf{vrf_id(i)}); });
  each_present(t.vifs, [&](std::size_t, const VifRow& vif) { sink.take(vif.set); });
  each_present(t.nexthops, [&](std::size_t i, const NexthopRow& nexthop) {
    if (i != 0) sink.take(nexthop.set);  // 0 is built in
  });
  each_present(t.vrfs,
               [&](std::size_t i, const VrfRow& vrf) { routes_of(t, vrf_id(i), vrf, sink); });
  for (std::size_t i = 0; i < t.labels.size(); ++i) {
    const Label label{static_cast<std::uint32_t>(i)};
    if (t.labels[i].bound) sink.take(BindLabel{label, t.labels[i].nexthop});
  }
}

}  // namespace tflab::vr
