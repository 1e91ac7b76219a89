#include "scenarios/flood.h"

#include <gmock/gmock.h>

#include "scenarios/checks.h"
#include "scenarios/play.h"
#include "tests/unit/scenarios/fake_lab.h"
#include "tests/unit/scenarios/files.h"
#include "vrouter-core/base/checksum.h"
#include "vrouter-core/wire/ethernet.h"
#include "vrouter-core/wire/ipv4.h"
#include "vrouter-core/wire/udp.h"

namespace tflab::scenario {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

// a, b, c and d in a row of vRouters, e beside c; another network's x beside d.
const std::string a_row = R"({
  "tflab": 1, "name": "row",
  "bgp-routers": {"cn1": {"router-type": "control-node", "address": "192.0.2.1"}},
  "virtual-routers": {
    "va": {"virtual-router-ip-address": "192.0.2.11"}, "vb": {"virtual-router-ip-address": "192.0.2.12"},
    "vc": {"virtual-router-ip-address": "192.0.2.13"}, "vd": {"virtual-router-ip-address": "192.0.2.14"}},
  "virtual-networks": {"red": {"subnets": ["10.1.0.0/24"]}, "blue": {"subnets": ["10.2.0.0/24"]}},
  "virtual-machines": {
    "a": {"virtual-router": "va", "interfaces": {"eth0": {"virtual-network": "red", "instance-ip": "10.1.0.5"}}},
    "b": {"virtual-router": "vb", "interfaces": {"eth0": {"virtual-network": "red"}}},
    "c": {"virtual-router": "vc", "interfaces": {"eth0": {"virtual-network": "blue"}, "eth1": {"virtual-network": "red"}}},
    "d": {"virtual-router": "vd", "interfaces": {"eth0": {"virtual-network": "red"}}},
    "e": {"virtual-router": "vc", "interfaces": {"eth0": {"virtual-network": "red"}}},
    "x": {"virtual-router": "vd", "interfaces": {"eth0": {"virtual-network": "blue"}}}}
})";

Ip4 vrouter(char letter) {
  return Ip4{0xc000020au + static_cast<std::uint32_t>(letter - 'a' + 1)};
}
Sighting tunnel(char from, char to) {
  return {.from = vrouter(from), .to = vrouter(to)};
}
Sighting at(const char* port) {
  return {.port = port};
}

class Floods : public Files {
protected:
  Judged look(FloodCheck check = {}) {
    if (check.from.empty()) check.from = "a";
    if (!check.copies.ge && !check.copies.eq) check.copies.eq = 1;
    return judge(check, scenario_, lab_, {});
  }
  Scenario scenario_ = good(a_row);
  FakeLab lab_;
};

TEST_F(Floods, reach_every_other_interface_of_the_network_once) {
  lab_.sightings = {tunnel('a', 'b'), at("b/eth0"),     tunnel('b', 'c'), at("c/eth1"),
                    at("e/eth0"),     tunnel('b', 'd'), at("d/eth0")};
  FloodCheck check;
  check.members.emplace().eq = 5;
  check.fan_out.emplace().le = 2;
  check.hops.emplace().le = 2;
  const Judged found = look(check);
  EXPECT_TRUE(found.holds) << found.got;
  EXPECT_EQ(found.wanted, "broadcast from a, copies 1, members 5, fan-out <= 2, hops <= 2");
  EXPECT_EQ(found.got, "5 of 5 have it, copies 1, fan-out 2 (vb), hops 2 at most, 1.8 in the mean");
  EXPECT_EQ(found.ping.dump(), R"({"members":5,"fewest":1,"most":1})");
  check.fan_out->le = 1;
  EXPECT_FALSE(look(check).holds);
  check.fan_out->le = 2;
  check.hops->le = 1;
  EXPECT_FALSE(look(check).holds);
}

TEST_F(Floods, miss_a_member) {
  lab_.sightings = {tunnel('a', 'b'), at("b/eth0"), tunnel('b', 'c'), at("c/eth1"), at("e/eth0")};
  const Judged found = look();
  EXPECT_FALSE(found.holds);
  EXPECT_THAT(found.got, HasSubstr("4 of 5 have it, copies 0 (d/eth0) to 1 (b/eth0)"));
}

