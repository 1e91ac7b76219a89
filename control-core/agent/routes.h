#pragma once
// Unicast routes of all VRFs: paths in, differences between what is wanted and what the vrouter
// has out as operations. A path that changes nothing about forwarding costs no operation.

#include <array>
#include <cstdint>
#include <map>
#include <optional>

#include "control-core/agent/nexthops.h"
#include "control-core/agent/output.h"
#include "control-core/agent/path.h"
#include "control-core/agent/route_table.h"

namespace tflab::agent {

class Routes {
public:
  // `items`: the pool of what control nodes say.
  Routes(Nexthops& nexthops, const PathContext& context, xmpp::ItemPool& items, Outputs& out)
      : nexthops_{nexthops}, context_{context}, items_{items}, out_{out} {}

  // A path takes the place of the one of the same source.
  void set(VrfId vrf, const IpPrefix& prefix, Source source, const Forward& forward);
  void set(VrfId vrf, Source told, const xmpp::SharedItem& item);
  void clear(VrfId vrf, const IpPrefix& prefix, Source source);
  void remove_vrf(VrfId vrf);

  // What this control node said is remembered, but may be out of date.
  void mark_stale(Source source);
  void sweep_stale(Source source);

  // A label of ours leads elsewhere, or nowhere.
  void label_moved(Label label);
  // The preference among encapsulations changed.
  void choose_again();

  // The longest prefix that holds the address, if it forwards: by which path, and how.
  struct Match {
    IpPrefix prefix;
    Path path;
    Forward forward;
  };
  std::optional<Match> match(VrfId vrf, const IpAddr& address) const;
  // Grows with every change of a path.
  std::uint64_t changes() const { return changes_; }

  bool has(VrfId vrf, const IpPrefix& prefix, Source source) const;
  const std::map<VrfId, RouteTable>& tables() const { return tables_; }
  std::size_t count(VrfId vrf) const;
  const PathContext& context() const { return context_; }

private:
  RouteTable& table(VrfId vrf) { return tables_.try_emplace(vrf, items_).first->second; }
  void program(VrfId vrf, const IpPrefix& prefix, Destination& destination);
  // Calls change(destination), which says whether it changed anything, and programs what follows.
  template <class Change>
  void each(Change change);

  Nexthops& nexthops_;
  PathContext context_;
  xmpp::ItemPool& items_;
  Outputs& out_;
  std::map<VrfId, RouteTable> tables_;
  std::array<bool, 2> any_stale_{};  // by slot of the control node
  std::uint64_t changes_ = 0;
};

}  // namespace tflab::agent
