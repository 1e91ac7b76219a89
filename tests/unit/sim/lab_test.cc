// Whole scenarios in the simulator: real cores over ns-3's TCP and Ethernet.

#include <gmock/gmock.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <stdexcept>

#include "control-core/introspect/tree.h"
#include "scenarios/flood.h"
#include "scenarios/forwarding.h"
#include "scenarios/load.h"
#include "sim/sim_lab.h"
#include "tests/dsl/source_tree.h"

namespace tflab::sim {
namespace {

using scenario::Control;
using scenario::NodeRef;
using scenario::Scenario;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

const std::string scenarios = test::in_tree("scenarios/").string();
const std::string two_nodes = scenarios + "two-node-k8s.tflab.json";
const std::string two_computes = scenarios + "smoke/two-computes.tflab.json";
const std::string pods = "default-domain:k8s-default:k8s-default-pod-network";

Scenario loaded(const std::string& file, const scenario::LoadOptions& options = {}) {
  auto result = scenario::load(file, options);
  if (const auto* faults = std::get_if<std::vector<scenario::Fault>>(&result))
    throw std::runtime_error(to_text(faults->front()));
  return std::get<Scenario>(result);
}

Instant at(std::int64_t s) {
  return Instant{} + seconds(s);
}

// A lab and the scenario it stands for at the moment.
struct Standing {
  Scenario now;
  std::unique_ptr<SimLab> lab;

  explicit Standing(Scenario scenario, const std::string& captures = "")
      : now{std::move(scenario)}, lab{bring_up(now, captures)} {}

  // An event of the file, by its name.
  void event(const std::string& id) {
    for (const scenario::Event& one : now.events)
      if (one.id == id) change(one);
  }
  void change(const scenario::Event& one) {
    auto document = scenario::applied(now, one);
    auto next = scenario::reload(now, std::get<scenario::Json>(document));
    now = std::get<Scenario>(next);
    lab->configure(now);
  }
  void control(Control::Verb verb, NodeRef::Kind kind, const std::string& name) {
    lab->control(verb, {kind, name});
  }
  void run_for(Duration span) { lab->advance(lab->now() + span); }

