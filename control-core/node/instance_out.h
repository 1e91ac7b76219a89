#pragma once
// What the agents subscribed to one instance have been told: the instance's routes are followed
// once for all of them, each change becomes one list of items, and whoever comes later gets what
// the others already have.

#include <array>
#include <functional>
#include <string>
#include <unordered_map>
#include <vector>

#include "control-core/vpn/routing.h"
#include "control-core/xmpp/item.h"

namespace tflab::node {

class InstanceOut {
public:
  struct News {
    Family family = Family::inet;
    std::vector<std::string> retracts;
    std::vector<xmpp::Item> items;
    bool empty() const { return retracts.empty() && items.empty(); }
  };

  // Instance and routing outlive this. Begins with all the instance holds.
  InstanceOut(const vpn::Instance& instance, const vpn::Routing& routing);
  ~InstanceOut();
  InstanceOut(const InstanceOut&) = delete;
  InstanceOut& operator=(const InstanceOut&) = delete;

  // What has changed in this table for the subscribers.
  News pull(Family family);
  // Everything that pull() has told so far, for one who comes later.
  std::vector<News> all() const;

private:
  // How the destination is reached, as far as agents are told.
  struct Via {
    AttributesRef attributes;
    std::uint32_t label = 0;
    friend bool operator==(const Via&, const Via&) = default;
  };
  using Told = std::vector<Via>;
  struct Followed {
    rib::Table* table = nullptr;
    rib::Table::Follower follower = 0;
    std::unordered_map<const vpn::Row*, Told> told;  // looked up, never walked
  };

  static Told ways(const rib::Destination& destination);
  void take(Followed& followed, const vpn::Row& row, News& news);

  const vpn::Instance& instance_;
  const vpn::Routing& routing_;
  std::vector<Followed> followed_;
};

}  // namespace tflab::node
