#pragma once
// What the agents subscribed to one instance are owed. The instance's routes are followed once for
// all of them; agents that are owed the same form a cohort, and what a cohort is told is written
// once. What is owed is keys, not messages: an agent that takes nothing costs a key for each route
// that changed, however often it changes, and is told the latest when it can hear again.

#include <cstdint>
#include <functional>
#include <list>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "control-core/base/stream.h"
#include "control-core/vpn/routing.h"
#include "control-core/xmpp/item.h"

namespace tflab::node {

class InstanceOut {
public:
  // Can this agent take more at the moment?
  using Ready = std::function<bool(StreamId agent)>;
  struct Telling {
    std::vector<StreamId> agents;
    std::vector<SharedBytes> bodies;  // of messages (xmpp/stanza.h)
  };

  // Instance and routing outlive this.
  InstanceOut(const vpn::Instance& instance, const vpn::Routing& routing);
  ~InstanceOut();
  InstanceOut(const InstanceOut&) = delete;
  InstanceOut& operator=(const InstanceOut&) = delete;

  // From now on the agent is owed all there is and all that changes.
  void join(StreamId agent);
  void leave(StreamId agent);
  bool empty() const { return cohorts_.empty(); }

  // This table has changed.
  void note(Family family);
  // The next part of what is owed to agents that are ready.
  std::vector<Telling> tell(const Ready& ready);
  bool owes(const Ready& ready) const;
  bool owes(StreamId agent) const;

private:
  struct Followed {
    rib::Table* table = nullptr;
    rib::Table::Follower follower = 0;
    // Digests of the items. Of what a path has, much is not for agents: whether they are told by
    // its agent or by another control node, say. Looked up, never walked.
    std::unordered_map<const vpn::Row*, std::uint64_t> known;
  };
  struct Cohort {
    std::set<StreamId> agents;
    std::set<Nlri> owed;
    bool newcomers = false;  // owed everything, which is not listed before they are told
    bool lagging = false;    // not ready; one cohort for all who are not
  };

  std::uint64_t digest(const vpn::Row& row) const;
  bool is_news(Followed& followed, const vpn::Row& row);
  void list_everything(Cohort& cohort) const;
  void part_company(const Ready& ready);
  void rejoin();
  std::vector<SharedBytes> write(std::set<Nlri>& owed) const;

  const vpn::Instance& instance_;
  const vpn::Routing& routing_;
  std::vector<Followed> followed_;
  std::list<Cohort> cohorts_;
};

}  // namespace tflab::node
