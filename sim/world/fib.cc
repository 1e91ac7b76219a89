#include "sim/world/fib.h"

#include <utility>
#include <variant>

#include "control-core/agent/op_text.h"
#include "control-core/base/text.h"

namespace tflab::sim {
namespace {

std::string type_of(const vr::SetNexthop& nexthop) {
  std::string type{agent::to_text(nexthop.type)};
  for (char& c : type)
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  return type;
}

std::string tunnel_of(std::uint32_t flags) {
  if ((flags & vr::nh_tunnel_gre) != 0) return "MPLSoGRE";
  if ((flags & vr::nh_tunnel_udp_mpls) != 0) return "MPLSoUDP";
  if ((flags & vr::nh_tunnel_vxlan) != 0) return "VXLAN";
  return {};
}

void add(const vr::SetNexthop& nexthop, scenario::Fib& to) {
  scenario::FibNexthop row;
  row.type = type_of(nexthop);
  row.out = nexthop.out.raw();
  row.dst = to_text(nexthop.dst);
  row.tunnel = tunnel_of(nexthop.flags);
  row.sip = nexthop.sip;
  row.dip = nexthop.dip;
  row.vrf = nexthop.vrf.raw();
  to.nexthops.emplace_hint(to.nexthops.end(), nexthop.nexthop.raw(), std::move(row));
}

void add(const vr::SetRoute& route, scenario::Fib& to) {
  scenario::FibRoute row{route.nexthop.raw(), {}};
  if ((route.flags & vr::route_label_valid) != 0) row.label = route.label.raw();
  auto& table = to.routes[route.vrf.raw()];
  table.emplace_hint(table.end(), route.prefix, row);
}

}  // namespace

scenario::Fib fib_of(const agent::Datapath& datapath) {
  scenario::Fib fib;
  for (const vr::Op& op : datapath.tables) {
    if (const auto* nexthop = std::get_if<vr::SetNexthop>(&op)) add(*nexthop, fib);
    if (const auto* route = std::get_if<vr::SetRoute>(&op)) add(*route, fib);
  }
  return fib;
}

}  // namespace tflab::sim
