#include "scenarios/forwarding.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "control-core/base/text.h"
#include "tests/unit/scenarios/fake_lab.h"

namespace tflab::scenario {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

// compute1 -- MPLSoUDP -- compute2, a machine on each, one network (vrf 1).
FakeFib compute(int number) {
  const std::string own = "192.0.2.1" + std::to_string(number);
  const std::string other = "192.0.2.1" + std::to_string(3 - number);
  FakeFib fib;
  fib.vifs = {vif_row(0, "PHYSICAL", "fabric", "02:00:00:00:00:1" + std::to_string(number)),
              vif_row(1, "HOST", "vhost0", "02:00:00:00:00:1" + std::to_string(number), own),
              vif_row(3, "VIRTUAL", "vm" + std::to_string(number) + "/eth0")};
  fib.nexthops = {
      nexthop_tree({.id = 5, .type = "ENCAP", .out = 3, .dst = "02:00:00:00:01:00", .vrf = 1}),
      nexthop_tree({.id = 6,
                    .type = "TUNNEL",
                    .flags = "VALID | TUNNEL_MPLS_UDP",
                    .sip = own,
                    .dip = other}),
      nexthop_tree({.id = 7, .type = "RECEIVE", .out = 1}),
      nexthop_tree({.id = 8, .type = "VRF_TRANSLATE", .vrf = 1})};
  fib.routes = {fib_row(0, own, 32, 7), fib_row(1, "10.1.0." + std::to_string(number), 32, 5),
                fib_row(1, "10.1.0." + std::to_string(3 - number), 32, 6, 20)};
  fib.labels = {label_row(20, 5)};
  fib.vrfs = {vrf_row(0, "fabric"), vrf_row(1, "red")};
  return fib;
}

std::vector<Fib> fibs_of(std::map<std::string, FakeFib> fibs) {
  FakeLab lab;
  forward_by(lab, std::move(fibs));
  return read_fibs(lab);
}

TEST(Forwarding, reads_tables_with_nexthops_in_words) {
  const auto fibs = fibs_of({{"compute1", compute(1)}});
  ASSERT_EQ(fibs.size(), 1u);
  EXPECT_EQ(to_text(fibs[0].address), "192.0.2.11");
  EXPECT_EQ(describe(fibs[0], 5), "interface vm1/eth0 02:00:00:00:01:00");
  EXPECT_EQ(describe(fibs[0], 6), "tunnel MPLSoUDP 192.0.2.11 > 192.0.2.12");
  EXPECT_EQ(describe(fibs[0], 7), "receive vhost0");
  EXPECT_EQ(describe(fibs[0], 8), "vrf red");
  EXPECT_EQ(describe(fibs[0], 0), "discard");
  EXPECT_EQ(fibs[0].lookup(1, *parse_ip("10.1.0.2"))->label, 20u);
  EXPECT_EQ(fibs[0].lookup(1, *parse_ip("10.9.0.2")), nullptr);
}

TEST(Forwarding, looks_up_the_longest_match) {
  FakeFib fib = compute(1);
  fib.routes.push_back(fib_row(1, "0.0.0.0", 0, 7));
  fib.routes.push_back(fib_row(1, "10.0.0.0", 8, 8));
  const auto fibs = fibs_of({{"compute1", fib}});
  const auto nexthop = [&](const char* to) { return fibs[0].lookup(1, *parse_ip(to))->nexthop; };
  EXPECT_EQ(nexthop("10.1.0.1"), 5u);
  EXPECT_EQ(nexthop("10.1.0.77"), 8u);
  EXPECT_EQ(nexthop("11.1.0.77"), 7u);
}

TEST(Loops, are_not_seen_where_packets_arrive) {
  EXPECT_THAT(forwarding_loops(fibs_of({{"compute1", compute(1)}, {"compute2", compute(2)}})),
              IsEmpty());
}

TEST(Loops, are_found_between_vrfs) {
  FakeFib fib = compute(1);
  fib.nexthops.push_back(nexthop_tree({.id = 9, .type = "VRF_TRANSLATE", .vrf = 0}));
  fib.routes.push_back(fib_row(1, "172.16.0.0", 16, 9));
  fib.routes.push_back(fib_row(0, "172.16.0.0", 16, 8));
  const auto loops = forwarding_loops(fibs_of({{"compute1", fib}}));
  ASSERT_EQ(loops.size(), 2u);
  EXPECT_EQ(loops[1],
            "a packet to 172.16.0.0 goes round: compute1 red -> compute1 fabric -> compute1 red");
}

TEST(Loops, are_found_between_vrouters) {
  FakeFib one = compute(1), two = compute(2);
  // Each hands the prefix to the other's VRF by a label that looks it up again.
  for (FakeFib* fib : {&one, &two}) {
    fib->labels.push_back(label_row(30, 8));
    fib->routes.push_back(fib_row(1, "172.16.0.0", 16, 6, 30));
  }
  const auto loops = forwarding_loops(fibs_of({{"compute1", one}, {"compute2", two}}));
  ASSERT_EQ(loops.size(), 2u);
  EXPECT_EQ(loops[0],
            "a packet to 172.16.0.0 goes round: compute1 red -> compute2 label 30 -> "
            "compute2 red -> compute1 label 30 -> compute1 red");
}

TEST(Loops, are_found_where_labels_chase_each_other) {
  FakeFib one = compute(1), two = compute(2);
  for (FakeFib* fib : {&one, &two}) fib->labels = {label_row(20, 6)};
  // The tunnel carries no label of its own here, so the packet ends; nothing to report.
  EXPECT_THAT(forwarding_loops(fibs_of({{"compute1", one}, {"compute2", two}})), IsEmpty());
}

TEST(Loops, are_found_on_the_native_underlay) {
  FakeFib one = compute(1), two = compute(2);
  one.nexthops.push_back(
      nexthop_tree({.id = 9, .type = "ENCAP", .out = 0, .dst = "02:00:00:00:00:12"}));
  two.nexthops.push_back(
      nexthop_tree({.id = 9, .type = "ENCAP", .out = 0, .dst = "02:00:00:00:00:11"}));
  for (FakeFib* fib : {&one, &two}) fib->routes.push_back(fib_row(0, "172.16.0.0", 16, 9));
  EXPECT_EQ(forwarding_loops(fibs_of({{"compute1", one}, {"compute2", two}})).size(), 2u);
  // Towards somebody who is no vrouter the packet is gone.
  two.nexthops.back() =
      nexthop_tree({.id = 9, .type = "ENCAP", .out = 0, .dst = "02:00:00:00:00:99"});
  EXPECT_THAT(forwarding_loops(fibs_of({{"compute1", one}, {"compute2", two}})), IsEmpty());
}

TEST(Labels, name_one_existing_nexthop_above_the_reserved_numbers) {
  FakeFib fib = compute(1);
  EXPECT_THAT(label_faults(fibs_of({{"compute1", fib}})), IsEmpty());
  fib.labels.push_back(label_row(20, 7));
  fib.labels.push_back(label_row(3, 5));
  fib.labels.push_back(label_row(40, 77));
  EXPECT_THAT(
      label_faults(fibs_of({{"compute1", fib}})),
      ElementsAre("compute1: label 20 names interface vm1/eth0 02:00:00:00:01:00 and "
                  "receive vhost0",
                  "compute1: label 3 is a reserved number", "compute1: label 40 leads nowhere"));
}

Tree agent_route(const std::string& prefix, int length, std::uint32_t nexthop) {
  return struct_of(
      "RouteUcSandeshData",
      {introspect::string_of("src_ip", 1, prefix), i32_of("src_plen", 2, length),
       list_of_structs(
           "path_list", 4,
           {struct_of(
               "PathSandeshData",
               {introspect::struct_field(
                   "nh", 1, struct_of("NhSandeshData", {u32_of("nh_index", 21, nexthop)}))})})});
}

TEST(FibAgainstRib, agrees_or_says_where_not) {
  FakeLab lab;
  forward_by(lab, {{"compute1", compute(1)}});
  std::vector<Tree> fabric = {agent_route("192.0.2.11", 32, 7)};
  std::vector<Tree> red = {agent_route("10.1.0.1", 32, 5), agent_route("10.1.0.2", 32, 6)};
  lab.pages["Inet4UcRouteReq"] = [&](const NodeRef&, const introspect::Query& query) {
    return std::optional{list_page(query[0].second == "0" ? fabric : red)};
  };
  EXPECT_THAT(fib_against_rib(lab), IsEmpty());
  red = {agent_route("10.1.0.1", 32, 6), agent_route("10.1.0.9", 32, 6)};
  EXPECT_THAT(fib_against_rib(lab),
              ElementsAre(HasSubstr("compute1 red 10.1.0.1/32 forwards to interface vm1/eth0"),
                          "compute1 red 10.1.0.9/32 is not in the forwarding table",
                          HasSubstr("10.1.0.2/32 is forwarded by, but the agent has no such")));
}

}  // namespace
}  // namespace tflab::scenario
