#pragma once
// Edge-replicated multicast: the vRouters of a network copy broadcast and multicast packets for
// each other along a tree, and control nodes compute it. Two levels: every control node joins its
// own agents (native routes) to a tree and offers one of them, the forest node, to the others (a
// local tree route); the control node with the lowest router id joins the forest nodes (global tree
// routes). An instance has one tree for each group and source; broadcast is
// 255.255.255.255,0.0.0.0.

#include <algorithm>
#include <compare>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "control-core/types/intern.h"
#include "control-core/vpn/instance.h"
#include "control-core/vpn/label_blocks.h"
#include "control-core/vpn/leak.h"

namespace tflab::vpn {

struct TreeLink {
  Ip4 address;
  std::uint32_t label = 0;
  std::vector<Encap> encaps;  // what who lives there can read; of another control node's: unknown
  friend auto operator<=>(const TreeLink&, const TreeLink&) = default;
};

// A vRouter in the tree of its control node, or the forest node of one.
struct Forwarder {
  Ip4 address;            // the vRouter
  Ip4 router_id;          // level 1: whose forest node
  RouteDistinguisher rd;  // level 0
  LabelBlock block;
  std::vector<Encap> encaps;           // level 0
  std::optional<std::uint32_t> label;  // none: the block is used up, left out of the tree
  std::vector<TreeLink> links;         // level 0: with the edges of the global tree, if any
  friend bool operator==(const Forwarder&, const Forwarder&) = default;
};

struct Tree {
  std::vector<Forwarder> native;  // level 0, by RD
  std::vector<Forwarder> local;   // level 1, by router id; only the builder fills `links`
  std::size_t forest_links = 0;   // how many of the forest node's are within level 0
  Instant built;
};

// With whom node `i` of a breadth-first tree is linked: its parent (i-1)/degree, then its children.
template <class Visit>
void each_neighbour(std::size_t i, std::size_t nodes, std::size_t degree, Visit visit) {
  if (i != 0) visit((i - 1) / degree);
  const std::size_t first = i * degree + 1;
  for (std::size_t child = first; child < std::min(nodes, first + degree); ++child) visit(child);
}

class Ermvpn {
public:
  struct Key {
    Ip4 group, source;
    friend auto operator<=>(const Key&, const Key&) = default;
  };
  using Trees = std::map<Key, Tree>;

  // A tree is built at once when something changes, and then not again for this long: when control
  // nodes start together, each would otherwise be answered by a tree of its own. (The original's
  // wait in the queue of a processor that is busy.)
  static constexpr Duration hold = millis(100);

  Ermvpn(Identity us, AttributePool& pool) : us_{us}, pool_{pool} {}

  // A row of the instance's multicast table changed: its tree is due for rebuilding.
  void note(const Instance& instance, const Row& row);
  // Rebuilds what is due; true if there was something.
  bool rebuild(Instant now, const std::map<std::string, std::unique_ptr<Instance>>& instances);
  // When a tree that waits is due.
  std::optional<Instant> next_timer() const;

  // What the agent that published this native route must be told; null: nothing.
  const Forwarder* native(const std::string& instance, const ErmvpnRoute& route) const;
  // Native routes whose answer changed since the last call, in the order of change.
  struct Change {
    std::string instance;
    ErmvpnRoute route;
  };
  std::vector<Change> take_changes();
  const Trees* trees(const std::string& instance) const;
  void forget(const std::string& instance);

private:
  using Name = std::pair<std::string, Key>;  // of a tree: its instance, too
  // Of the native routes that changed; none: only what other control nodes say of their trees.
  using Natives = std::set<RouteDistinguisher>;
  using Changed = std::map<Name, Natives>;
  // Moves what may be built from `noted_` and `waiting_` into the answer.
  Changed take_due(Instant now);
  void rebuild(Instant now, const Instance& instance, Key key, const Natives& said);
  std::vector<Forwarder> read_natives(const rib::Table& table, Key key) const;
  void assign_labels(const std::vector<Forwarder>& old, std::vector<Forwarder>& now);
  std::vector<Forwarder> read_locals(const rib::Table& table, Key key) const;
  void offer_forest_node(Instant now, rib::Table& table, Key key, const Forwarder* forest) const;
  void build_global(Instant now, rib::Table& table, Key key, const Forwarder* forest,
                    std::vector<Forwarder>& locals) const;
  std::vector<TreeLink> global_links(const rib::Table& table, Key key,
                                     const Forwarder& forest) const;
  void publish(Instant now, rib::Table& table, const ErmvpnRoute& route,
               Attributes attributes) const;

  Identity us_;
  AttributePool& pool_;
  LabelBlocks labels_;
  std::map<std::string, Trees> trees_;  // by instance
  Changed noted_, waiting_;
  std::set<std::pair<Instant, Name>> alarms_;  // one for each that waits
  std::vector<Change> changes_;
};

}  // namespace tflab::vpn
