#include "cli/table.h"

#include <gtest/gtest.h>

#include <sstream>

namespace tflab::cli {
namespace {

std::string printed(const Table& table, std::string_view format) {
  std::ostringstream out;
  print(out, table, format);
  return out.str();
}

const Table sample{{"name", "state"}, {{"cn1", "Established"}, {"a,\"b\"", ""}}};

TEST(Table, aligns_columns_and_leaves_no_trailing_blanks) {
  EXPECT_EQ(printed(sample, "table"), "name   state\ncn1    Established\na,\"b\"  \n");
}

TEST(Table, quotes_csv_cells_as_rfc_4180_says) {
  EXPECT_EQ(printed(sample, "csv"), "name,state\r\ncn1,Established\r\n\"a,\"\"b\"\"\",\r\n");
}

TEST(Table, prints_an_object_a_row_as_json_lines) {
  EXPECT_EQ(
      printed(sample, "jsonl"),
      "{\"name\":\"cn1\",\"state\":\"Established\"}\n{\"name\":\"a,\\\"b\\\"\",\"state\":\"\"}\n");
}

TEST(Table, prints_an_empty_json_array_without_rows) {
  EXPECT_EQ(printed({{"name"}, {}}, "json"), "[]\n");
}

TEST(Glob, matches_the_whole_text) {
  EXPECT_TRUE(glob("", ""));
  EXPECT_TRUE(glob("*", "anything"));
  EXPECT_TRUE(glob("compute-?", "compute-1"));
  EXPECT_TRUE(glob("*pod*net*", "k8s-default-pod-network"));
  EXPECT_FALSE(glob("compute-?", "compute-12"));
  EXPECT_FALSE(glob("pod", "pods"));
  EXPECT_FALSE(glob("a*b", "ab-c"));
}

}  // namespace
}  // namespace tflab::cli
