#pragma once
// IP fabric forwarding: an agent announces the address of a workload in its network and, natively,
// in the fabric (inet.0). The fabric's path learns from the VPN route of the same agent, prefix and
// route distinguisher which network the address belongs to, in whatever order the two arrive.

#include "control-core/types/intern.h"
#include "control-core/vpn/instance.h"
#include "control-core/vpn/leak.h"

namespace tflab::vpn {

class FabricOrigin {
public:
  FabricOrigin(Identity us, const Instance& master, AttributePool& pool)
      : us_{us}, master_{master}, pool_{pool} {}

  // After every change of a row of inet.0 or bgp.l3vpn.0 (or their IPv6 sisters).
  void sync(Instant now, const Row& row);

private:
  void sync(Instant now, rib::Table& fabric, const rib::Table& vpn, const Nlri& nlri);
  std::optional<std::uint32_t> network_of(const rib::Table& vpn, const IpPrefix& prefix,
                                          const rib::Path& path) const;

  Identity us_;
  const Instance& master_;
  AttributePool& pool_;
};

}  // namespace tflab::vpn