  std::optional<introspect::Tree> control_page(const std::string& node, std::string_view page,
                                               const introspect::Query& query = {}) {
    return lab->page({NodeRef::control_node, node}, page, query);
  }
  // Sessions of one encoding that a control node shows as Established.
  std::size_t established(const std::string& node, std::string_view encoding) {
    const auto page = control_page(node, "BgpNeighborReq");
    if (!page) return 0;
    std::size_t count = 0;
    for (const auto* peer : introspect::all(*page, "BgpNeighborResp"))
      count += introspect::text_of(*peer, "encoding") == encoding &&
               introspect::text_of(*peer, "state") == "Established";
    return count;
  }
  // Routes of all tables of a control node, or of one.
  std::vector<std::string> routes(const std::string& node, const std::string& table = "") {
    introspect::Query query;
    if (!table.empty()) query.emplace_back("routing_table", table);
    std::vector<std::string> prefixes;
    if (const auto page = control_page(node, "ShowRouteReq", query))
      for (const auto* route : introspect::all(*page, "ShowRoute"))
        prefixes.emplace_back(introspect::text_of(*route, "prefix"));
    return prefixes;
  }
};

const std::string master = "ip-172-31-14-47";
const std::string compute = "ip-172-31-41-236.ap-northeast-1.compute.internal";

std::string table_of(const std::string& network) {
  return network + network.substr(network.rfind(':')) + ".inet.0";
}

TEST(SimLab, the_article_s_two_nodes_hold_the_forty_one_routes_before_the_pods) {
  Standing standing{loaded(two_nodes)};
  standing.lab->advance(at(110));
  EXPECT_EQ(standing.established(master, "XMPP"), 1u);
  std::size_t rows = 0;
  const auto page = standing.control_page(master, "ShowRouteReq");
  ASSERT_TRUE(page);
  for (const auto* route : introspect::all(*page, "ShowRoute"))
    rows += introspect::all(*route, "ShowRoutePath").size();
  EXPECT_EQ(rows, 41u);
}

TEST(SimLab, forwarding_state_is_the_one_that_pages_show) {
  Standing standing{loaded(two_nodes)};
  standing.lab->advance(at(110));
  for (const NodeRef& node : standing.lab->nodes()) {
    if (node.kind != NodeRef::vrouter) continue;
    const auto shown = scenario::read_fib(*standing.lab, node), known = standing.lab->fib(node);
    ASSERT_TRUE(shown && known);
    EXPECT_EQ(known->vrouter, shown->vrouter);
    EXPECT_EQ(known->address, shown->address);
    EXPECT_EQ(known->vrfs, shown->vrfs);
    EXPECT_EQ(known->routes, shown->routes);
    EXPECT_EQ(known->nexthops, shown->nexthops);
    EXPECT_GE(known->nexthops.size(), 2u);
  }
}

TEST(SimLab, the_article_s_pings_go_local_then_native_then_nowhere) {
  Standing standing{loaded(two_nodes)};
  standing.lab->advance(at(120));
  standing.event("pods");
  standing.run_for(seconds(30));
  EXPECT_THAT(standing.routes(master, table_of(pods)), Contains("10.47.255.250/32"));

  const scenario::Ping pod_to_pod{"cirros-cr9dd", "10.47.255.251", 2};
  auto result = standing.lab->ping(pod_to_pod);
  EXPECT_EQ(result.received, 2u);
  EXPECT_EQ(result.ttl, 63u);
  EXPECT_EQ(result.encap, "local");
  EXPECT_THAT(result.drop_reasons, IsEmpty());

  standing.event("gatewayless-on");
  standing.run_for(seconds(30));
  const scenario::Ping pod_to_master{"cirros-cr9dd", "172.31.14.47", 2};
  result = standing.lab->ping(pod_to_master);
  EXPECT_EQ(result.received, 2u);
  EXPECT_EQ(result.encap, "native");

  standing.event("policy-off");
  standing.run_for(seconds(30));
  result = standing.lab->ping(pod_to_master);
  EXPECT_EQ(result.received, 0u);
  EXPECT_THAT(result.drop_reasons, Contains("invalid-source"));
}

TEST(SimLab, two_control_nodes_and_two_vrouters_carry_a_ping_in_mpls_over_udp) {
  Standing standing{loaded(two_computes)};
  standing.lab->advance(at(60));
  EXPECT_EQ(standing.established("cn1", "BGP"), 1u);
  EXPECT_EQ(standing.established("cn2", "BGP"), 1u);
  EXPECT_EQ(standing.established("cn1", "XMPP"), 1u);
  const auto result = standing.lab->ping({"vm1", "vm2", 3});
  EXPECT_EQ(result.received, 3u);
  EXPECT_EQ(result.ttl, 63u);
  EXPECT_EQ(result.encap, "MPLSoUDP");
}

TEST(SimLab, the_encapsulation_is_what_the_global_configuration_prefers) {
  Standing standing{
      loaded(two_computes,
             {.overlays = {},
              .sets = {{"/global-vrouter-config/encapsulation-priorities", "[\"MPLSoGRE\"]"}}})};
  standing.lab->advance(at(60));
  EXPECT_EQ(standing.lab->ping({"vm1", "vm2", 1}).encap, "MPLSoGRE");
}

std::string digest_of(std::uint64_t seed) {
  Scenario scenario = loaded(two_computes);
  scenario.run.seed = seed;
  Standing standing{scenario};
  standing.lab->advance(at(60));
  standing.lab->ping({"vm1", "vm2", 3});
  standing.lab->advance(at(100));
  return standing.lab->digest();
}

TEST(SimLab, N01_the_same_seed_is_the_same_run_in_one_process_and_another_seed_is_another) {
  const std::string first = digest_of(1);
  EXPECT_EQ(first.size(), 16u);
  EXPECT_EQ(digest_of(1), first);
  EXPECT_NE(digest_of(2), first);
}

// Asks a second process, whose addresses, environment and history are others.
TEST(SimLab, N03_the_same_seed_is_the_same_run_in_another_process) {
  const std::string ours = digest_of(3);
  if (const char* file = std::getenv("TFLAB_DIGEST_FILE")) {
    std::ofstream{file} << ours;
    return;
  }
  const auto file = std::filesystem::path{testing::TempDir()} / "tflab-digest-of-the-other";
  const std::string command =
      "TFLAB_DIGEST_FILE=" + file.string() + " " +
      std::filesystem::read_symlink("/proc/self/exe").string() +
      " --gtest_filter=SimLab.N03_the_same_seed_is_the_same_run_in_another_process > /dev/null";
  ASSERT_EQ(std::system(command.c_str()), 0);
  std::string theirs;
  std::ifstream{file} >> theirs;
  std::filesystem::remove(file);
  EXPECT_EQ(theirs, ours);
}

TEST(SimLab, stepping_ends_in_the_same_state_as_running_through) {
  const auto digest = [](auto run) {
    Standing standing{loaded(two_computes)};
    run(*standing.lab);
    return standing.lab->digest();
  };
  EXPECT_EQ(digest([](SimLab& lab) { lab.advance(at(5)); }), digest([](SimLab& lab) {
              while (lab.now() < at(5)) lab.step();
            }));
}

TEST(SimLab, a_second_simulation_beside_a_standing_one_is_refused_and_after_it_welcome) {
  {
    Standing standing{loaded(two_computes)};
    EXPECT_THROW(Standing{loaded(two_computes)}, std::runtime_error);
    standing.lab->advance(at(1));
  }
  EXPECT_NO_THROW(Standing{loaded(two_computes)});
}

TEST(SimLab, an_agent_that_stops_says_goodbye_and_its_routes_go_and_come_back) {
  Standing standing{loaded(two_computes)};
  const std::string red = "default-domain:default-project:red";
  standing.lab->advance(at(30));
  ASSERT_THAT(standing.routes("cn1", table_of(red)), Contains("10.1.0.4/32"));

  standing.control(Control::stop, NodeRef::vrouter, "compute2");
  standing.run_for(seconds(5));
  EXPECT_EQ(standing.established("cn2", "XMPP"), 0u);
  EXPECT_FALSE(standing.lab->page({NodeRef::vrouter, "compute2"}, "KInterfaceReq", {}));
  EXPECT_EQ(standing.lab->ping({"vm1", "vm2", 1}).received, 0u);

  standing.control(Control::start, NodeRef::vrouter, "compute2");
  standing.run_for(seconds(60));
  EXPECT_EQ(standing.established("cn2", "XMPP"), 1u);
  EXPECT_EQ(standing.lab->ping({"vm1", "vm2", 1}).received, 1u);
}

TEST(SimLab, a_vrouter_that_fails_is_noticed_by_the_hold_timer_and_recovers) {
  Standing standing{loaded(two_computes)};
  standing.lab->advance(at(30));
  standing.control(Control::fail, NodeRef::vrouter, "compute2");
  standing.run_for(seconds(20));
  EXPECT_EQ(standing.established("cn2", "XMPP"), 1u);  // nobody told it
  standing.run_for(seconds(100));
  EXPECT_EQ(standing.established("cn2", "XMPP"), 0u);
  standing.control(Control::recover, NodeRef::vrouter, "compute2");
  standing.run_for(seconds(60));
  EXPECT_EQ(standing.established("cn2", "XMPP"), 1u);
  EXPECT_EQ(standing.lab->ping({"vm1", "vm2", 1}).received, 1u);
}

TEST(SimLab, a_control_node_comes_back_after_stop_fail_and_restart) {
  Standing standing{loaded(two_computes)};
  standing.lab->advance(at(30));
  for (const auto verb : {Control::stop, Control::fail}) {
    standing.control(verb, NodeRef::control_node, "cn2");
    standing.run_for(seconds(120));
    EXPECT_FALSE(standing.control_page("cn2", "BgpNeighborReq"));
    EXPECT_EQ(standing.established("cn1", "BGP"), 0u);
    standing.control(verb == Control::stop ? Control::start : Control::recover,
                     NodeRef::control_node, "cn2");
    standing.run_for(seconds(180));
    EXPECT_EQ(standing.established("cn1", "BGP"), 1u);
    EXPECT_EQ(standing.established("cn2", "XMPP"), 1u);
  }
  standing.control(Control::restart, NodeRef::control_node, "cn2");
  standing.run_for(seconds(180));
  EXPECT_EQ(standing.established("cn1", "BGP"), 1u);
  EXPECT_EQ(standing.established("cn2", "XMPP"), 1u);
}

TEST(SimLab, a_machine_without_power_answers_nothing_until_it_has_it_again) {
  Standing standing{loaded(two_computes)};
  standing.lab->advance(at(30));
  for (const auto& [off, on] :
       {std::pair{Control::stop, Control::start}, std::pair{Control::fail, Control::recover}}) {
    standing.control(off, NodeRef::machine, "vm2");
    EXPECT_EQ(standing.lab->ping({"vm1", "vm2", 1}).received, 0u);
    standing.control(on, NodeRef::machine, "vm2");
    EXPECT_EQ(standing.lab->ping({"vm1", "vm2", 1}).received, 1u);
  }
  standing.control(Control::restart, NodeRef::machine, "vm2");
  EXPECT_EQ(standing.lab->ping({"vm2", "vm1", 1}).received, 1u);
}

scenario::Event add(const char* objects) {
  return {"added", {}, scenario::AddObjects{scenario::Json::parse(objects)}};
}

TEST(SimLab, machines_are_added_and_removed_while_it_runs) {
  Standing standing{loaded(two_computes)};
  standing.lab->advance(at(30));
  standing.change(add(R"({"virtual-machines": {"vm3": {"virtual-router": "compute2",
      "interfaces": {"eth0": {"virtual-network": "red", "instance-ip": "10.1.0.5"}}}}})"));
  standing.run_for(seconds(10));
  EXPECT_EQ(standing.lab->ping({"vm1", "vm3", 1}).received, 1u);
  EXPECT_EQ(standing.lab->ping({"vm2", "vm3", 1}).encap, "local");

