// Units, suggestions, names, selectors and comparisons: the small words of the format.

#include <gtest/gtest.h>

#include "control-core/base/text.h"
#include "scenarios/mac.h"
#include "scenarios/model.h"
#include "scenarios/names.h"
#include "scenarios/node.h"
#include "scenarios/suggest.h"
#include "scenarios/units.h"

namespace tflab::scenario {
namespace {

TEST(Units, read_times_exactly) {
  EXPECT_EQ(parse_duration("250us"), micros(250));
  EXPECT_EQ(parse_duration("1.5s"), millis(1500));
  EXPECT_EQ(parse_duration("0.1ms"), micros(100));
  EXPECT_EQ(parse_duration("2m"), seconds(120));
  EXPECT_EQ(parse_duration("1h"), seconds(3600));
  EXPECT_EQ(parse_duration("0s"), Duration{});
}

TEST(Units, refuse_what_is_not_a_time) {
  for (const char* text : {"", "5", "s", "5 s", " 5s", "5s ", "-5s", "+5s", "1.s", ".5s", "1e3s",
                           "5sec", "99999999999999999999s", "9999999999h", "5S"})
    EXPECT_FALSE(parse_duration(text)) << text;
}

TEST(Units, read_rates_in_powers_of_ten) {
  EXPECT_EQ(parse_rate("10Gbps"), 10'000'000'000u);
  EXPECT_EQ(parse_rate("2.5Gbps"), 2'500'000'000u);
  EXPECT_EQ(parse_rate("64Kbps"), 64'000u);
  EXPECT_FALSE(parse_rate("10G"));
  EXPECT_FALSE(parse_rate("10gbps"));
}

TEST(Units, print_times_shortly_and_so_that_they_read_back) {
  EXPECT_EQ(to_text(seconds(30)), "30s");
  EXPECT_EQ(to_text(millis(1500)), "1.5s");
  EXPECT_EQ(to_text(micros(250)), "250us");
  EXPECT_EQ(to_text(Duration{}), "0s");
  for (const std::int64_t ns : {1ll, 999ll, 1'000ll, 1'001ll, 12'345'678ll, 61'000'000'001ll})
    EXPECT_EQ(parse_duration(to_text(Duration{ns})), Duration{ns});
}

TEST(Suggest, counts_a_swap_as_one_error) {
  EXPECT_EQ(edit_distance("seed", "seeed"), 1u);
  EXPECT_EQ(edit_distance("seed", "sede"), 1u);
  EXPECT_EQ(edit_distance("", "abc"), 3u);
  EXPECT_EQ(edit_distance("kitten", "sitting"), 3u);
}

TEST(Suggest, offers_near_words_only) {
  const std::vector<std::string> known = {"seed", "until", "stop-when"};
  EXPECT_EQ(did_you_mean("seeed", known), "; did you mean \"seed\"?");
  EXPECT_EQ(did_you_mean("stopwhen", known), "; did you mean \"stop-when\"?");
  EXPECT_EQ(did_you_mean("fidelity", known), "");
}

TEST(Suggest, shows_control_characters_instead_of_sending_them) {
  EXPECT_EQ(in_quotes("a\n\x1b[31m"), "\"a\\x0a\\x1b[31m\"");
  EXPECT_LT(in_quotes(std::string(100'000, 'x')).size(), 200u);
}

TEST(Names, short_names_stand_for_the_default_project) {
  EXPECT_EQ(full_name("red"), "default-domain:default-project:red");
  EXPECT_EQ(full_name("a:b:red"), "a:b:red");
  EXPECT_TRUE(good_full_name("red"));
  EXPECT_TRUE(good_full_name("a:b:red"));
  for (const char* name :
       {"", "a:b", "a:b:c:d", "a::c", "a:b:", "a b", "a;b", "../x", "-x", "x\ny"})
    EXPECT_FALSE(good_full_name(name)) << name;
}

TEST(Names, hold_nothing_a_shell_or_a_path_could_misread) {
  EXPECT_TRUE(good_name("ip-172-31-41-236.ap-northeast-1.compute.internal", 128));
  EXPECT_TRUE(good_name("__link_local__", 128));
  for (const char* name : {"", ".", "..", "a..b", "-rf", "a/b", "a b", "$(x)", "`x`", "a|b", "\"",
                           "a\n", "\xf0\x9f\x98\x80", "caf\xc3\xa9"})
    EXPECT_FALSE(good_name(name, 128)) << name;
  EXPECT_FALSE(good_name("sixteen-letters-", 15));
}

TEST(Globs, match_whole_names) {
  EXPECT_TRUE(glob_matches("compute-0*", "compute-017"));
  EXPECT_TRUE(glob_matches("*k8s*pod*", "a:k8s-default:k8s-default-pod-network"));
  EXPECT_TRUE(glob_matches("control-0[1-3]", "control-02"));
  EXPECT_TRUE(glob_matches("c?", "c1"));
  EXPECT_TRUE(glob_matches("*", ""));
  EXPECT_TRUE(glob_matches("a*b*c", "a-b-b-c"));
  EXPECT_FALSE(glob_matches("control-0[1-3]", "control-04"));
  EXPECT_FALSE(glob_matches("compute", "compute-1"));
  EXPECT_FALSE(glob_matches("c?", "c"));
  EXPECT_FALSE(glob_matches("", "a"));
  EXPECT_TRUE(glob_matches("[", "["));
}

TEST(Globs, do_not_explode) {
  std::string glob, name(5'000, 'a');
  for (int i = 0; i < 30; ++i) glob += "a*";
  EXPECT_FALSE(glob_matches(glob + "b", name));
}

TEST(Selectors, know_kinds_and_short_network_names) {
  Names names;
  names.add(Kind::virtual_network, full_name("red"));
  names.add(Kind::virtual_router, "red");
  EXPECT_EQ(Selector::parse("virtual-network:red").matches(names),
            (std::vector<Match>{{Kind::virtual_network, full_name("red")}}));
  EXPECT_EQ(Selector::parse("red").matches(names).size(), 2u);
  EXPECT_EQ(Selector::parse("virtual-network:*ed").matches(names).size(), 1u);
  EXPECT_FALSE(Selector::parse("a:b:c").kind);
}

TEST(Comparisons, hold_when_every_bound_does) {
  Cmp cmp;
  EXPECT_TRUE(cmp.holds(5));
  cmp.ge = 2;
  cmp.le = 4;
  EXPECT_TRUE(cmp.holds(2));
  EXPECT_TRUE(cmp.holds(4));
  EXPECT_FALSE(cmp.holds(1.9));
  EXPECT_FALSE(cmp.holds(4.1));
  EXPECT_EQ(to_text(cmp), "2..4");
  Cmp label;
  label.ge = 16;
  EXPECT_EQ(to_text(label), ">= 16");
  Cmp exactly;
  exactly.eq = 3;
  EXPECT_EQ(to_text(exactly), "= 3");
}

TEST(Macs, come_from_names_and_are_nobodys) {
  EXPECT_EQ(derived_mac("vm1/eth0"), derived_mac("vm1/eth0"));
  EXPECT_NE(derived_mac("vm1/eth0"), derived_mac("vm1/eth1"));
  EXPECT_EQ(derived_mac("vm1/eth0").octets[0], 0x02);
  std::set<Mac> all;
  for (int i = 0; i < 20'000; ++i) all.insert(derived_mac("vm" + std::to_string(i) + "/eth0"));
  EXPECT_EQ(all.size(), 20'000u);
}

}  // namespace
}  // namespace tflab::scenario
