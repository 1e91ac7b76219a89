// What a router's hardware would have to hold, and what is said when it has no room for it.

#include "scenarios/hardware.h"

#include <gmock/gmock.h>

#include "scenarios/checks.h"
#include "tests/unit/scenarios/fake_lab.h"

namespace tflab::scenario {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class Hardware : public testing::Test {
protected:
  Hardware() {
    PhysicalRouter mx;
    mx.vrfs.resize(2);
    mx.vrfs[0].name = "RED";
    mx.vrfs[1].name = "BLUE";
    scenario_.physical_routers = {{"mx", mx}};
    lab_.all_nodes = {{NodeRef::router, "mx"}, {NodeRef::control_node, "cn1"}};
    tables_["RED.inet.0"] = {own("203.0.113.0/24"), heard("10.1.0.3/32", {"192.0.2.11"}),
                             heard("10.1.0.4/32", {"192.0.2.12", "192.0.2.13"})};
    tables_["RED.inet6.0"] = {heard("2001:db8::3/128", {"192.0.2.11"})};
    tables_["BLUE.inet.0"] = {heard("10.1.0.3/32", {"192.0.2.11"})};
    tables_["BLUE.evpn.0"] = {heard("5-0:0-0-10.9.0.0/24", {"192.0.2.99"})};
    lab_.pages["ShowRouteReq"] = [this](const NodeRef&, const introspect::Query& query) {
      const std::string& table = query.front().second;
      return routes_page(table, tables_[table]);
    };
  }

  static Tree heard(const std::string& prefix, const std::vector<std::string>& next_hops) {
    std::vector<FakePath> paths;
    for (const std::string& hop : next_hops) paths.push_back({"BGP", "192.0.2.1", hop});
    return route_tree(prefix, paths);
  }
  static Tree own(const std::string& prefix) {
    return route_tree(prefix, {{"Local", "", "192.0.2.9"}});
  }

  std::vector<std::string> faults(TableLimits limits) {
    scenario_.physical_routers.front().second.limits = limits;
    return overfull_tables(scenario_, lab_);
  }
  std::vector<double> metric(MetricCheck::Name name) {
    MetricCheck check;
    check.name = name;
    return measured(check, scenario_, lab_, {});
  }

  Scenario scenario_;
  FakeLab lab_;
  std::map<std::string, std::vector<Tree>> tables_;
};

TEST_F(Hardware, holds_each_prefix_of_each_vrf_and_each_next_hop_once) {
  const auto needed = hardware_tables(scenario_, "mx", lab_);
  ASSERT_TRUE(needed);
  EXPECT_EQ(needed->routes, 5u) << "the same prefix in two VRFs, its own, and IPv6";
  EXPECT_EQ(needed->tunnels, 3u) << "each once; none to itself";
}

TEST_F(Hardware, holds_of_a_vrf_that_speaks_vxlan_what_it_forwards_by) {
  scenario_.physical_routers.front().second.vrfs[1].vni = 6000;
  tables_["BLUE.evpn.0"] = {heard("5-192.0.2.11:1-0-10.9.0.0/24", {"192.0.2.11"}),
                            heard("5-192.0.2.14:1-0-10.9.0.0/24", {"192.0.2.14"}),
                            heard("2-0:0-0-02:00:00:00:00:01,0.0.0.0", {"192.0.2.15"})};
  const auto needed = hardware_tables(scenario_, "mx", lab_);
  ASSERT_TRUE(needed);
  EXPECT_EQ(needed->routes, 4u + 1u) << "one prefix by two distinguishers; no MAC";
  EXPECT_EQ(needed->tunnels, 4u);
}

TEST_F(Hardware, is_not_what_a_page_says_of_other_tables) {
  lab_.pages["ShowRouteReq"] = [this](const NodeRef&, const introspect::Query&) {
    return routes_page("RED.inet.0", tables_["RED.inet.0"]);
  };
  const auto needed = hardware_tables(scenario_, "mx", lab_);
  ASSERT_TRUE(needed);
  EXPECT_EQ(needed->routes, 3u);
}

TEST_F(Hardware, has_room_up_to_its_limits) {
  EXPECT_THAT(faults({.routes = 5, .tunnels = 3}), IsEmpty());
  EXPECT_THAT(faults({}), IsEmpty());
  EXPECT_THAT(faults({.vrfs = 2}), IsEmpty());
  EXPECT_THAT(faults({.routes = 4, .tunnels = 1}),
              ElementsAre("mx needs room for 5 routes, its hardware has it for 4: 1 would not be "
                          "programmed",
                          "mx needs room for 3 tunnels, its hardware has it for 1: 2 would not be "
                          "programmed"));
}

TEST_F(Hardware, is_what_the_invariant_looks_at) {
  scenario_.physical_routers.front().second.limits.routes = 4;
  const Judged found = judge(InvariantCheck{"tables-fit"}, scenario_, lab_, {});
  EXPECT_FALSE(found.holds);
  EXPECT_EQ(found.got,
            "mx needs room for 5 routes, its hardware has it for 4: 1 would not be programmed");
  scenario_.physical_routers.front().second.limits.routes = 5;
  EXPECT_TRUE(judge(InvariantCheck{"tables-fit"}, scenario_, lab_, {}).holds);
}

TEST_F(Hardware, is_counted_where_it_has_limits) {
  EXPECT_THAT(metric(MetricCheck::fib_routes), IsEmpty());
  scenario_.physical_routers.front().second.limits.tunnels = 1;
  EXPECT_THAT(metric(MetricCheck::fib_routes), ElementsAre(5));
  EXPECT_THAT(metric(MetricCheck::fib_tunnels), ElementsAre(3));
}

TEST_F(Hardware, of_a_router_that_does_not_answer_is_not_said_to_fit) {
  lab_.pages.clear();
  EXPECT_THAT(faults({.routes = 5}), ElementsAre("mx does not answer"));
  EXPECT_THAT(metric(MetricCheck::fib_routes), IsEmpty());
}

}  // namespace
}  // namespace tflab::scenario
