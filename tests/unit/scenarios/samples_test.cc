#include "scenarios/samples.h"

#include <gmock/gmock.h>

#include <set>

#include "scenarios/checks.h"
#include "tests/unit/scenarios/fake_lab.h"
#include "tests/unit/scenarios/files.h"

namespace tflab::scenario {
namespace {

using testing::Each;
using testing::IsEmpty;
using testing::SizeIs;

// Six networks: `red` and `blue` are apart, `green` shares a target with red, `old-red` has red's
// addresses, `ruled` has a policy, `joined` a router.
const std::string six_networks = R"({
  "tflab": 1, "name": "six", "run": {"seed": 7, "until": "5m"},
  "bgp-routers": {"cn1": {"router-type": "control-node", "address": "192.0.2.1"}},
  "virtual-routers": {"compute1": {"virtual-router-ip-address": "192.0.2.11"}},
  "virtual-networks": {
    "red": {"subnets": ["10.1.0.0/24"], "route-targets": ["target:64512:1"]},
    "blue": {"subnets": ["10.2.0.0/24"]},
    "green": {"subnets": ["10.3.0.0/24"], "import-route-targets": ["target:64512:1"]},
    "old-red": {"subnets": ["10.1.0.0/24"]},
    "ruled": {"subnets": ["10.4.0.0/24"], "network-policies": ["deny"]},
    "joined": {"subnets": ["10.5.0.0/24"]}
  },
  "network-policies": {"deny": {"rules": [{"simple-action": "deny", "src": "ruled", "dst": "ruled"}]}},
  "security-groups": {"closed": {"rules": []}},
  "logical-routers": {"lr": {"virtual-networks": ["joined"]}},
  "virtual-machines": {
    "red-1": {"virtual-router": "compute1", "interfaces": {"eth0": {"virtual-network": "red"}}},
    "red-2": {"virtual-router": "compute1", "interfaces": {"eth0": {"virtual-network": "red"}}},
    "red-3": {"virtual-router": "compute1", "interfaces": {"eth0": {"virtual-network": "red", "security-groups": ["closed"]}}},
    "blue-1": {"virtual-router": "compute1", "interfaces": {"eth0": {"virtual-network": "blue"}}},
    "blue-2": {"virtual-router": "compute1", "interfaces": {"eth0": {"virtual-network": "blue"}}},
    "green-1": {"virtual-router": "compute1", "interfaces": {"eth0": {"virtual-network": "green"}}},
    "old-1": {"virtual-router": "compute1", "interfaces": {"eth0": {"virtual-network": "old-red"}}},
    "ruled-1": {"virtual-router": "compute1", "interfaces": {"eth0": {"virtual-network": "ruled"}}},
    "ruled-2": {"virtual-router": "compute1", "interfaces": {"eth0": {"virtual-network": "ruled"}}},
    "joined-1": {"virtual-router": "compute1", "interfaces": {"eth0": {"virtual-network": "joined"}}},
    "joined-2": {"virtual-router": "compute1", "interfaces": {"eth0": {"virtual-network": "joined"}}}
  }
})";

class Samples : public Files {
protected:
  std::string network_of(const std::string& machine) const {
    return machine.substr(0, machine.find('-'));
  }
  std::set<std::string> networks_of(const std::vector<Pair>& pairs) const {
    std::set<std::string> out;
    for (const auto& [from, to] : pairs) out.insert(network_of(from) + ' ' + network_of(to));
    return out;
  }

  Scenario scenario_ = good(six_networks);
  FakeLab lab_;
};

TEST_F(Samples, of_one_network_are_two_machines_that_nothing_keeps_apart) {
  const std::vector<Pair> pairs = joined_pairs(scenario_);
  EXPECT_THAT(pairs, SizeIs(sampled_pairs));
  EXPECT_EQ(networks_of(pairs), (std::set<std::string>{"red red", "blue blue", "joined joined"}));
  for (const auto& [from, to] : pairs) {
    EXPECT_NE(from, to);
    EXPECT_NE(from, "red-3");
    EXPECT_NE(to, "red-3");
  }
}

TEST_F(Samples, of_two_networks_have_nothing_in_common_not_even_addresses) {
  const std::vector<Pair> pairs = separate_pairs(scenario_);
  EXPECT_THAT(pairs, SizeIs(sampled_pairs));
  const std::set<std::string> apart{"red blue", "blue red", "blue green", "green blue",
                                    "old blue", "blue old", "old green",  "green old"};
  EXPECT_THAT(networks_of(pairs), testing::IsSubsetOf(apart));
  EXPECT_THAT(networks_of(pairs), SizeIs(testing::Ge(4u)));
}

TEST_F(Samples, are_the_seeds) {
  const auto names = [&] {
    std::string out;
    for (const auto& [from, to] : joined_pairs(scenario_)) out += from + to + ' ';
    return out;
  };
  const std::string first = names();
  EXPECT_EQ(names(), first);
  scenario_.run.seed = 8;
  EXPECT_NE(names(), first);
}

TEST_F(Samples, tell_who_does_not_reach_whom) {
  EXPECT_THAT(black_holes(scenario_, lab_), IsEmpty());
  lab_.on_ping = [&](const Ping& ping) {
    EXPECT_FALSE(ping.way);
    return PingResult{.sent = ping.packets, .received = ping.to == "red-2" ? 0u : 1u};
  };
  EXPECT_THAT(black_holes(scenario_, lab_), Each("red-1 does not reach red-2"));
  EXPECT_FALSE(judge(InvariantCheck{"no-blackhole"}, scenario_, lab_, {}).holds);
}

TEST_F(Samples, tell_who_reaches_whom_nothing_joins) {
  lab_.on_ping = [](const Ping& ping) {
    return PingResult{.sent = ping.packets, .received = ping.to == "blue-1" ? 1u : 0u};
  };
  const std::vector<std::string> found = leaks(scenario_, lab_);
  ASSERT_FALSE(found.empty());
  for (const std::string& each : found) EXPECT_THAT(each, testing::EndsWith(" reaches blue-1"));
  EXPECT_FALSE(judge(InvariantCheck{"no-leak"}, scenario_, lab_, {}).holds);
}

TEST_F(Samples, of_nobody_do_not_pass_for_a_proof) {
  const Scenario small = good(small_lab);
  EXPECT_EQ(black_holes(small, lab_), std::vector<std::string>{"no two machines to try it with"});
}

}  // namespace
}  // namespace tflab::scenario
