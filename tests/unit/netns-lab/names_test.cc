#include "netns-lab/host/names.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

namespace tflab::netns {
namespace {

TEST(LinkNames, fit_an_interface_and_never_change) {
  EXPECT_EQ(tap_name("coredns/eth0"), tap_name("coredns/eth0"));
  EXPECT_EQ(tap_name("coredns/eth0").size(), 12u);
  EXPECT_TRUE(device_name(tap_name(std::string(300, 'x'))));
  EXPECT_EQ(hex(fingerprint("")), "cbf29ce484222325");   // the offset basis of FNV-1a
  EXPECT_EQ(hex(fingerprint("a")), "af63dc4c8601ec8c");  // its published test vector
}

TEST(LinkNames, of_ten_thousand_ports_are_all_different_but_for_chance) {
  std::set<std::string> names;
  for (int i = 0; i < 10'000; ++i) names.insert(tap_name("vm" + std::to_string(i) + "/eth0"));
  EXPECT_GE(names.size(), 9'999u);  // 2^32 names: one clash has odds of one in a hundred
}

TEST(PlainNames, are_safe_in_paths_and_in_the_input_of_ip) {
  for (const char* good : {"a", "web1.example.org", "ip-172-31-14-47", "A_b"})
    EXPECT_TRUE(plain_name(good)) << good;
  for (const char* bad :
       {"", "-a", ".", "..", "a b", "a/b", "a;b", "a\nb", "$(x)", "a'b", "\xc3\xa9"})
    EXPECT_FALSE(plain_name(bad)) << bad;
  EXPECT_FALSE(plain_name(std::string(64, 'a')));
  EXPECT_FALSE(device_name("sixteen-letters-"));
}

TEST(ShortNames, end_at_the_first_dot) {
  EXPECT_EQ(short_name("compute1.example.org"), "compute1");
  EXPECT_EQ(short_name("compute1"), "compute1");
}

}  // namespace
}  // namespace tflab::netns
