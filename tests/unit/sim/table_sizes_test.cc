#include "sim/world/table_sizes.h"

#include <gtest/gtest.h>

namespace tflab::sim {
namespace {

const std::string small = "d:p:small", large = "d:p:large";

void add_machines(scenario::Scenario& scenario, const std::string& network, unsigned count) {
  scenario::Interface interface;
  interface.network = network;
  scenario::Machine machine;
  machine.interfaces = {{"eth0", interface}};
  for (unsigned n = 0; n < count; ++n)
    scenario.machines.emplace_back(network + std::to_string(n), machine);
}

config::Vrouter with_port_in(const std::string& network) {
  config::Port port;
  port.network = network;
  config::Vrouter config;
  config.ports = {port};
  return config;
}

TEST(TableSizes, a_lab_has_room_for_whatever_may_come) {
  scenario::Scenario scenario;
  add_machines(scenario, small, 3);
  EXPECT_EQ(TableSizes{scenario}.of(with_port_in(small)).routes4, vr::Limits{}.routes4);
}

TEST(TableSizes, one_of_thousands_has_room_for_its_networks_and_every_vrouter) {
  scenario::Scenario scenario;
  for (unsigned n = 0; n < 2140; ++n)
    scenario.virtual_routers.emplace_back("compute-" + std::to_string(n),
                                          scenario::VirtualRouter{});
  add_machines(scenario, small, 10);
  add_machines(scenario, large, 2000);
  const TableSizes sizes{scenario};
  const auto in_small = sizes.of(with_port_in(small)), in_large = sizes.of(with_port_in(large));
  EXPECT_GE(in_small.routes4, 2140u + 10);
  EXPECT_LT(in_small.routes4, 4000u);
  EXPECT_GE(in_large.routes4, 2140u + 2000);
  EXPECT_GE(in_large.nexthops, 2140u);
}

TEST(TableSizes, small_tables_are_small_where_nothing_comes) {
  scenario::Scenario scenario;
  add_machines(scenario, small, 10);
  add_machines(scenario, large, 2000);
  const auto settled = TableSizes{scenario}.of(with_port_in(small));
  EXPECT_LT(settled.vifs, 32u);
  EXPECT_LT(settled.vrfs, 32u);
  EXPECT_LT(settled.routes4, 256u);
  scenario.events.push_back({.action = scenario::Move{}});
  const auto moving = TableSizes{scenario}.of(with_port_in(small));
  EXPECT_EQ(moving.vifs, vr::Limits{}.vifs);
  EXPECT_EQ(moving.vrfs, vr::Limits{}.vrfs);
  EXPECT_GE(moving.routes4, 512u);
}

TEST(TableSizes, a_network_has_room_for_what_routers_tell_it) {
  scenario::Scenario scenario;
  add_machines(scenario, small, 10);
  add_machines(scenario, large, 2000);
  const RouteTarget theirs = RouteTarget::as2(64512, 7);
  config::Network network;
  network.name = small;
  network.targets = {theirs};
  scenario.networks = {network};
  config::Vrf vrf;
  vrf.export_targets = {theirs};
  vrf.prefixes.resize(900);
  scenario.physical_routers = {{"mx", {.vrfs = {vrf}}}};
  EXPECT_GE(TableSizes{scenario}.of(with_port_in(small)).routes4, 910u);
}

TEST(TableSizes, networks_that_know_each_other_have_room_for_all_ports) {
  scenario::Scenario scenario;
  add_machines(scenario, small, 10);
  add_machines(scenario, large, 2000);
  config::Network network;
  network.name = small;
  network.policies = {"all"};
  scenario.networks = {network};
  EXPECT_GE(TableSizes{scenario}.of(with_port_in(small)).routes4, 2010u);
}

}  // namespace
}  // namespace tflab::sim
