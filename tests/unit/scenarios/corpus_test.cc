// Public JSON test files through the reader: none crashes it, those that are not JSON are refused
// with a place.

#include <gmock/gmock.h>

#include <algorithm>
#include <cstdlib>

#include "tests/dsl/source_tree.h"
#include "tests/unit/scenarios/files.h"

namespace tflab::scenario {
namespace {

namespace fs = std::filesystem;

class Corpus : public Files {
protected:
  // Test material is not part of the repository; it may lie beside it.
  static fs::path folder() { return test::corpora() / "json_scenario/jsontestsuite"; }
  static std::vector<fs::path> files(std::string_view prefix) {
    std::vector<fs::path> out;
    std::error_code error;
    for (const auto& entry : fs::directory_iterator{folder(), error})
      if (entry.path().filename().string().starts_with(prefix)) out.push_back(entry.path());
    std::ranges::sort(out);
    return out;
  }
};

// Comments are ours to accept; everything else that is no JSON is refused at a line and column.
TEST_F(Corpus, what_is_not_json_is_refused_with_a_place) {
  const auto all = files("n_");
  if (all.empty())
    GTEST_SKIP() << "no JSON test suite: set TFLAB_CORPORA to the folder above json_scenario";
  for (const fs::path& file : all) {
    const auto loaded = load(file.string());
    const auto* faults = std::get_if<std::vector<Fault>>(&loaded);
    ASSERT_NE(faults, nullptr) << file;
    EXPECT_GT(faults->front().line, 0u) << file << ": " << to_text(faults->front());
    EXPECT_GT(faults->front().column, 0u) << file;
    EXPECT_FALSE(faults->front().message.empty()) << file;
  }
}

TEST_F(Corpus, what_is_json_but_no_scenario_is_refused_for_what_it_says) {
  const auto all = files("y_");
  if (all.empty())
    GTEST_SKIP() << "no JSON test suite: set TFLAB_CORPORA to the folder above json_scenario";
  for (const fs::path& file : all) {
    const auto loaded = load(file.string());
    const auto* faults = std::get_if<std::vector<Fault>>(&loaded);
    ASSERT_NE(faults, nullptr) << file;
    for (const Fault& fault : *faults)
      EXPECT_EQ(fault.message.find("syntax error"), std::string::npos)
          << file << ": " << to_text(fault);
  }
}

TEST_F(Corpus, what_json_leaves_open_does_no_harm) {
  const auto all = files("i_");
  if (all.empty())
    GTEST_SKIP() << "no JSON test suite: set TFLAB_CORPORA to the folder above json_scenario";
  for (const fs::path& file : all)
    EXPECT_TRUE(std::holds_alternative<std::vector<Fault>>(load(file.string()))) << file;
}

// The same without any corpus: a good file cut anywhere, and with any byte changed.
TEST_F(Corpus, every_truncation_of_a_scenario_is_refused) {
  const std::size_t end = small_lab.find_last_of('}');
  for (std::size_t n = 0; n <= end; n += 7)
    EXPECT_TRUE(std::holds_alternative<std::vector<Fault>>(load_text(small_lab.substr(0, n)))) << n;
}

TEST_F(Corpus, no_changed_byte_is_fatal) {
  for (std::size_t at = 0; at < small_lab.size(); at += 17)
    for (const char c : {'"', '{', '\0', '\xff', '9', '\\'}) {
      std::string text = small_lab;
      text[at] = c;
      const auto loaded = load_text(text);
      if (const auto* faults = std::get_if<std::vector<Fault>>(&loaded)) {
        EXPECT_FALSE(faults->empty());
      }
    }
}

}  // namespace
}  // namespace tflab::scenario
