#include "scenarios/generate.h"

#include <gmock/gmock.h>

#include "scenarios/distribution.h"
#include "tests/unit/scenarios/files.h"

namespace tflab::scenario {
namespace {

using testing::HasSubstr;

const std::string fabric = R"({
  "tflab": 1, "name": "many", "vars": {"vrouters": 20}, "run": {"seed": 7},
  "generate": {
    "controls": {"kind": "bgp-router", "count": 2, "name": "control-{i:02}", "address-pool": "172.31.16.0/24",
                 "template": {"router-type": "control-node", "hold-time": 30}},
    "computes": {"kind": "virtual-router", "count": "${vrouters}", "name": "compute-{i:04}", "address-pool": "172.31.0.0/20"},
    "tenants": {"kind": "virtual-network", "count": 5, "name": "vn-{i}", "subnet-pool": "10.0.0.0/8", "subnet-length": 20},
    "ports": {"kind": "virtual-machine", "per": "virtual-router:compute-*", "count": {"distribution": "poisson", "mean": 3},
              "name": "vm-{per}-{i:02}", "pick": {"virtual-network": {"distribution": "zipf", "s": 1.1, "over": "virtual-network:vn-*"}}}
  }
})";

class Generate : public Files {};

TEST_F(Generate, fills_collections_as_if_the_file_had_listed_them) {
  const Scenario made = good(fabric);
  ASSERT_EQ(made.bgp_routers.size(), 2u);
  EXPECT_EQ(made.bgp_routers.front().first, "control-01");
  EXPECT_EQ(made.bgp_routers.front().second.hold_s, 30u);
  EXPECT_EQ(made.bgp_routers.back().second.address, Ip4{0xac1f1002});
  ASSERT_EQ(made.virtual_routers.size(), 20u);
  EXPECT_EQ(made.virtual_routers.back().first, "compute-0020");
  EXPECT_EQ(made.networks.back().name, "default-domain:default-project:vn-5");
  EXPECT_EQ(made.networks.back().subnets.front(), (IpPrefix{Ip4{0x0a004000}, 20}));
  EXPECT_GT(made.machines.size(), 30u);
  EXPECT_LT(made.machines.size(), 90u);
  EXPECT_EQ(made.machines.front().first, "vm-compute-0001-01");
  EXPECT_EQ(made.machines.front().second.virtual_router, "compute-0001");
}

TEST_F(Generate, leaves_a_document_that_reads_as_itself) {
  const Scenario made = good(fabric);
  EXPECT_FALSE(made.document.contains("generate"));
  EXPECT_EQ(good(made.document.dump()).document, made.document);
}

TEST_F(Generate, draws_the_same_numbers_whatever_else_is_generated) {
  Json before = Json::parse(fabric), after = before;
  after["generate"]["edges"] = Json::parse(
      R"({"kind": "virtual-router", "count": {"distribution": "uniform", "min": 1, "max": 9}, "name": "edge-{i}", "address-pool": "172.32.0.0/24"})");
  const Scenario one = good(before.dump()), two = good(after.dump());
  EXPECT_EQ(one.document["virtual-machines"], two.document["virtual-machines"]);
  EXPECT_GT(two.virtual_routers.size(), one.virtual_routers.size());
}

TEST_F(Generate, another_seed_draws_other_numbers) {
  const Scenario one = good(fabric), two = good(fabric, {.sets = {{"/run/seed", "8"}}});
  EXPECT_NE(one.document["virtual-machines"], two.document["virtual-machines"]);
}

TEST_F(Generate, a_set_of_a_variable_changes_the_size) {
  EXPECT_EQ(good(fabric, {.sets = {{"/vars/vrouters", "3"}}}).virtual_routers.size(), 3u);
}

