// Tables, target index and group together against a model that knows nothing of any of them: peers
// say routes and interests at random, and what each peer has been sent must always be what the
// model says it is owed, with nothing sent that it had already.
#include <map>
#include <random>
#include <set>

#include "control-core/rib/group.h"
#include "tests/unit/control-core/vpn/world.h"

namespace tflab::vpn::test {
namespace {

constexpr std::uint32_t peers = 5, prefixes = 12, targets = 4;

struct Swarm {
  World world;
  std::mt19937 random;
  std::vector<rib::Peer> all;
  rib::Table& vpn = world.routing.master(Family::inet_vpn);
  rib::Table& interests = world.routing.master(Family::route_target);
  rib::Group group{{us.as, us.router_id, us.router_id}, audience(), {&vpn, &interests}, world.pool};

  // The model: routes by key and speaker, interests by speaker, what everybody has.
  using Said = std::pair<std::set<std::uint32_t>, std::uint32_t>;  // targets, label
  std::map<std::pair<std::uint32_t, std::uint32_t>, Said> routes;  // prefix, peer
  std::set<std::pair<std::uint32_t, std::uint32_t>> wanted;        // peer, target (0: all)
  std::vector<std::map<Nlri, std::uint32_t>> held =
      std::vector<std::map<Nlri, std::uint32_t>>(peers);

  explicit Swarm(std::uint32_t seed) : random{seed} {
    for (std::uint32_t i = 0; i < peers; ++i) {
      all.push_back(peer_of(rib::Peer::ibgp, 62 + i));  // slots on both sides of a word's end
      all.back().client = true;
      all.back().filtered = i != 0;  // the first cannot filter: it wants everything
    }
    for (const rib::Peer& peer : all) {
      group.join(peer);
      group.open(peer, Family::inet_vpn);
    }
  }
  static rib::Audience audience() {
    rib::Audience out;
    out.client = true;
    out.as = us.as;
    out.families = {Family::inet_vpn, Family::route_target};
    return out;
  }
  std::uint32_t pick(std::uint32_t n) { return static_cast<std::uint32_t>(random() % n); }
  static Nlri key(std::uint32_t n) {
    return VpnRoute{RouteDistinguisher::as2(1, 1), IpPrefix::host(Ip4{n})};
  }

  void say_route(std::uint32_t peer, std::uint32_t prefix) {
    Said said;
    for (std::uint32_t n = pick(3); n > 0; --n) said.first.insert(1 + pick(targets));
    said.second = 16 + pick(2);
    Attributes attributes;
    attributes.ext_communities = {ExtCommunity::encapsulation(Encap::udp)};
    for (std::uint32_t target : said.first)
      attributes.ext_communities.push_back(ExtCommunity::target(rt(target)));
    vpn.put({}, key(prefix), world.path(all[peer], attributes, said.second));
    routes[{prefix, peer}] = said;
  }
  void drop_route(std::uint32_t peer, std::uint32_t prefix) {
    vpn.remove({}, key(prefix), world.path(all[peer], {}).key);
    routes.erase({prefix, peer});
  }
  void toggle_interest(std::uint32_t peer, std::uint32_t target) {
    TargetRoute route;
    if (target != 0) route = {us.as, rt(target)};
    if (wanted.erase({peer, target}) != 0) {
      interests.remove({}, route, world.path(all[peer], {}).key);
    } else {
      interests.put({}, route, world.path(all[peer], {}));
      wanted.insert({peer, target});
    }
  }

  bool wants(std::uint32_t peer, const std::set<std::uint32_t>& carried) const {
    if (peer == 0 || wanted.contains({peer, 0})) return true;
    for (std::uint32_t target : carried)
      if (wanted.contains({peer, target})) return true;
    return false;
  }

  void tell() {
    world.routing.settle({});
    const auto interested = [&](const Attributes& attributes) {
      return world.routing.targets().interested(attributes);
    };
    std::set<std::pair<std::uint32_t, Nlri>> sent;
    for (const rib::Batch& batch : group.drain(interested)) {
      if (batch.family != Family::inet_vpn || batch.end_of_rib()) continue;
      for (std::uint32_t peer = 0; peer < peers; ++peer) {
        if (!batch.members->has(all[peer].slot)) continue;
        for (const Nlri* nlri : batch.withdrawn) {
          ASSERT_EQ(held[peer].erase(*nlri), 1u) << "withdrawn, but never told";
          ASSERT_TRUE(sent.insert({peer, *nlri}).second);
        }
        for (const auto& route : batch.reached) {
          held[peer][*route.nlri] = route.label;
          ASSERT_TRUE(sent.insert({peer, *route.nlri}).second) << "told twice";
        }
      }
    }
    while (rib::Table* table = world.routing.poll_changed()) table->forget();
  }

  // All paths are equal but for the speaker's address: the first peer's is best.
  std::map<Nlri, std::uint32_t> owed(std::uint32_t peer) const {
    std::map<Nlri, std::uint32_t> out;
    for (std::uint32_t prefix = 0; prefix < prefixes; ++prefix) {
      const auto best = routes.lower_bound({prefix, 0});
      if (best == routes.end() || best->first.first != prefix) continue;
      if (best->first.second != peer && wants(peer, best->second.first))
        out[key(prefix)] = best->second.second;
    }
    return out;
  }

  void step() {
    switch (pick(6)) {
      case 0:
        return drop_route(pick(peers), pick(prefixes));
      case 1:
        return toggle_interest(1 + pick(peers - 1), pick(10) == 0 ? 0 : 1 + pick(targets));
      case 2:
        tell();
        for (std::uint32_t peer = 0; peer < peers; ++peer) ASSERT_EQ(held[peer], owed(peer));
        return;
      default:
        return say_route(pick(peers), pick(prefixes));
    }
  }
};

TEST(InterestSwarm, everybody_is_sent_what_they_are_owed_and_nothing_twice) {
  for (std::uint32_t seed = 1; seed <= 20; ++seed) {
    Swarm swarm{seed};
    for (int step = 0; step < 600; ++step) {
      swarm.step();
      if (testing::Test::HasFatalFailure()) FAIL() << "seed " << seed << ", step " << step;
    }
  }
}

}  // namespace
}  // namespace tflab::vpn::test
