#include "vrouter-core/vrouter/precompute.h"

#include "vrouter-core/base/checksum.h"
#include "vrouter-core/pipeline/tunnel.h"
#include "vrouter-core/wire/header_layout.h"

namespace tflab::vr {

namespace {

// An outer IPv4 header without length and id. In place of its checksum stands the sum of the rest,
// which is the checksum's complement.
void write_outer_ip(Writer& out, const SetNexthop& nexthop, wire::Protocol protocol) {
  const std::size_t start = out.written().size();
  wire::Ipv4{.ttl = 64, .protocol = protocol, .src = nexthop.sip, .dst = nexthop.dip}.write(out);
  const std::uint16_t sum = load16(out.written().data() + start + 10);
  out.back_to(start + 10).be16(static_cast<std::uint16_t>(~sum));
}

std::size_t tunnel_header(Writer& out, const SetNexthop& nexthop) {
  wire::Ethernet{nexthop.dst, nexthop.src, wire::EtherType::ipv4}.write(out);
  if ((nexthop.flags & nh_tunnel_gre) != 0) {
    write_outer_ip(out, nexthop, wire::Protocol::gre);
    wire::Gre{static_cast<std::uint16_t>(wire::EtherType::mpls)}.write(out);
    return wire::MplsOverGre::size;
  }
  write_outer_ip(out, nexthop, wire::Protocol::udp);
  if ((nexthop.flags & nh_tunnel_udp_mpls) != 0) {
    wire::Udp{.dst_port = wire::mpls_over_udp_port}.write(out);
    return wire::MplsOverUdp::size;
  }
  wire::Udp{.dst_port = wire::vxlan_port}.write(out);
  wire::Vxlan{}.write(out);
  return wire::VxlanLayout::size;
}

}  // namespace

void precompute(Forward& row, const SetNexthop& nexthop) {
  const bool same_list = row.type == nexthop.type && nexthop.type == NexthopType::composite;
  const Forward::Members members = same_list ? row.members : Forward::Members{};
  row.flags = nexthop.flags;
  row.type = nexthop.type;
  row.family = nexthop.family;
  row.out = nexthop.out;
  row.vrf = nexthop.vrf;
  row.overhead = 0;
  row.header = {};
  Writer out{row.header};
  if (nexthop.type == NexthopType::encap) {
    wire::Ethernet{nexthop.dst, nexthop.src, wire::EtherType::ipv4}.write(out);
  } else if (nexthop.type == NexthopType::tunnel) {
    const bool to_router = (row.flags & nh_l3_vxlan) != 0;
    const std::size_t inner = to_router ? wire::Ethernet::size : 0;
    const std::size_t header = tunnel_header(out, nexthop) - wire::Ethernet::size;
    row.overhead = static_cast<std::uint16_t>(header + inner);
    if (to_router) keep_router_mac(row, nexthop.inner_dst);
  } else if (nexthop.type == NexthopType::composite) {
    row.members = members;
    row.members.hash_fields = nexthop.hash_fields;
  }
}

SetNexthop said(NexthopId id, const Forward& row) {
  SetNexthop nexthop{.nexthop = id,
                     .type = row.type,
                     .flags = row.flags,
                     .vrf = row.vrf,
                     .out = row.out,
                     .family = row.family};
  if (row.type == NexthopType::composite) nexthop.hash_fields = row.members.hash_fields;
  const bool tunnel = row.type == NexthopType::tunnel;
  if (!tunnel && row.type != NexthopType::encap) return nexthop;
  Reader in{row.header};
  const auto ethernet = wire::Ethernet::read(in);
  nexthop.dst = ethernet.dst;
  nexthop.src = ethernet.src;
  if (!tunnel) return nexthop;
  const auto outer = wire::Ipv4::read(in);
  nexthop.sip = outer.src;
  nexthop.dip = outer.dst;
  if ((row.flags & nh_l3_vxlan) != 0) nexthop.inner_dst = router_mac(row);
  return nexthop;
}

}  // namespace tflab::vr
