#include "vrouter-core/pipeline/cross_connect.h"

#include "vrouter-core/base/assert.h"
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

}  // namespace

bool to_this_node(const Packet& p, const Tables& t) {
  const Mac& dst = p.meta.eth.dst;
  return has_mac(t, p.meta.in, dst) || has_mac(t, t.host, dst);
}

Verdict cross_connected(Packet& p, Tables& t) {
  const bool from_host = t.vif(p.meta.in)->set.type == VifType::host;
  const auto peer = from_host ? t.fabric : t.host;
  if (!peer) return dropped(p, Drop::nowhere_to_go);
  require(!p.push(wire::Ethernet::size).empty());
  return transmitted(p, *peer);
}

Verdict NativeOrCrossConnect::run(Packet& p, Tables& t) {
  if (p.meta.tunnelled) return Verdict::next;
  if (!may_be_routed(p, t)) return cross_connected(p, t);
  Reader in{p.bytes()};
  const auto ip = wire::Ipv4::read(in);
  const bool native = in.ok() && t.native_vm(p.meta.vrf, ip.dst) != nullptr;
  return native ? Verdict::next : cross_connected(p, t);
}

}  // namespace tflab::vr
