#include "vrouter-core/pipeline/cross_connect.h"

#include "vrouter-core/base/assert.h"
#include "vrouter-core/wire/flow_key.h"
#include "vrouter-core/wire/ipv4.h"

namespace tflab::vr {

namespace {

bool has_mac(const Tables& t, std::optional<VifId> vif, const Mac& mac) {
  return vif && same(t.vifs[vif->raw()].set.mac, mac);
}

// The node may send to whatever MAC its own routes name; from the fabric a frame must be for us.
bool may_be_routed(const Packet& p, const Tables& t) {
  if (p.meta.eth.type != wire::EtherType::ipv4 || p.meta.eth.dst.multicast()) return false;
  return t.vif(p.meta.in)->set.type == VifType::host || to_this_node(p, t);
}

// Whose flow a packet to the node itself belongs to, if it answers a machine that speaks with the
// node's address: the flow is known by the nexthop that leads to the node. Pieces of a datagram do
// not all tell their ports and are left to the node.
NexthopId answered_by(const Packet& p, const Tables& t, const wire::Ipv4& ip) {
  const FlowTable& flows = t.traffic->flows;
  if (!t.has_flows || !wire::has_ports(ip.protocol) || ip.fragment()) return {};
  const RouteEntry route = t.route_to(p.meta.vrf, ip.dst);
  if (!route.is_route() || t.forward[route.nexthop().raw()].type != NexthopType::receive) return {};
  if (p.size() < ip.header_size) return {};
  const auto ports = wire::read_ports(ip.protocol, false, Bytes{p.bytes()}.subspan(ip.header_size));
  FlowWords key;
  key.word[1] = ip.src.raw();
  key.word[3] = ip.dst.raw();
  key.set_rest(route.nexthop(), static_cast<std::uint8_t>(ip.protocol), ports.src, ports.dst, true);
  const Guarded one{t.traffic->guard};
  return flows.find(key, flows.hash(key)) != no_flow ? route.nexthop() : NexthopId{};
}

}  // namespace

bool to_this_node(const Packet& p, const Tables& t) {
  const Mac& dst = p.meta.eth.dst;
  return has_mac(t, p.meta.in, dst) || has_mac(t, t.host, dst);
}

Verdict cross_connected(Packet& p, const Tables& t) {
  const bool from_host = t.vif(p.meta.in)->set.type == VifType::host;
  const auto peer = from_host ? t.fabric : t.host;
  if (!peer) return dropped(p, Drop::nowhere_to_go);
  require(!p.push(wire::Ethernet::size).empty());
  return transmitted(p, *peer);
}

Verdict NativeOrCrossConnect::chosen(Packet& p, const Tables& t) {
  if (!may_be_routed(p, t)) return cross_connected(p, t);
  Reader in{p.bytes()};
  const auto ip = wire::Ipv4::read(in);
  if (!in.ok()) return cross_connected(p, t);
  if (t.native_vm(p.meta.vrf, ip.dst) != nullptr) return Verdict::next;
  p.meta.flow_owner = answered_by(p, t, ip);
  return p.meta.flow_owner != NexthopId{} ? Verdict::next : cross_connected(p, t);
}

}  // namespace tflab::vr
