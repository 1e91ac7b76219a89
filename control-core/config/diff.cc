#include "control-core/config/diff.h"

#include <map>

#include "control-core/config/target_filtering.h"

namespace tflab::config {
namespace {

// What is asked of peers is asked when a session begins.
bool same_filter(const ControlNode& a, const ControlNode& b) {
  return a.target_filtering == b.target_filtering &&
         (a.target_filtering != TargetFiltering::outbound_only ||
          between_peers(a) == between_peers(b));
}

bool same_identity(const ControlNode& a, const ControlNode& b) {
  return a.as == b.as && a.router_id == b.router_id && a.address == b.address &&
         a.cluster_id == b.cluster_id && a.bgp_port == b.bgp_port && a.xmpp_port == b.xmpp_port &&
         a.fabric.autonomous_system == b.fabric.autonomous_system &&
         a.fabric.graceful_restart == b.fabric.graceful_restart && same_filter(a, b);
}

// Two lists of things with names: what went, what came, what became different.
template <class Removed, class Added, class Changed, class T>
void compare(const std::vector<T>& old, const std::vector<T>& next, std::vector<Change>& out) {
  std::map<std::string, const T*> before, after;
  for (const T& each : old) before.emplace(each.name, &each);
  for (const T& each : next) after.emplace(each.name, &each);
  for (const auto& [name, each] : before)
    if (!after.contains(name)) out.push_back(Removed{name});
  for (const auto& [name, each] : after) {
    const auto was = before.find(name);
    if (was == before.end())
      out.push_back(Added{*each});
    else if (!(*was->second == *each))
      out.push_back(Changed{*each});
  }
}

}  // namespace

std::vector<Change> diff(const ControlNode& old, const ControlNode& next) {
  std::vector<Change> out;
  if (!same_identity(old, next)) out.push_back(IdentityChanged{});
  compare<InstanceRemoved, InstanceAdded, InstanceChanged>(compile(old), compile(next), out);
  compare<PeerRemoved, PeerAdded, PeerChanged>(old.peers, next.peers, out);
  if (old.peer_ranges != next.peer_ranges) out.push_back(PeerRangesChanged{});
  return out;
}

}  // namespace tflab::config
