#pragma once
// BGP peers that are owed the same routes. The group follows the tables once for all its members,
// remembers who was told what, and hands out changes packed by equal attributes and equal members,
// so that the owner encodes each change once. Which VPN routes a member asked for is a question the
// owner answers (RFC 4684).

#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <vector>

#include "control-core/rib/export.h"
#include "control-core/rib/peer_set.h"
#include "control-core/rib/table.h"
#include "control-core/types/intern.h"

namespace tflab::rib {

// One UPDATE's worth: routes with one attribute set, or withdrawals, or the end of the initial
// dump.
struct Batch {
  Family family = Family::inet;
  PeerSet members;
  AttributesRef attributes;  // null: `withdrawn`, or end of rib when that is empty
  struct Route {
    Nlri nlri;
    std::uint32_t label = 0;
  };
  std::vector<Route> reached;
  std::vector<Nlri> withdrawn;
  bool end_of_rib() const { return !attributes && withdrawn.empty(); }
};

class Group {
public:
  // Does this peer want a VPN route with these attributes?
  using Wants = std::function<bool(const Peer& peer, const Attributes& attributes)>;

  // The tables, one for each family of the audience, and the pool outlive the group.
  Group(Speaker us, Audience audience, const std::vector<Table*>& tables, AttributePool& pool);
  ~Group();
  Group(const Group&) = delete;
  Group& operator=(const Group&) = delete;

  const Audience& audience() const { return audience_; }
  PeerSet::Slot join(const Peer& peer);
  void leave(PeerSet::Slot slot);
  std::size_t members() const;

  // From now on the member is told about this family, beginning with all there is.
  void open(PeerSet::Slot slot, Family family);
  bool opened(PeerSet::Slot slot, Family family) const;
  // The member is told nothing more until its families are opened again, and then only what is
  // different by then; but what it must forget is still said, once.
  void hold(PeerSet::Slot slot);
  // All of it once more, changed or not, and an end of rib.
  void tell_again(PeerSet::Slot slot, Family family);

  // Everything that members are owed, in the order in which it must be sent.
  std::vector<Batch> drain(const Wants& wants);
  // Routes the member has been told, for introspection.
  std::uint64_t told(PeerSet::Slot slot) const;

private:
  struct Told {
    AttributesRef attributes;
    std::uint32_t label = 0;
    PeerSet members;
  };
  struct Out {
    Table* table = nullptr;
    Table::Follower follower = 0;
    PeerSet open, opening;  // opening: owed the whole table, then an end of rib
    PeerSet again;          // of those, who has been told before
    PeerSet repeating;      // ... while it is told again
    std::map<Nlri, Told> told;
  };
  class Packer;

  Out* out(Family family);
  const Out* out(Family family) const;
  void drain(Out& out, const Wants& wants, std::vector<Batch>& batches);
  Told wanted(const Out& out, const Destination* destination, const Wants& wants) const;
  void settle(Out& out, const Nlri& nlri, const Wants& wants, Packer& packer);

  Speaker us_;
  Audience audience_;
  AttributePool& pool_;
  std::vector<Out> outs_;             // in the order in which families are told
  std::vector<const Peer*> members_;  // by slot; null: free
};

}  // namespace tflab::rib