TEST_F(Generate, says_at_the_generator_what_is_wrong_with_it) {
  const auto with = [&](const std::string& what, const std::string& instead) {
    return bad(replaced(fabric, what, instead)).front();
  };
  EXPECT_THAT(with("\"kind\": \"virtual-router\"", "\"kind\": \"virtual-routers\""),
              HasSubstr("did you mean \"virtual-router\"?"));
  EXPECT_THAT(with("vm-{per}-{i:02}", "vm-{i:02}"),
              HasSubstr("there is a virtual-machine \"vm-01\" already; tell them apart"));
  EXPECT_THAT(with("compute-{i:04}", "compute-{j}"), HasSubstr("\"{j}\" is not {i}, {i:04}"));
  EXPECT_THAT(with("172.31.0.0/20", "172.31.0.0/28"), HasSubstr("the pool is too small"));
  EXPECT_THAT(with("10.0.0.0/8", "10.0.0.0/19"), HasSubstr("the pool is too small"));
  EXPECT_THAT(with("virtual-network:vn-*", "virtual-network:nv-*"),
              HasSubstr("matches no virtual-network"));
  EXPECT_THAT(with("\"s\": 1.1, ", ""), HasSubstr("key \"s\" is missing"));
  EXPECT_THAT(with("\"mean\": 3", "\"mean\": 3, \"value\": 1"),
              HasSubstr("means nothing to this distribution"));
  EXPECT_THAT(with("\"poisson\"", "\"pareto\""), HasSubstr("not supported by this version"));
  EXPECT_THAT(with("\"per\": \"virtual-router:compute-*\", ", ""), HasSubstr("{per} needs"));
}

TEST_F(Generate, tells_faults_of_what_was_made_at_its_template) {
  EXPECT_THAT(bad(replaced(fabric, "\"hold-time\": 30", "\"hold-tim\": 30")).front(),
              HasSubstr("lab.tflab.json:5:62: unknown key \"hold-tim\""));
}

TEST(Distributions, have_the_means_they_are_named_for) {
  const auto mean_of = [](Distribution d) {
    Draw draw{d, Random{1, "here"}};
    double sum = 0;
    for (int i = 0; i < 20'000; ++i) sum += static_cast<double>(draw.count());
    return sum / 20'000;
  };
  EXPECT_EQ(mean_of({.value = 4}), 4);
  EXPECT_NEAR(mean_of({.kind = Distribution::uniform, .min = 2, .max = 6}), 4, 0.05);
  EXPECT_NEAR(mean_of({.kind = Distribution::poisson, .mean = 10}), 10, 0.1);
}

TEST(Distributions, zipf_chooses_the_first_as_often_as_its_weight_says) {
  Draw draw{{.kind = Distribution::zipf, .s = 1}, Random{1, "here"}, 4};
  std::vector<double> chosen(4);
  for (int i = 0; i < 25'000; ++i) chosen[draw.choice()] += 1;
  EXPECT_NEAR(chosen[0] / 25'000, 12.0 / 25, 0.01);  // 1 : 1/2 : 1/3 : 1/4
  EXPECT_NEAR(chosen[3] / 25'000, 3.0 / 25, 0.01);
}

TEST(Distributions, round_robin_chooses_one_after_the_other) {
  Draw draw{{.kind = Distribution::round_robin}, Random{1, "here"}, 3};
  for (const std::size_t expected : {0, 1, 2, 0, 1, 2, 0}) EXPECT_EQ(draw.choice(), expected);
}

TEST_F(Generate, round_robin_takes_no_weight) {
  EXPECT_THAT(bad(replaced(fabric, R"("distribution": "zipf", "s": 1.1)",
                           R"("distribution": "round-robin", "s": 1.1)"))
                  .front(),
              HasSubstr("means nothing to this distribution"));
}

TEST_F(Generate, round_robin_does_not_count) {
  EXPECT_THAT(bad(replaced(fabric, R"({"distribution": "poisson", "mean": 3})",
                           R"({"distribution": "round-robin"})"))
                  .front(),
              HasSubstr("round-robin chooses among others"));
}

}  // namespace
}  // namespace tflab::scenario
