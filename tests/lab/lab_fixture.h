#pragma once
// What the lab tests share: a state folder of their own, scenarios, and a look at everything on the
// machine that a lab could leave behind.

#include <gtest/gtest.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>
#include <string>
#include <thread>

#include "netns-lab/lab/command.h"
#include "netns-lab/lab/space.h"
#include "netns-lab/netns_lab.h"
#include "scenarios/load.h"
#include "tests/dsl/source_tree.h"

namespace tflab::netns {

inline scenario::Scenario loaded(scenario::Loaded result) {
  if (auto* scenario = std::get_if<scenario::Scenario>(&result)) return std::move(*scenario);
  for (const auto& fault : std::get<std::vector<scenario::Fault>>(result))
    ADD_FAILURE() << to_text(fault);
  throw std::runtime_error{"the scenario of a test does not load"};
}

inline scenario::Scenario scenario_file(const std::string& name) {
  return loaded(scenario::load(test::in_tree("scenarios/" + name).string()));
}

// `base` with a JSON merge patch applied.
inline scenario::Scenario patched(const scenario::Scenario& base, const std::string& patch) {
  scenario::Json document = base.document;
  document.merge_patch(scenario::Json::parse(patch));
  return loaded(scenario::reload(base, document));
}

// Everything a lab consists of, as seen from outside: compared before and after.
inline std::set<std::string> on_this_machine() {
  namespace fs = std::filesystem;
  std::set<std::string> found;
  for (const std::string& space : spaces_with_mark()) found.insert("namespace " + space);
  const Printed links = run({.argv = {"ip", "-br", "link"}});
  for (std::size_t at = 0, end; (end = links.out.find('\n', at)) != links.out.npos; at = end + 1)
    found.insert("link " + links.out.substr(at, links.out.find(' ', at) - at));
  std::error_code none;
  for (const auto& entry : fs::directory_iterator{"/proc", none}) {
    // "17 (tflab-control) S ...". A zombie holds nothing any more; init reaps it when it likes.
    std::ifstream file{entry.path() / "stat"};
    std::string number, name;
    char state = 'Z';
    if (!(file >> number >> name >> state) || state == 'Z') continue;
    if (name.starts_with("(tflab-"))
      found.insert("process " + entry.path().filename().string() + " " + name);
  }
  for (const auto& entry : fs::recursive_directory_iterator{std::getenv("TFLAB_STATE_DIR"), none})
    found.insert("file " + entry.path().string());
  return found;
}

class LabTest : public testing::Test {
protected:
  // What is left once the dying are dead: a process that was killed takes a moment to go.
  template <class Clean>
  std::set<std::string> left_after(Clean clean_up) {
    std::set<std::string> left;
    for (int look = 0; look < 100; ++look) {
      clean_up();
      left = on_this_machine();
      if (left == before_) break;
      std::this_thread::sleep_for(std::chrono::milliseconds{50});
    }
    return left;
  }

  LabTest() {
    char name[] = "/tmp/tflab-lab-test-XXXXXX";
    folder_ = ::mkdtemp(name);
    ::setenv("TFLAB_STATE_DIR", folder_.c_str(), 1);
    before_ = on_this_machine();
  }
  ~LabTest() override {
    EXPECT_EQ(left_after([] { clean(true); }), before_) << "a lab left something behind";
    std::filesystem::remove_all(folder_);
    ::unsetenv("TFLAB_STATE_DIR");
  }

  std::filesystem::path folder_;
  std::set<std::string> before_;
};

}  // namespace tflab::netns
