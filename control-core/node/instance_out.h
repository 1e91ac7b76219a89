#pragma once
// What the agents subscribed to one instance are owed. The instance's routes are followed once for
// all of them; agents that are owed the same form a cohort, and what a cohort is told is written
// once. What is owed is keys, not messages: an agent that takes nothing costs a key for each route
// that changed, however often it changes, and is told the latest when it can hear again. A newcomer
// is owed all there is, which is one key: how far it has been told.

#include <absl/container/btree_set.h>

#include <cstdint>
#include <list>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "control-core/base/stream.h"
#include "control-core/vpn/routing.h"
#include "control-core/xmpp/item.h"
#include "control-core/xmpp/stanza.h"

namespace tflab::node {

class InstanceOut {
public:
  // Agents that take no more at the moment: mostly none.
  using Blocked = std::set<StreamId>;
  struct Telling {
    std::vector<StreamId> agents;
    std::vector<SharedBytes> bodies;  // of messages (xmpp/stanza.h)
  };

  // All of them outlive this.
  InstanceOut(const vpn::Instance& instance, const vpn::Routing& routing, xmpp::ItemTexts& texts);
  ~InstanceOut();
  InstanceOut(const InstanceOut&) = delete;
  InstanceOut& operator=(const InstanceOut&) = delete;

  // From now on the agent is owed all there is and all that changes.
  void join(StreamId agent);
  void leave(StreamId agent);
  bool empty() const { return cohorts_.empty(); }

  // This table has changed.
  void note(Family family);
  // The next part of what is owed to all others.
  std::vector<Telling> tell(const Blocked& blocked);
  // The instance goes: everybody must forget what there was.
  Telling farewell() const;
  bool owes_others(const Blocked& blocked) const;
  bool owes(StreamId agent) const;

private:
  class Messages;
  // Of what a path has, much is not for agents: whether they are told by its agent or by another
  // control node, say. So it is the text that is compared.
  struct Known {
    std::uint64_t digest = 0;
    xmpp::SharedItemText text;  // null: there are too many
  };
  static constexpr std::size_t most_kept = 64u << 20;  // octets of texts
  struct Followed {
    rib::Table* table = nullptr;
    rib::Table::Follower follower = 0;
    // What agents are told of each row. Looked up, never walked.
    std::unordered_map<const rib::Destination*, Known> known;
  };
  using Keys = absl::btree_set<Nlri>;  // copied when some of a cohort stay behind
  struct Cohort {
    std::set<StreamId> agents;
    Keys owed;                   // what has changed
    bool newcomers = false;      // owed all that comes after `told`, too
    std::optional<Nlri> told{};  // nothing: from the beginning
    bool lagging = false;        // blocked

    bool owed_nothing() const { return owed.empty() && !newcomers; }
    bool comes_later(const Nlri& nlri) const { return newcomers && (!told || *told < nlri); }
    bool as_far_as(const Cohort& other) const {
      return newcomers == other.newcomers && told == other.told;
    }
    // Also what the other one is owed, which needs it no more if nobody is left in it.
    void owe_too(Cohort& other);
  };

  xmpp::SharedItemText text_of(const Nlri& nlri, const rib::Destination& row) const;
  const Followed& followed(Family family) const;
  xmpp::SharedItemText what_is_known(const Followed& followed, const Nlri& nlri,
                                     const rib::Destination* row) const;
  bool is_news(Followed& followed, const vpn::Row& row);
  bool forget(Followed& followed, const vpn::Row& row);
  void part_company(const Blocked& blocked);
  void rejoin();
  std::vector<SharedBytes> write(Cohort& cohort) const;
  void write_changes(Cohort& cohort, Messages& messages) const;
  void write_rest(Cohort& cohort, Messages& messages) const;

  const vpn::Instance& instance_;
  const vpn::Routing& routing_;
  xmpp::ItemTexts& texts_;
  std::vector<Followed> followed_;
  std::list<Cohort> cohorts_;
  std::size_t kept_ = 0;  // octets of texts
};

}  // namespace tflab::node
