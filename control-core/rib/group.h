#pragma once
// BGP peers that are owed the same routes. The group follows the tables once for all its members,
// remembers who was told what, and hands out changes packed by equal attributes and equal members,
// so that the owner encodes each change once. Which VPN routes a member asked for is a question the
// owner answers (RFC 4684).

#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include "control-core/rib/export.h"
#include "control-core/rib/peer_set.h"
#include "control-core/rib/table.h"

namespace tflab::rib {

// One UPDATE's worth: routes with one attribute set, or withdrawals, or the end of the initial
// dump. Keys are the table's: they hold until its forget().
struct Batch {
  Family family = Family::inet;
  PeerSetRef members;
  AttributesRef attributes;  // null: `withdrawn`, or end of rib when that is empty
  struct Route {
    const Nlri* nlri = nullptr;
    std::uint32_t label = 0;
  };
  std::vector<Route> reached;
  std::vector<const Nlri*> withdrawn;
  bool end_of_rib() const { return !attributes && withdrawn.empty(); }
};

class Group {
public:
  // The peers that asked for VPN routes with these attributes; nothing: there is nothing to ask by,
  // everybody gets them. It says the same during one drain, and is asked once for all routes alike.
  using Interested = std::function<std::optional<PeerSet>(const Attributes& attributes)>;

  // The tables, one for each family of the audience, and the pool outlive the group.
  Group(Speaker us, Audience audience, const std::vector<Table*>& tables, AttributePool& pool);
  ~Group();
  Group(const Group&) = delete;
  Group& operator=(const Group&) = delete;

  const Audience& audience() const { return audience_; }
  void join(const Peer& peer);
  void leave(const Peer& peer);
  bool empty() const { return members_.empty(); }

  // From now on the member is told about this family, beginning with all there is.
  void open(const Peer& peer, Family family);
  bool opened(const Peer& peer, Family family) const;
  // The member is told nothing more until its families are opened again, and then only what is
  // different by then. What it was told and is no longer so is withdrawn meanwhile, once.
  void hold(const Peer& peer);
  // All of it once more, changed or not, and an end of rib.
  void tell_again(const Peer& peer, Family family);

  // Everything that members are owed, in the order in which it must be sent.
  std::vector<Batch> drain(const Interested& interested);
  // For introspection: why the member is not told of this destination of the family's table ...
  Untold why(const Peer& peer, Family family, const Destination& destination,
             const Interested& interested) const;
  // ... and how many routes it has been told.
  std::uint64_t told(const Peer& peer) const;

private:
  struct Told {
    AttributesRef attributes;
    PeerSetRef members;  // null: nobody
    std::uint32_t label = 0;
  };
  struct Out {
    Table* table = nullptr;
    Table::Follower follower = 0;
    PeerSet open, opening;   // opening: owed the whole table, then an end of rib
    PeerSet held;            // were open
    PeerSet again;           // of those, who has been told before
    std::vector<Told> told;  // by slot of the destination
  };
  class Telling;

  Out* out(Family family);
  const Out* out(Family family) const;
  void drain(Out& out, const Interested& interested, std::vector<Batch>& batches);
  // Of these peers, those that are to be told.
  PeerSet owed(const Out& out, PeerSet peers, const Path& best, const Interested& interested) const;
  PeerSetRef shared(PeerSet set);

  Speaker us_;
  Audience audience_;
  AttributePool& pool_;
  PeerSetPool sets_;
  std::vector<Out> outs_;  // in the order in which families are told
  PeerSet members_, filtered_;
};

}  // namespace tflab::rib