TEST_F(Floods, come_twice) {
  lab_.sightings = {tunnel('a', 'b'), at("b/eth0"), tunnel('b', 'c'), at("c/eth1"), at("e/eth0"),
                    tunnel('b', 'd'), at("d/eth0"), tunnel('c', 'd'), at("d/eth0")};
  FloodCheck check;
  EXPECT_FALSE(look(check).holds);
  EXPECT_THAT(look(check).got, HasSubstr("copies 1 (b/eth0) to 2 (d/eth0)"));
  check.copies.ge = 1;
  EXPECT_TRUE(look(check).holds) << "if that is what was asked";
}

TEST_F(Floods, come_where_they_should_not) {
  const std::vector<Sighting> all = {at("b/eth0"), at("c/eth1"), at("d/eth0"), at("e/eth0")};
  for (const char* stranger : {"a/eth0", "x/eth0", "c/eth0"}) {
    lab_.sightings = all;
    lab_.sightings.push_back(at(stranger));
    EXPECT_FALSE(look().holds);
    EXPECT_THAT(look().got, HasSubstr("1 more that should not: " + std::string{stranger}));
  }
  lab_.sightings = all;
  EXPECT_TRUE(look().holds);
}

TEST_F(Floods, are_datagrams_to_everybody_and_no_two_are_equal) {
  look();
  const std::vector<std::byte> first = lab_.sent;
  EXPECT_GE(first.size(), 60u);
  Reader in{first};
  const auto ethernet = wire::Ethernet::read(in);
  EXPECT_EQ(ethernet.dst, broadcast_mac);
  EXPECT_EQ(ethernet.src, scenario_.machines.front().second.interfaces.front().second.mac);
  EXPECT_EQ(checksum(Bytes{first}.subspan(wire::Ethernet::size, wire::Ipv4::size)), 0);
  const auto ip = wire::Ipv4::read(in);
  EXPECT_EQ(ip.src, Ip4{0x0a010005});
  EXPECT_EQ(ip.dst, Ip4{0xffffffff});
  EXPECT_EQ(ip.total_length, first.size() - wire::Ethernet::size);
  EXPECT_EQ(wire::Udp::read(in).dst_port, 9);
  lab_.step();
  look();
  EXPECT_NE(lab_.sent, first);
}

TEST_F(Floods, are_not_sent_by_machines_that_are_gone) {
  const Judged found = look({.from = "gone"});
  EXPECT_FALSE(found.holds);
  EXPECT_EQ(found.got, "no such machine at this time");
}

TEST_F(Floods, are_asked_once_and_not_after_every_event) {
  std::string text = a_row;
  text.insert(text.rfind('}'), R"(, "events": [{"id": "e", "at": "5s", "do": "mark"}],
    "expect": [{"id": "f", "within": "1s", "flood": {"from": "a"}}])");
  lab_.sightings = {at("b/eth0"), at("c/eth1"), at("d/eth0"), at("e/eth0")};
  const Outcome outcome = play(good(text), lab_, {});
  EXPECT_EQ(outcome.findings.front().verdict, Verdict::passed);
  EXPECT_THAT(lab_.done, ElementsAre(HasSubstr("0s send a eth0"), HasSubstr("5s send a eth0")))
      << "when it begins and at the end";
}

TEST_F(Floods, are_refused_where_nothing_is_flooded) {
  std::string text = a_row;
  text.insert(text.find("\"10.1.0.0/24\"]") + 14, R"(, "forwarding-mode": "l3")");
  text.insert(text.rfind('}'), R"(, "expect": [{"id": "f", "flood": {"from": "a"}}])");
  EXPECT_THAT(
      bad(text),
      ElementsAre(HasSubstr(R"("default-domain:default-project:red" of "a" only routes, so)")));
}

}  // namespace
}  // namespace tflab::scenario
