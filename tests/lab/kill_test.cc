// kill -9 at any moment, and what is left after clean().
#include <gmock/gmock.h>
#include <sys/wait.h>

#include <random>
#include <thread>

#include "netns-lab/lab/process.h"
#include "netns-lab/lab/state.h"
#include "tests/lab/lab_fixture.h"

namespace tflab::netns {
namespace {

using testing::Contains;
using testing::IsEmpty;

class KilledDeployer : public LabTest {
protected:
  // Works in a process of its own, which is killed after a while.
  template <class Work>
  static void killed_after(std::chrono::microseconds delay, Work work) {
    const pid_t child = ::fork();
    if (child == 0) {
      try {
        work();
      } catch (...) {
      }
      ::_exit(0);
    }
    std::this_thread::sleep_for(delay);
    ::kill(child, SIGKILL);
    ::waitpid(child, nullptr, 0);
  }
};

// The moments are spread over the whole of a deployment, which is measured first.
TEST_F(KilledDeployer, leaves_nothing_that_clean_does_not_find) {
  const auto scenario = scenario_file("two-node-k8s.tflab.json");
  const auto begin = std::chrono::steady_clock::now();
  deploy(scenario, "k1");
  const auto whole = std::chrono::duration_cast<std::chrono::microseconds>(
      std::chrono::steady_clock::now() - begin);
  destroy("k1");

  std::mt19937 random{std::random_device{}()};
  constexpr int rounds = 20;
  for (int round = 0; round < rounds; ++round) {
    const auto moment =
        whole * round / rounds + std::chrono::microseconds{static_cast<long>(random() % 20'000)};
    SCOPED_TRACE("killed after " + std::to_string(moment.count()) + " us");
    killed_after(moment, [&] { deploy(scenario, "k1", Life::with_caller); });
    ASSERT_EQ(left_after([] { clean(false); }), before_);
  }
}

TEST_F(KilledDeployer, of_a_run_that_stood_takes_its_lab_with_it_at_the_next_clean) {
  const auto scenario = scenario_file("smoke/two-computes.tflab.json");
  int ends[2];
  ASSERT_EQ(::pipe(ends), 0);
  const pid_t child = ::fork();
  if (child == 0) {
    deploy(scenario, "k1", Life::with_caller);
    [[maybe_unused]] const auto told = ::write(ends[1], "d", 1);
    ::pause();
  }
  char byte = 0;
  ASSERT_EQ(::read(ends[0], &byte, 1), 1);
  EXPECT_THAT(clean(false), IsEmpty());  // its owner lives
  ::kill(child, SIGKILL);
  ::waitpid(child, nullptr, 0);
  EXPECT_THAT(clean(false), Contains("lab k1"));
  EXPECT_EQ(on_this_machine(), before_);
  ::close(ends[0]);
  ::close(ends[1]);
}

TEST_F(KilledDeployer, in_a_destroy_leaves_nothing_that_the_next_one_does_not_find) {
  const auto scenario = scenario_file("smoke/two-computes.tflab.json");
  for (int round = 0; round < 6; ++round) {
    deploy(scenario, "k1");
    killed_after(std::chrono::milliseconds{round * 15}, [] { destroy("k1"); });
    destroy("k1");
    ASSERT_EQ(on_this_machine(), before_) << round;
  }
}

TEST_F(KilledDeployer, in_an_update_leaves_a_lab_that_the_next_deploy_replaces) {
  const auto scenario = scenario_file("smoke/two-computes.tflab.json");
  const auto more = patched(scenario, R"({"virtual-machines": {"vm3": {
      "virtual-router": "compute2",
      "interfaces": {"eth0": {"virtual-network": "red", "instance-ip": "10.1.0.5"}}}}})");
  for (int round = 0; round < 5; ++round) {
    deploy(scenario, "k1");
    killed_after(std::chrono::milliseconds{5 + round * 20}, [&] { deploy(more, "k1"); });
    deploy(more, "k1");
    const auto all = labs();
    ASSERT_EQ(all.size(), 1u);
    EXPECT_TRUE(all.front().alive);
    EXPECT_TRUE(space_exists("tflab-k1-vm3"));
  }
}

TEST_F(KilledDeployer, leaves_standing_labs_to_those_who_deployed_them) {
  deploy(scenario_file("smoke/two-computes.tflab.json"), "k1");
  EXPECT_THAT(clean(false), IsEmpty());
  EXPECT_EQ(labs().size(), 1u);
  EXPECT_THAT(clean(true), Contains("lab k1"));
  EXPECT_EQ(on_this_machine(), before_);
}

TEST_F(KilledDeployer, whose_state_was_lost_is_still_found_by_the_mark) {
  deploy(scenario_file("smoke/two-computes.tflab.json"), "k1");
  forget("k1");
  EXPECT_THAT(clean(false), Contains("network namespace tflab-k1-cn1"));
  EXPECT_EQ(on_this_machine(), before_);
}

TEST_F(KilledDeployer, of_another_state_folder_is_none_of_our_business) {
  deploy(scenario_file("smoke/two-computes.tflab.json"), "k1");
  ::setenv("TFLAB_STATE_DIR", (folder_ / "other").c_str(), 1);
  EXPECT_THAT(clean(true), IsEmpty());
  ::setenv("TFLAB_STATE_DIR", folder_.c_str(), 1);
  std::filesystem::remove_all(folder_ / "other");
  EXPECT_TRUE(labs().front().alive);
  destroy("k1");
}

}  // namespace
}  // namespace tflab::netns