  standing.change({"removed", {}, scenario::RemoveObjects{{"virtual-machine:vm3"}}});
  standing.run_for(seconds(10));
  EXPECT_EQ(standing.lab->ping({"vm1", "10.1.0.5", 1}).received, 0u);
  EXPECT_EQ(standing.lab->ping({"vm1", "vm2", 1}).received, 1u);
}

TEST(SimLab, a_vrouter_and_a_control_node_can_join_and_leave) {
  Standing standing{loaded(two_computes)};
  standing.lab->advance(at(30));
  standing.change(add(R"({
      "bgp-routers": {"cn3": {"router-type": "control-node", "address": "192.0.2.3"}},
      "virtual-routers": {"compute3": {"virtual-router-ip-address": "192.0.2.33",
                                       "control-nodes": ["cn3"]}},
      "virtual-machines": {"vm3": {"virtual-router": "compute3",
        "interfaces": {"eth0": {"virtual-network": "red", "instance-ip": "10.1.0.5"}}}}})"));
  standing.run_for(seconds(120));
  EXPECT_EQ(standing.established("cn3", "BGP"), 2u);
  EXPECT_EQ(standing.established("cn3", "XMPP"), 1u);
  EXPECT_EQ(standing.lab->ping({"vm1", "vm3", 1}).received, 1u);

  standing.change({"removed",
                   {},
                   scenario::RemoveObjects{
                       {"virtual-machine:vm3", "virtual-router:compute3", "bgp-router:cn3"}}});
  standing.run_for(seconds(10));
  EXPECT_EQ(standing.established("cn1", "BGP"), 1u);
  EXPECT_EQ(standing.lab->ping({"vm1", "vm2", 1}).received, 1u);
}

