#pragma once
// Everything that hangs on a route target: who imports it, who exports it, which VPN routes carry
// it and which BGP peers asked for it (RFC 4684). A change of interest finds by it the routes it
// concerns and touches no others.

#include <array>
#include <map>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "control-core/rib/peer_set.h"
#include "control-core/rib/table.h"
#include "control-core/vpn/instance.h"

namespace tflab::vpn {

struct ByName {
  bool operator()(const Instance* a, const Instance* b) const {
    return a->config.name < b->config.name;
  }
};
using Instances = std::set<Instance*, ByName>;

using Row = rib::Table::Row;
using Targets = std::vector<RouteTarget>;  // sorted, each once

// The VPN routes of one table that carry the same targets. A route stands in one list however many
// targets it has, and a target knows its lists.
struct Carriers {
  using Key = std::pair<Family, Targets>;
  const Key* key = nullptr;
  std::vector<const Row*> rows;  // in no order that means anything; the same in every run
};
struct ByTargets {
  bool operator()(const Carriers* a, const Carriers* b) const { return *a->key < *b->key; }
};

struct TargetGroup {
  Instances importers, exporters;
  std::set<const Carriers*, ByTargets> carriers;
  std::set<Asn> origins;    // of the route-target routes there are for it
  rib::PeerSet interested;  // BGP peers, by slot

  bool empty() const;
  // Every VPN route with this target.
  template <class Visit>
  void each_dependent(Visit visit) const {
    for (const Carriers* list : carriers)
      for (const Row* row : list->rows) visit(list->key->first, *row);
  }
};

class TargetIndex {
public:
  using Groups = std::map<RouteTarget, TargetGroup>;

  // Both return the targets for which something is different now.
  Targets set_imports(Instance& instance, const Targets& old, const Targets& now);
  Targets set_exports(Instance& instance, const Targets& old, const Targets& now);
  // These are the targets of a VPN route now.
  void set_dependent(Family family, const Row& row, const Targets& targets);

  // A route-target route changed. True if other peers are interested now.
  bool update_interest(const rib::Table& route_targets, const TargetRoute& route);

  const TargetGroup* find(RouteTarget target) const;
  const Groups& groups() const { return groups_; }
  // The peers that asked for VPN routes with these attributes, by one of their targets or by the
  // default route. Nothing: without communities there is nothing to ask by.
  std::optional<rib::PeerSet> interested(const Attributes& attributes) const;
  // The network id that belongs to the first known target of a route without a usable OriginVn.
  std::optional<std::uint32_t> network_of(const Attributes& attributes) const;

private:
  struct Place {
    Carriers* list = nullptr;
    std::size_t at = 0;  // in the list's rows
  };

  void drop_if_empty(RouteTarget target);
  Carriers& list_of(Family family, const Targets& targets);
  void leave(std::vector<Place>& places, Place place);
  void drop(Carriers& list);

  TargetGroup& group_of(const TargetRoute& route);

  Groups groups_;
  std::map<TargetRoute, TargetGroup> wide_;  // by the beginnings of targets that peers asked for
  TargetGroup all_;  // its interested sent the default route: they want everything
  std::map<Carriers::Key, Carriers> lists_;
  std::array<std::vector<Place>, families> places_;  // by family and slot of the row
};

}  // namespace tflab::vpn
