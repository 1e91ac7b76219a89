// The cases by which another project checks its own handling of malformed attributes, when they are
// at hand: attribute_vectors.jsonl, bank rfc7606. Each on a session of its own: a good route, the
// same route with the malformed attribute, another good route.
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <iostream>
#include <nlohmann/json.hpp>

#include "tests/dsl/bgp_fate.h"
#include "tests/dsl/source_tree.h"

namespace tflab::bgp {
namespace {

using nlohmann::json;
using test::Kin;
using test::Talk;

std::vector<json> cases() {
  std::vector<json> out;
  std::ifstream in{test::corpora() / "bgp_msgs" / "attribute_vectors.jsonl"};
  for (std::string line; std::getline(in, line);) {
    json each = json::parse(line);
    if (each["bank"] == "rfc7606") out.push_back(std::move(each));
  }
  return out;
}

// The messages end in one classic route of 32 bits: the one that is at stake.
std::string route_at_stake(const std::string& message) {
  return message.substr(message.size() - 10);
}

std::string outcome(const std::string& message, Kin kin) {
  const std::string route = route_at_stake(message);
  Talk talk{kin};
  talk.update(test::good_attributes(kin), route);
  EXPECT_EQ(talk.routes(), 1u);
  talk.say(test::hex(message));
  if (!talk.up()) return "session-reset";
  const bool stands = talk.routes() != 0;
  talk.update(test::good_attributes(kin), "18 c0a801");
  EXPECT_TRUE(talk.has(Family::inet, "192.168.1.0/24")) << "the session must go on";
  return stands ? "discard" : "withdraw";
}

void check(Kin kin, const char* column, const char* field) {
  const auto all = cases();
  if (all.empty()) GTEST_SKIP() << "no bank at " << test::corpora();
  std::size_t right = 0, asked = 0;
  for (const json& each : all) {
    const auto& skip = each["skip"];
    if (std::ranges::find(skip, column) != skip.end()) continue;
    ++asked;
    const std::string expected = each["expect"][column];
    const std::string got = outcome(each[field], kin);
    EXPECT_EQ(got, expected) << each["name"] << ": " << each["spec"];
    right += got == expected;
  }
  std::cout << column << ": " << right << " of " << asked << '\n';
}

TEST(Bank, every_case_inside_our_as) {
  check(Kin::ibgp, "ibgp", "update_ibgp_composed");
}

TEST(Bank, every_case_between_two) {
  check(Kin::ebgp, "ebgp", "update_ebgp_as65001_composed");
}

}  // namespace
}  // namespace tflab::bgp
