// Rows of sections N, O and P of the fault catalogue that need whole nodes: configuration that
// changes under load ends where it would have begun, and what went leaves nothing behind.

#include <limits>

#include "tests/conformance/stage.h"

namespace tflab::test {
namespace {

Nlri vpn_route(std::uint32_t number) {
  return VpnRoute{RouteDistinguisher::as2(64512, 9), IpPrefix::host(Ip4{0xc0000000 + number})};
}

// Two control nodes, an agent on each with a port in blue and one in red, and a router beside the
// first node.
struct World : Stage {
  FakeAgent *a = nullptr, *b = nullptr;
  Router* mx = nullptr;

  void TestBody() override {}  // there may be two, to be compared
  void begin(const config::Fabric& fabric = two_networks()) {
    control_nodes(2, fabric);
    expect_router(0, "10.0.9.1");
    start_nodes();
    mx = &router(0, "10.0.9.1");
    a = &agent(0, "10.0.1.1");
    b = &agent(1, "10.0.1.2");
    lab.run_for(seconds(20));
    mx->end_of_rib(Family::route_target);
    for (FakeAgent* each : {a, b}) {
      each->subscribe(blue, 1);
      each->subscribe(red, 2);
    }
    say();
  }
  void say() {
    publish(*a, blue, "10.1.0.1/32", 25);
    publish(*b, blue, "10.1.0.2/32", 26);
    publish(*a, red, "10.2.0.1/32", 27);
    publish(*b, red, "10.2.0.2/32", 28);
  }
  // All that both nodes hold and both agents were told.
  std::vector<std::string> all() const {
    std::vector<std::string> out;
    for (const Node* node : nodes)
      for (const std::string& row : node->rows()) out.push_back(row);
    for (const FakeAgent* each : {a, b})
      for (const std::string& instance : {blue, red})
        for (const std::string& id : each->ids(instance)) out.push_back(instance + ' ' + id);
    return out;
  }
};

struct Churn : World {
  void SetUp() override { begin(); }
};

TEST_F(Churn, P01_a_network_that_goes_is_gone_everywhere_and_its_agents_are_told) {
  change(connect_networks);
  ASSERT_EQ(b->ids(red).size(), 4u);
  const config::Network gone = network_in(configs[0].fabric, blue_network);
  change([](config::Fabric& fabric) {
    std::erase_if(fabric.networks, [](const auto& each) { return each.name == blue_network; });
  });
  for (const Node* node : nodes) {
    EXPECT_EQ(node->counts(blue + ".inet.0"), "no such table");
    EXPECT_THAT(node->prefixes(red + ".inet.0"), ElementsAre("10.2.0.1/32", "10.2.0.2/32"));
  }
  for (const FakeAgent* each : {a, b}) {
    EXPECT_THAT(each->ids(blue), IsEmpty());
    EXPECT_THAT(each->ids(red), ElementsAre("10.2.0.1/32", "10.2.0.2/32"));
    EXPECT_EQ(each->downs, 0u);
  }
  EXPECT_THAT(wanted(*mx), Not(Contains(membership(blue_target))));

  change(
      [&](config::Fabric& fabric) { fabric.networks.insert(fabric.networks.begin() + 1, gone); });
  say();
  World fresh;
  fresh.begin([] {
    config::Fabric out = two_networks();
    connect_networks(out);
    return out;
  }());
  EXPECT_EQ(all(), fresh.all());
}

// Of eight hundred routes the first quarter comes before, the others between changes.
TEST_F(Churn, P02_targets_that_change_under_a_full_table_end_as_if_they_had_always_been) {
  const auto announce_quarter = [](World& world, std::uint32_t quarter) {
    for (std::uint32_t n = quarter * 200; n < (quarter + 1) * 200; ++n)
      world.mx->announce(vpn_route(n), Family::inet_vpn,
                         with_targets({n % 2 != 0 ? other_target : blue_target}), 100 + n);
    world.lab.run_for(millis(3));
  };
  const auto import_of_blue = [](const char* target_text) {
    return [target_text](config::Fabric& fabric) {
      network_in(fabric, blue_network).targets = {target(target_text)};
    };
  };
  for (std::uint32_t quarter = 0; quarter < 4; ++quarter) {
    announce_quarter(*this, quarter);
    for (std::size_t n = 0; n < nodes.size(); ++n) {
      import_of_blue(quarter % 2 != 0 ? blue_target : other_target)(configs[n].fabric);
      nodes[n]->configure(configs[n]);
      lab.run_for(millis(2));
    }
  }
  change(import_of_blue(other_target));
  lab.run_for(seconds(10));

  World fresh;
  config::Fabric fabric = two_networks();
  import_of_blue(other_target)(fabric);
  fresh.begin(fabric);
  for (std::uint32_t quarter = 0; quarter < 4; ++quarter) announce_quarter(fresh, quarter);
  fresh.lab.run_for(seconds(10));
  EXPECT_EQ(nodes[0]->counts(blue + ".inet.0").substr(0, 4), "402 ");
  EXPECT_EQ(all(), fresh.all());
}

TEST_F(Churn, P06_a_peer_that_is_replaced_in_one_change_restarts_once_and_no_other_does) {
  ASSERT_EQ(mx->ups, 1u);
  config::BgpPeer& peer = configs[0].peers.back();
  ASSERT_EQ(peer.address, IpAddr{ip("10.0.9.1")});
  peer.name = "another-name";
  peer.as = Asn{0};  // whichever it says
  nodes[0]->configure(configs[0]);
  lab.run_for(seconds(240));
  EXPECT_EQ(mx->ups, 2u);
  EXPECT_EQ(mx->downs, 1u);
  for (const FakeAgent* each : {a, b}) EXPECT_EQ(each->downs, 0u);
  const Tree other =
      nodes[0]->page("BgpNeighborReq", {{"search_string", configs[0].peers[0].name}});
  EXPECT_EQ(text_of(*introspect::find(other, "BgpNeighborResp"), "flap_count"), "0");
}

TEST_F(Churn, P07_one_vrouter_more_touches_none_of_the_others) {
  for (config::ControlNode& each : configs)
    each.agents = std::set<IpAddr>{ip("10.0.1.1"), ip("10.0.1.2")};
  change([](config::Fabric&) {});
  const auto before = all();
  const unsigned messages = a->messages + b->messages;
  for (config::ControlNode& each : configs)
    each.agents = std::set<IpAddr>{ip("10.0.1.1"), ip("10.0.1.2"), ip("10.0.1.3")};
  change([](config::Fabric&) {});
  EXPECT_EQ(all(), before);
  EXPECT_EQ(a->messages + b->messages, messages);
  EXPECT_EQ(a->downs + b->downs + mx->downs, 0u);
}

// Names stay, what they mean is exchanged: index, identifier and target.
TEST_F(Churn, P08_everything_deleted_and_added_in_one_change_is_confused_with_nothing) {
  const auto exchanged = [] {
    config::Fabric out = two_networks();
    config::Network& one = network_in(out, blue_network);
    config::Network& other = network_in(out, red_network);
    std::swap(one.instance, other.instance);
    std::swap(one.network_id, other.network_id);
    std::swap(one.targets, other.targets);
    std::swap(one, other);  // in order of `instance`
    return out;
  }();
  change([&](config::Fabric& fabric) { fabric = exchanged; });
  say();
  World fresh;
  fresh.begin(exchanged);
  EXPECT_EQ(all(), fresh.all());
}

// Days of uptime are nothing special; nor is a clock that began long ago.
TEST(Clock, N11_sessions_live_on_a_clock_that_is_at_a_thousand_million_seconds_or_near_its_end) {
  for (const Instant start :
       {Instant{seconds(1'000'000'000).ns},
        Instant{std::numeric_limits<std::int64_t>::max() - seconds(86'400).ns}}) {
    World world;
    world.lab.now = start;
    world.begin();
    world.lab.run_for(seconds(3600));
    EXPECT_EQ(world.a->downs + world.b->downs + world.mx->downs, 0u);
    EXPECT_EQ(world.b->ids(blue).size(), 2u);
  }
}

#if defined(__SANITIZE_ADDRESS__)

extern "C" std::size_t __sanitizer_get_current_allocated_bytes();
std::size_t heap() {
  return __sanitizer_get_current_allocated_bytes();
}

// Every route has an attribute set of its own, and another one each time.
void up_and_down(Churn& world, std::uint32_t routes, std::uint32_t time) {
  for (std::uint32_t n = 0; n < routes; ++n) {
    Attributes set = Stage::with_targets({blue_target});
    set.med = time * routes + n;
    world.mx->announce(vpn_route(n), Family::inet_vpn, std::move(set), 100);
  }
  world.settle();
  ASSERT_EQ(world.a->ids(blue).size(), routes + 2);
  for (std::uint32_t n = 0; n < routes; ++n) world.mx->withdraw(vpn_route(n), Family::inet_vpn);
  world.settle();
  ASSERT_EQ(world.a->ids(blue).size(), 2u);
}

// Tables of hashes and slots stay as large as they have been; nothing of the routes does.
TEST_F(Churn, O04_attribute_sets_are_given_back_with_the_last_route_that_has_them) {
  up_and_down(*this, 4000, 1);
  const std::size_t first = heap();
  up_and_down(*this, 4000, 2);
  EXPECT_LT(heap(), first + first / 20);
}

TEST_F(Churn, O10_a_table_that_comes_and_goes_does_not_grow) {
  for (std::uint32_t cycle = 0; cycle < 3; ++cycle) up_and_down(*this, 300, cycle);
  const std::size_t third = heap();
  for (std::uint32_t cycle = 3; cycle < 10; ++cycle) up_and_down(*this, 300, cycle);
  EXPECT_LT(heap(), third + third / 100);
}

#endif

}  // namespace
}  // namespace tflab::test
