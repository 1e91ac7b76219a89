#include "scenarios/position.h"

#include <gtest/gtest.h>

#include <random>

#include <nlohmann/json.hpp>

namespace tflab::scenario {
namespace {

Spot spot(std::string_view text, const std::string& pointer) {
  const Scan found = scan(text, Keep::spots);
  const auto at = found.spots.find(pointer);
  return at == found.spots.end() ? Spot{} : at->second;
}

TEST(Position, tells_line_and_column_of_key_and_value) {
  const std::string text = "{\n  \"a\": {\"b\": [1,\n 22]}\n}";
  EXPECT_EQ(spot(text, "").value, (Position{1, 1}));
  EXPECT_EQ(spot(text, "/a").key, (Position{2, 3}));
  EXPECT_EQ(spot(text, "/a").value, (Position{2, 8}));
  EXPECT_EQ(spot(text, "/a/b/0").value, (Position{2, 15}));
  EXPECT_EQ(spot(text, "/a/b/1").value, (Position{3, 2}));
}

TEST(Position, looks_past_comments_byte_order_mark_and_carriage_returns) {
  EXPECT_EQ(spot("\xef\xbb\xbf{\"a\": 1}", "/a").key, (Position{1, 2}));
  EXPECT_EQ(spot("// one\r\n/* two\r\n */ {\"a\" /* { */ : // \"b\": 2\r\n 1}", "/a").value,
            (Position{4, 2}));
}

TEST(Position, counts_characters_not_bytes) {
  EXPECT_EQ(spot("{\"\xc3\xa4\xc3\xb6\": 1}", "/\xc3\xa4\xc3\xb6").value, (Position{1, 8}));
}

TEST(Position, writes_keys_as_pointer_tokens) {
  EXPECT_EQ(spot(R"({"a/b~c": 1})", "/a~1b~0c").value, (Position{1, 11}));
  EXPECT_EQ(spot(R"({"\u0061": 1})", "/a").value, (Position{1, 12}));
}

TEST(Position, finds_duplicate_keys_also_when_written_differently) {
  const Scan found =
      scan("{\"a\": 1, \"b\": {\"c\": 1,\n \"c\": 2}, \"\\u0061\": 3}", Keep::duplicates_only);
  ASSERT_EQ(found.duplicates.size(), 2u);
  EXPECT_EQ(found.duplicates[0].pointer, "/b/c");
  EXPECT_EQ(found.duplicates[0].first, (Position{1, 16}));
  EXPECT_EQ(found.duplicates[0].second, (Position{2, 2}));
  EXPECT_EQ(found.duplicates[1].pointer, "/a");
}

TEST(Position, stops_at_nesting_bombs_without_recursion) {
  const std::string bomb(1'000'000, '[');
  const Scan found = scan(bomb, Keep::duplicates_only);
  ASSERT_TRUE(found.too_deep);
  EXPECT_EQ(*found.too_deep, (Position{1, Scan::depth_max + 1}));
  std::string fits(Scan::depth_max, '[');
  fits += std::string(Scan::depth_max, ']');
  EXPECT_FALSE(scan(fits, Keep::duplicates_only).too_deep);
}

TEST(Position, takes_any_bytes_and_every_truncation) {
  std::mt19937 random{1};
  const std::string alphabet = "{}[],:\"\\/*01 \nab\xc3\xff";
  for (int round = 0; round < 3000; ++round) {
    std::string text;
    for (unsigned n = random() % 40; n-- > 0;) text += alphabet[random() % alphabet.size()];
    scan(text, Keep::spots);
  }
  const std::string whole = "{\"a\": [1, {\"b\": \"c\\\"\"}] /* d */, \"e\": null} // f";
  for (std::size_t n = 0; n <= whole.size(); ++n) scan(whole.substr(0, n), Keep::spots);
}

// Every value that nlohmann sees has a spot, and no other pointer has.
void expect_same_pointers(const nlohmann::json& json, const std::string& pointer, const Scan& found,
                          std::size_t& count) {
  ++count;
  EXPECT_TRUE(found.spots.contains(pointer)) << pointer;
  if (!json.is_structured()) return;
  for (const auto& [key, value] : json.items())
    expect_same_pointers(value, pointer + '/' + pointer_token(key), found, count);
}

nlohmann::json random_json(std::mt19937& random, unsigned depth) {
  nlohmann::json out;
  switch (random() % (depth == 0 ? 3 : 5)) {
    case 0:
      return "te\"x/t";
    case 1:
      return random() % 1000;
    case 2:
      return nullptr;
    case 3:
      out = nlohmann::json::array();
      for (unsigned n = random() % 4; n-- > 0;) out.push_back(random_json(random, depth - 1));
      return out;
    default:
      out = nlohmann::json::object();
      for (unsigned n = random() % 4; n-- > 0;)
        out["k~/" + std::to_string(random() % 9)] = random_json(random, depth - 1);
      return out;
  }
}

TEST(Position, knows_exactly_the_values_that_the_parser_knows) {
  std::mt19937 random{2};
  for (int round = 0; round < 200; ++round) {
    const auto json = random_json(random, 5);
    const Scan found = scan(json.dump(static_cast<int>(random() % 3) - 1), Keep::spots);
    std::size_t count = 0;
    expect_same_pointers(json, "", found, count);
    EXPECT_EQ(found.spots.size(), count);
    EXPECT_TRUE(found.duplicates.empty());
  }
}

}  // namespace
}  // namespace tflab::scenario
