#include "control-core/introspect/query.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <random>

namespace tflab::introspect {
namespace {

using testing::ElementsAre;
using testing::Pair;

constexpr std::array<std::string_view, 4> fields = {"routing_table", "routing_instance", "prefix",
                                                    "longer_match"};

TEST(IntrospectQuery, a_url_is_a_name_and_the_parameters_that_have_a_value) {
  const auto request = parse_url("/Snh_ShowRouteReq?routing_table=a%3Ab.inet.0&prefix=&x=1%2F2+3");
  ASSERT_TRUE(request);
  EXPECT_EQ(request->name, "ShowRouteReq");
  EXPECT_THAT(request->query, ElementsAre(Pair("routing_table", "a:b.inet.0"), Pair("x", "1/2 3")));
  EXPECT_EQ(parse_url("Snh_BgpNeighborReq")->name, "BgpNeighborReq");
  EXPECT_TRUE(parse_url("Snh_BgpNeighborReq?")->query.empty());
  EXPECT_TRUE(parse_url("Snh_BgpNeighborReq?&&a&=")->query.empty());
}

TEST(IntrospectQuery, what_is_not_a_request_is_refused) {
  for (std::string_view url :
       {"", "/", "Snh_", "Snh_?a=b", "Snh_X?a=%", "Snh_X?a=%4", "Snh_X?a=%zz", "Snh_X?%=b",
        "/../../etc/passwd", "//Snh_X", "Snh_<script>?a=b", "/universal_parse.xsl"})
    EXPECT_FALSE(parse_url(url)) << url;
}

TEST(IntrospectQuery, names_are_matched_as_prefixes_in_declaration_order) {
  EXPECT_THAT(match_fields({{"routing_instance", "i"}, {"prefix", "p"}}, fields),
              ElementsAre("", "i", "p", ""));
  EXPECT_THAT(match_fields({{"routing", "t"}}, fields), ElementsAre("t", "", "", ""));
  EXPECT_THAT(match_fields({{"longer", "1"}}, fields), ElementsAre("", "", "", "1"));
}

TEST(IntrospectQuery, a_name_that_matches_nothing_sets_the_first_field) {
  EXPECT_THAT(match_fields({{"x", "t"}}, fields), ElementsAre("t", "", "", ""));
  EXPECT_THAT(match_fields({{"", "t"}}, fields), ElementsAre("t", "", "", ""));
  EXPECT_THAT(match_fields({{"prefix", ""}}, fields), ElementsAre("", "", "", ""));
  EXPECT_TRUE(match_fields({{"x", "t"}}, {}).empty());
}

TEST(IntrospectQuery, booleans_are_one_or_true) {
  EXPECT_TRUE(is_true("1"));
  EXPECT_TRUE(is_true("true"));
  EXPECT_FALSE(is_true("0"));
  EXPECT_FALSE(is_true("false"));
  EXPECT_FALSE(is_true(""));
}

TEST(IntrospectQuery, what_is_encoded_is_decoded_to_the_same) {
  std::mt19937 random{7};
  for (int i = 0; i < 2000; ++i) {
    std::string value(1 + random() % 20, ' ');
    for (char& c : value) c = static_cast<char>(random());
    const auto request = parse_url("Snh_X?v=" + url_encoded(value));
    ASSERT_TRUE(request);
    EXPECT_THAT(request->query, ElementsAre(Pair("v", value)));
  }
}

}  // namespace
}  // namespace tflab::introspect
