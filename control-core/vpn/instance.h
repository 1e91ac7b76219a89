#pragma once
// A routing instance at work: what the configuration says of it, and its tables. The master
// instance is one of them, with the tables of the VPN families and no targets.

#include <array>
#include <memory>
#include <string>
#include <vector>

#include "control-core/config/compile.h"
#include "control-core/rib/table.h"

namespace tflab::vpn {

// Tables of an ordinary instance, and the VPN family each is replicated to.
struct Replicated {
  Family vrf, vpn;
};
inline constexpr std::array<Replicated, 4> replicated_families = {{
    {Family::inet, Family::inet_vpn},
    {Family::inet6, Family::inet6_vpn},
    {Family::evpn, Family::evpn},
    {Family::ermvpn, Family::ermvpn},
}};

struct Instance {
  config::Instance config;
  std::vector<RouteTarget> imports;  // config.imports and the instance's own VIT target, sorted
  struct Held {
    std::unique_ptr<rib::Table> table;
    rib::Table::Follower follower = 0;  // the replicator's and managers' place in it
  };
  std::array<Held, families> tables;  // by family; null where there is none

  bool master() const { return config.index == 0; }
  rib::Table* table(Family family) const {
    return tables[static_cast<std::size_t>(family)].table.get();
  }
};

}  // namespace tflab::vpn
