#pragma once
// Copies of routes from table to table, as route targets say: VRF to VPN with a route distinguisher
// and the export targets, VRF to VRF and VPN to VRF where a target is imported (RFC 4364 section
// 4.3). A copy is never copied again. For each route the copies made are remembered, so that a
// change takes back exactly what is no longer due.

#include <array>
#include <unordered_map>
#include <vector>

#include "control-core/types/intern.h"
#include "control-core/vpn/instance.h"
#include "control-core/vpn/target_index.h"

namespace tflab::vpn {

struct Identity {
  Asn as;         // of the BGP sessions
  Asn fabric_as;  // in route targets and OriginVn
  Ip4 router_id;
};

class Leak {
public:
  Leak(Identity us, const Instance& master, TargetIndex& targets, AttributePool& pool)
      : us_{us}, master_{master}, targets_{targets}, pool_{pool} {}

  // After every change of a row of an ordinary instance's table ...
  void sync_vrf(Instant now, const Instance& home, const rib::Table& from, const Row& row);
  // ... and of a VPN table of the master instance.
  void sync_vpn(Instant now, const rib::Table& from, const Row& row);

  // Names of the tables that hold copies of this path, for introspection.
  std::vector<std::string> copies_of(const Row& row, const rib::PathKey& key) const;

private:
  struct Copy {
    rib::Table* to = nullptr;
    RouteDistinguisher rd;  // in the copy's key; zero: it has none there
    rib::PathKey key;       // of the copied path, there
    friend bool operator==(const Copy&, const Copy&) = default;
  };

  void copy_vrf_path(Instant now, const Instance& home, const rib::Table& from, const Row& row,
                     const rib::Path& path, std::vector<Copy>& due);
  void copy_vpn_path(Instant now, const rib::Table& from, const Row& row, const rib::Path& path,
                     std::vector<Copy>& due);
  void place(Instant now, const rib::Table& from, const Row& row, const rib::Path& path,
             rib::Table& to, RouteDistinguisher rd, AttributesRef attributes,
             std::vector<Copy>& due);
  void remember(Instant now, const Row& row, std::vector<Copy> due);

  Identity us_;
  const Instance& master_;
  TargetIndex& targets_;
  AttributePool& pool_;
  Targets row_targets_;
  // By the address of the row, which holds while it has copies. Looked up, never walked.
  std::unordered_map<const Row*, std::vector<Copy>> copies_;
};

// The key a route goes by in another table of its family pair: with a route distinguisher in the
// VPN table, without in a VRF (broadcast and multicast EVPN routes keep theirs).
Nlri in_vpn(const Nlri& nlri, RouteDistinguisher rd);
Nlri in_vrf(const Nlri& nlri);
RouteDistinguisher rd_of(const Nlri& nlri);

}  // namespace tflab::vpn
