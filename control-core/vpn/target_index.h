#pragma once
// Everything that hangs on a route target: who imports it, who exports it, which VPN routes carry
// it and which BGP peers asked for it (RFC 4684). A change of interest finds by it the routes it
// concerns and touches no others.

#include <array>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "control-core/rib/table.h"
#include "control-core/vpn/instance.h"

namespace tflab::vpn {

struct ByName {
  bool operator()(const Instance* a, const Instance* b) const {
    return a->config.name < b->config.name;
  }
};
using Instances = std::set<Instance*, ByName>;

using Row = rib::Table::Rows::value_type;
struct ByKey {
  bool operator()(const Row* a, const Row* b) const { return a->first < b->first; }
};
using Rows = std::set<const Row*, ByKey>;
using PeerIds = std::set<rib::PeerId>;

struct TargetGroup {
  Instances importers, exporters;
  std::array<Rows, families> dependents;  // by family: rows of the VPN table with this target
  std::set<Asn> origins;                  // of the route-target routes there are for it
  PeerIds interested;                     // BGP peers only

  bool empty() const;
};

class TargetIndex {
public:
  using Groups = std::map<RouteTarget, TargetGroup>;

  // Both return the targets for which something is different now.
  std::vector<RouteTarget> set_imports(Instance& instance, const std::vector<RouteTarget>& old,
                                       const std::vector<RouteTarget>& now);
  std::vector<RouteTarget> set_exports(Instance& instance, const std::vector<RouteTarget>& old,
                                       const std::vector<RouteTarget>& now);
  // The targets of a VPN route were `old` and are `now`; both sorted.
  void set_dependent(Family family, const Row& row, const std::vector<RouteTarget>& old,
                     const std::vector<RouteTarget>& now);

  // A route-target route changed. True if other peers are interested now.
  bool update_interest(const rib::Table& route_targets, const TargetRoute& route);

  const TargetGroup* find(RouteTarget target) const;
  const Groups& groups() const { return groups_; }
  // Peers that sent the default route: interested in everything.
  const PeerIds& interested_in_all() const { return all_.interested; }
  // Is a VPN route with these attributes wanted by a peer that negotiated route-target?
  bool wants(rib::PeerId peer, const Attributes& attributes) const;
  // The network id that belongs to the first known target of a route without a usable OriginVn.
  std::optional<std::uint32_t> network_of(const Attributes& attributes) const;

private:
  void drop_if_empty(RouteTarget target);

  TargetGroup& group_of(const TargetRoute& route);

  Groups groups_;
  std::map<TargetRoute, TargetGroup> wide_;  // by the beginnings of targets that peers asked for
  TargetGroup all_;
};

}  // namespace tflab::vpn
