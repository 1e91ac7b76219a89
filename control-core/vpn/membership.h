#pragma once
// The route-target routes we originate (RFC 4684): for each agent one path per target that the
// instances it subscribed to import, counted by reference, one local path for this node itself, and
// local ones for what a router's VRFs import. Who reads bgp.rtarget.0 learns which VPN routes
// somebody here has a use for.

#include <map>
#include <set>
#include <string>
#include <vector>

#include "control-core/types/intern.h"
#include "control-core/vpn/instance.h"
#include "control-core/vpn/leak.h"

namespace tflab::vpn {

class Membership {
public:
  Membership(Identity us, rib::Table& route_targets, AttributePool& pool)
      : us_{us}, table_{route_targets}, pool_{pool} {}

  // target:<router id>:0, from the start.
  void originate(Instant now);
  // The default route: whatever there is (RFC 4684 section 3.2).
  void want_everything(Instant now);

  // No agent: this node itself has a use for the instance's routes.
  void subscribe(Instant now, const rib::Peer* agent, const Instance& instance);
  void unsubscribe(Instant now, const rib::Peer* agent, const Instance& instance);
  // The instance's imports were `old` and are instance.imports now: for each of its subscribers.
  void reimport(Instant now, const Instance& instance, const std::vector<RouteTarget>& old);

private:
  using Names = std::set<std::string>;
  struct Agent {
    const rib::Peer* peer = nullptr;  // null: this node
    Names instances;
    std::map<RouteTarget, Names> wanted_by;  // target to the instances that import it
  };

  void add(Instant now, Agent& agent, RouteTarget target, const std::string& instance);
  void drop(Instant now, Agent& agent, RouteTarget target, const std::string& instance);
  Nlri nlri(RouteTarget target) const { return TargetRoute{us_.as, target}; }
  rib::Path path(const rib::Peer* agent) const;

  Identity us_;
  rib::Table& table_;
  AttributePool& pool_;
  std::map<rib::PeerId, Agent> agents_;  // id 0: this node
};

}  // namespace tflab::vpn
