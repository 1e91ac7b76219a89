#pragma once
// The routes of a VRF, in order. A simulation has thousands of agents, and nearly all their routes
// are alike: one item, said by one control node or by both. Such a route takes twelve octets here;
// any other has its Destination.

#include <absl/container/btree_set.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "control-core/agent/destination.h"
#include "control-core/xmpp/item.h"
#include "vrouter-core/base/addr.h"

namespace tflab::agent {

class RouteTable {
public:
  // What control nodes say is of this pool, which outlives this.
  explicit RouteTable(xmpp::ItemPool& items) : items_{items}, rows_{Before{this}} {}
  ~RouteTable();
  RouteTable(const RouteTable&) = delete;
  RouteTable& operator=(const RouteTable&) = delete;

  std::optional<Destination> find(const IpPrefix& prefix) const;
  std::size_t size() const { return rows_.size(); }
  // Calls visit(prefix, destination), in order.
  template <class Visit>
  void each(Visit visit) const {
    for (const Row& row : rows_) visit(prefix_of(row), read(row));
  }

  // Calls change(destination), of a new one if there is none; an empty one is forgotten afterwards.
  template <class Change>
  void edit(const IpPrefix& prefix, Change change) {
    const auto at = rows_.lower_bound(prefix);
    const bool known = at != rows_.end() && prefix_of(*at) == prefix;
    Destination destination = known ? read(*at) : Destination{};
    change(destination);
    if (known) {
      put(at, prefix, std::move(destination));
    } else if (!destination.empty()) {
      Row fresh;
      write(fresh, prefix, std::move(destination));
      rows_.insert(at, fresh);
    }
  }
  // The same with all there are: change(prefix, destination) says whether it has changed it.
  template <class Change>
  void edit_all(Change change) {
    for (auto at = rows_.begin(); at != rows_.end();) {
      const IpPrefix prefix = prefix_of(*at);
      Destination destination = read(*at);
      at = change(prefix, destination) ? put(at, prefix, std::move(destination)) : std::next(at);
    }
  }

private:
  // What a set takes for constant may change, as long as the prefix does not.
  struct Row {
    mutable std::uint32_t number = 0;  // of the item, or of the Destination
    mutable std::uint32_t nexthop : 20 = 0, flags : 8 = 0;
    mutable std::uint32_t told : 2 = 0, stale : 2 = 0;  // by slots of the control nodes
    mutable std::uint32_t label : 24 = 0;               // or VNI
    mutable std::uint32_t is_vni : 1 = 0, programmed : 1 = 0, own : 1 = 0;
  };
  static_assert(sizeof(Row) == 12);
  struct Own {
    IpPrefix prefix;
    Destination destination;
  };
  struct Before {
    using is_transparent = void;
    const RouteTable* table;
    bool operator()(const Row& a, const Row& b) const {
      return table->prefix_of(a) < table->prefix_of(b);
    }
    bool operator()(const Row& a, const IpPrefix& b) const { return table->prefix_of(a) < b; }
    bool operator()(const IpPrefix& a, const Row& b) const { return a < table->prefix_of(b); }
  };
  using Rows = absl::btree_set<Row, Before>;

  const IpPrefix& prefix_of(const Row& row) const {
    return row.own ? owns_[row.number]->prefix
                   : std::get_if<xmpp::UnicastItem>(&items_.at(row.number))->prefix;
  }
  Destination read(const Row& row) const;
  Rows::iterator put(Rows::iterator at, const IpPrefix& prefix, Destination destination);
  void write(const Row& row, const IpPrefix& prefix, Destination destination);
  void write_item(const Row& row, const xmpp::SharedItem& item, const Destination& destination);
  void release(const Row& row);

  xmpp::ItemPool& items_;
  std::vector<std::unique_ptr<Own>> owns_;
  std::vector<std::uint32_t> free_;  // numbers of `owns_`
  Rows rows_;
};

}  // namespace tflab::agent