TEST(SimLab, a_node_pings_a_node_and_a_name_nobody_has_is_a_loss) {
  Standing standing{loaded(two_computes)};
  standing.lab->advance(at(10));
  EXPECT_EQ(standing.lab->ping({"compute1", "cn2", 2}).received, 2u);
  EXPECT_EQ(standing.lab->ping({"cn2", "compute1", 2}).ttl, 64u);
  EXPECT_EQ(standing.lab->ping({"compute1", "192.0.2.99", 1}).received, 0u);
  EXPECT_EQ(standing.lab->ping({"nobody", "cn1", 1}).received, 0u);
}

TEST(SimLab, lost_pings_take_a_second_each) {
  Standing standing{loaded(two_computes)};
  standing.lab->advance(at(10));
  standing.lab->ping({"cn1", "192.0.2.99", 3});
  EXPECT_EQ(standing.lab->now(), at(13));
}

TEST(SimLab, machines_ping_by_both_versions_and_the_hop_limit_stays) {
  Standing standing{loaded(scenarios + "features/ipv6.tflab.json")};
  standing.lab->advance(at(30));
  const auto ttl = [&](const char* from, const char* to) {
    const auto result = standing.lab->ping({from, to, 2});
    EXPECT_EQ(result.received, 2u) << from << " to " << to;
    return result.ttl.value_or(0);
  };
  EXPECT_EQ(ttl("both1", "10.66.0.12"), 63u);
  EXPECT_EQ(ttl("both1", "2001:db8:66::12"), 64u);
  EXPECT_EQ(ttl("six2", "six1"), 64u) << "by name, and has no IPv4 address";
}

