#include "control-core/vpn/fabric.h"

#include "control-core/vpn/origin.h"

namespace tflab::vpn {

std::optional<std::uint32_t> FabricOrigin::network_of(const rib::Table& vpn, const IpPrefix& prefix,
                                                      const rib::Path& path) const {
  const auto* row = vpn.find(Nlri{VpnRoute{path.attributes->source_rd, prefix}});
  if (!row) return {};
  for (const rib::Path& each : row->paths)
    if (each.peer == path.peer) return origin_vn(*each.attributes, us_.fabric_as);
  return {};
}

void FabricOrigin::sync(Instant now, rib::Table& fabric, const rib::Table& vpn, const Nlri& nlri) {
  const rib::Destination* row = fabric.find(nlri);
  if (!row) return;
  const rib::Paths paths = row->paths;  // put() below reorders the row's own
  for (rib::Path path : paths) {
    if (!path.peer || path.peer->bgp() || path.attributes->source_rd.zero()) continue;
    Attributes attributes = *path.attributes;
    set_origin_vn(attributes, us_.fabric_as,
                  network_of(vpn, std::get<InetRoute>(nlri).prefix, path));
    path.attributes = pool_.intern(std::move(attributes));
    fabric.put(now, nlri, std::move(path));
  }
}

void FabricOrigin::sync(Instant now, const Row& row) {
  const Nlri nlri = in_vrf(row.first);
  const bool v4 = std::get<InetRoute>(nlri).prefix.base().is_v4();
  rib::Table& fabric = *master_.table(v4 ? Family::inet : Family::inet6);
  if (fabric.counts().prefixes == 0) return;
  sync(now, fabric, *master_.table(v4 ? Family::inet_vpn : Family::inet6_vpn), nlri);
}

}  // namespace tflab::vpn
