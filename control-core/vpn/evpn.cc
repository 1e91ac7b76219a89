#include "control-core/vpn/evpn.h"

namespace tflab::vpn {
namespace {

constexpr std::uint8_t ingress_replication = 6;
// The original's own flag: this vRouter also takes part in edge-replicated trees (ermvpn.h).
constexpr std::uint8_t edge_replication_supported = 0x80;

// The administrator part of an IPv4 route distinguisher: the vRouter's address.
Ip4 address_in(RouteDistinguisher rd) {
  return Ip4{static_cast<std::uint32_t>(rd.wire() >> 16)};
}

std::vector<std::uint8_t> octets(Ip4 address) {
  const std::uint32_t raw = address.raw();
  return {static_cast<std::uint8_t>(raw >> 24), static_cast<std::uint8_t>(raw >> 16),
          static_cast<std::uint8_t>(raw >> 8), static_cast<std::uint8_t>(raw)};
}

EvpnRoute inclusive_multicast(const EvpnRoute& broadcast) {
  EvpnRoute out;
  out.type = EvpnRoute::inclusive_multicast;
  out.rd = broadcast.rd;
  out.tag = broadcast.tag;
  out.ip = IpAddr{address_in(broadcast.rd)};
  return out;
}

Attributes with_tunnel(const rib::Path& path, Ip4 originator) {
  Attributes out = *path.attributes;
  out.sub_protocol = SubProtocol::none;
  out.pmsi_tunnel =
      PmsiTunnel{edge_replication_supported, ingress_replication, path.label, octets(originator)};
  return out;
}

}  // namespace

void sync_inclusive_multicast(Instant now, rib::Table& evpn, const Row& row, AttributePool& pool) {
  const auto* broadcast = std::get_if<EvpnRoute>(&row.first);
  if (!broadcast || broadcast->type != EvpnRoute::mac_ip || !broadcast->mac.broadcast()) return;
  const Nlri nlri = inclusive_multicast(*broadcast);
  const Ip4 originator = address_in(broadcast->rd);
  rib::Path path;
  path.key.source = rib::Source::local;
  path.key.path_id = originator.raw();
  if (row.second.equal_cost_paths() == 0) {
    evpn.remove(now, nlri, path.key);
    return;
  }
  const rib::Path& best = *row.second.best();
  path.attributes = pool.intern(with_tunnel(best, originator));
  path.label = best.label;
  evpn.put(now, nlri, std::move(path));
}

}  // namespace tflab::vpn