TEST(SimLab, a_broadcast_goes_along_the_tree) {
  Standing standing{loaded(scenarios + "features/bum-tree.tflab.json")};
  standing.lab->advance(at(40));
  const auto flood = [&] { return scenario::flooded(standing.now, *standing.lab, "vm01"); };
  const scenario::Flood whole = flood();
  EXPECT_EQ(whole.members, 20u);
  EXPECT_EQ(whole.fewest, 1u);
  EXPECT_EQ(whole.most, 1u);
  EXPECT_THAT(whole.strangers, IsEmpty());
  EXPECT_GE(whole.deepest, 2u) << "not everybody is the sender's neighbour";
  EXPECT_LE(whole.fan_out, 5u);
  standing.control(Control::fail, NodeRef::vrouter, "compute07");
  EXPECT_LT(flood().members, 20u);
  EXPECT_EQ(flood().fewest, 0u);
}

TEST(SimLab, two_roles_on_one_address_are_refused) {
  Scenario scenario = loaded(two_computes);
  scenario.virtual_routers.front().second.address = scenario.bgp_routers.front().second.address;
  EXPECT_THROW(bring_up(scenario, ""), std::runtime_error);
  EXPECT_NO_THROW(bring_up(loaded(two_computes), ""));  // nothing of the refused one is left
}

TEST(SimLab, calls_over_ipv6_are_refused_where_they_would_be_made) {
  Scenario scenario = loaded(two_computes);
  scenario::ReachableCheck call;
  call.to = "2001:db8::1";
  call.over = scenario::Ping::tcp;
  scenario.expectations.push_back({.id = "call", .check = call});
  EXPECT_THROW(bring_up(scenario, ""), std::runtime_error);
  scenario.expectations.back().on = {scenario::HostKind::netns};
  EXPECT_NO_THROW(bring_up(scenario, ""));
}

// What tests/unit/sim/tshark_sim.py looks at; without its folder, that the files are there.
TEST(SimCaptures, are_written_for_both_scenarios) {
  const char* wanted = std::getenv("TFLAB_CAPTURES");
  const std::filesystem::path folder =
      wanted ? wanted : std::filesystem::path{testing::TempDir()} / "tflab-sim-captures";
  for (const char* name : {"two-nodes", "two-computes", "gre"})
    std::filesystem::create_directories(folder / name);
  {
    Standing standing{loaded(two_nodes), folder / "two-nodes"};
    standing.lab->advance(at(120));
    standing.event("pods");
    standing.event("gatewayless-on");
    standing.run_for(seconds(10));
    standing.lab->ping({"cirros-cr9dd", "172.31.14.47", 2});
  }
  for (const char* encap : {"MPLSoUDP", "MPLSoGRE"}) {
    const std::string list = std::string{"[\""} + encap + "\"]";
    Standing standing{
        loaded(two_computes, {.overlays = {},
                              .sets = {{"/global-vrouter-config/encapsulation-priorities", list}}}),
        folder / (encap == std::string{"MPLSoGRE"} ? "gre" : "two-computes")};
    standing.lab->advance(at(60));
    standing.lab->ping({"vm1", "vm2", 3});
    standing.control(Control::stop, NodeRef::control_node, "cn2");
    standing.run_for(seconds(5));
  }
  for (const char* file : {"two-nodes/uplink", "two-computes/uplink", "two-computes/control",
                           "gre/uplink", "gre/control"})
    EXPECT_GT(std::filesystem::file_size(folder / (std::string{file} + ".pcap")), 24u) << file;
  if (!wanted) std::filesystem::remove_all(folder);
}

}  // namespace
}  // namespace tflab::sim
