#pragma once
// EVPN and multicast routes that control nodes told this agent, by the entry of the bridge table
// each is about; stale ones are treated as unicast paths are. What is done with them is Bridging's.
// As with unicast, what is told is shared, and there may be very much of it: a route takes eight
// octets.

#include <absl/container/btree_set.h>

#include <algorithm>
#include <array>
#include <compare>
#include <cstdint>
#include <map>
#include <utility>
#include <vector>

#include "control-core/agent/path.h"
#include "control-core/types/family.h"
#include "control-core/xmpp/item.h"

namespace tflab::agent {

// An entry of the bridge table. The multicast tree, and whom we send copies to by ourselves, are
// behind the broadcast MAC.
struct BridgeEntry {
  VrfId vrf;
  Mac mac;
  friend auto operator<=>(const BridgeEntry&, const BridgeEntry&) = default;
};

// What an EVPN route without a MAC (type 5) is about.
struct RoutedPrefix {
  VrfId vrf;
  IpPrefix prefix;
  friend auto operator<=>(const RoutedPrefix&, const RoutedPrefix&) = default;
};

class L2Routes {
public:
  // A look at what one control node says.
  struct Told {
    Source source{};
    bool stale = false;
    const xmpp::Item* item = nullptr;
  };

  // What control nodes say is of this pool, which outlives this.
  explicit L2Routes(xmpp::ItemPool& items) : items_{items} {}
  ~L2Routes();
  L2Routes(const L2Routes&) = delete;
  L2Routes& operator=(const L2Routes&) = delete;

  void set(VrfId vrf, Source source, const xmpp::SharedItem& item);
  // Of the item only its name counts.
  void clear(VrfId vrf, Source source, const xmpp::Item& item);
  void remove_vrf(VrfId vrf);
  void forget_trees(Source source);
  void mark_stale(Source source);
  void sweep_stale(Source source);

  // All that EVPN says about an entry, all trees of its broadcasts, and all of a family: in order
  // of names, then of sources.
  std::vector<Told> about(const BridgeEntry& entry) const;
  std::vector<Told> trees(VrfId vrf) const;
  std::vector<Told> about(const RoutedPrefix& routed) const;
  std::vector<Told> all(VrfId vrf, Family family) const;
  std::vector<Mac> macs(VrfId vrf) const;  // broadcast not among them
  std::vector<IpPrefix> prefixes(VrfId vrf) const;
  // What is to be looked at again since the last call, in order, each once.
  std::vector<BridgeEntry> take_changes() { return in_order(changes_); }
  std::vector<RoutedPrefix> take_changed_prefixes() { return in_order(changed_prefixes_); }

private:
  // One route, by slot of the control node. Its name is that of either item, and so does not change
  // while it has one: what a set takes for constant may change.
  struct Row {
    struct Said {
      static constexpr std::uint32_t most = ~std::uint32_t{0} >> 1;
      std::uint32_t number : 31 = 0;  // of the item; 0: nothing
      std::uint32_t stale : 1 = 0;
    };
    mutable std::array<Said, 2> said;

    std::uint32_t any() const { return said[0].number != 0 ? said[0].number : said[1].number; }
  };
  static_assert(sizeof(Row) == 8);
  // EVPN: all of a MAC are neighbours. Multicast: by id, which names the tree and who tells of it.
  struct ByName {
    using is_transparent = void;
    const xmpp::ItemPool* items;
    static std::strong_ordering order(const xmpp::Item& a, const xmpp::Item& b);
    const xmpp::Item& of(const Row& row) const { return items->at(row.any()); }
    bool operator()(const Row& a, const Row& b) const { return order(of(a), of(b)) < 0; }
    bool operator()(const Row& a, const xmpp::Item& b) const { return order(of(a), b) < 0; }
    bool operator()(const xmpp::Item& a, const Row& b) const { return order(a, of(b)) < 0; }
  };
  using Table = absl::btree_set<Row, ByName>;
  using Tables = std::map<std::pair<VrfId, Family>, Table>;

  const xmpp::Item& any(const Row& row) const { return items_.at(row.any()); }
  void add_told(const Row& row, std::vector<Told>& told) const;
  void note(VrfId vrf, const xmpp::Item& item);
  void unsay(Row::Said& said);
  // Takes out what goes(said) says.
  template <class Goes>
  void erase_if(Tables::value_type& table, Source source, Goes goes);

  template <class What>
  static std::vector<What> in_order(std::vector<What>& noted) {
    std::vector<What> out = std::exchange(noted, {});
    std::ranges::sort(out);
    const auto twice = std::ranges::unique(out);
    out.erase(twice.begin(), twice.end());
    return out;
  }

  xmpp::ItemPool& items_;
  Tables tables_;
  std::vector<BridgeEntry> changes_;
  std::vector<RoutedPrefix> changed_prefixes_;
  std::array<bool, 2> any_stale_{};  // by slot of the control node
};

}  // namespace tflab::agent
