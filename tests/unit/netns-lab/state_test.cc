#include "netns-lab/lab/state.h"

#include <gtest/gtest.h>
#include <sys/wait.h>

#include <cstdlib>
#include <fstream>
#include <thread>

namespace tflab::netns {
namespace {

namespace fs = std::filesystem;

class StateFolder : public testing::Test {
protected:
  StateFolder() {
    char name[] = "/tmp/tflab-state-test-XXXXXX";
    root_ = ::mkdtemp(name);
    ::setenv("TFLAB_STATE_DIR", root_.c_str(), 1);
  }
  ~StateFolder() override {
    ::unsetenv("TFLAB_STATE_DIR");
    fs::remove_all(root_);
  }

  static State sample() {
    State state;
    state.lab = "red";
    state.scenario_file = "a.tflab.json";
    state.owner = ProcessId{42, 4242};
    state.programs["bgp-router:c1"] = {7, 77};
    state.stopped = {"virtual-router:v1"};
    state.plan = {{.node = "underlay",
                   .name = "tflab-red-underlay",
                   .setup = {"link set lo up"},
                   .routes = {"10.0.0.0/8 via 192.0.2.1"}},
                  {.node = "virtual-router:v1",
                   .name = "tflab-red-v1",
                   .wires = {{.device = "eth0",
                              .mac = "02:00:00:00:00:01",
                              .far_space = "tflab-red-underlay",
                              .far_device = "port-1",
                              .bridged = true,
                              .bare = true,
                              .mtu = 9001}},
                   .program = {"tflab-vrouter"},
                   .http = 8085,
                   .ipv6 = true}};
    return state;
  }

  fs::path root_;
};

TEST_F(StateFolder, gives_back_what_was_written) {
  const State written = sample();
  save(written);
  const auto read = load_state("red");
  ASSERT_TRUE(read);
  EXPECT_EQ(read->lab, written.lab);
  EXPECT_EQ(read->scenario_file, written.scenario_file);
  EXPECT_EQ(read->owner, written.owner);
  EXPECT_EQ(read->changing, std::nullopt);
  EXPECT_EQ(read->programs, written.programs);
  EXPECT_EQ(read->stopped, written.stopped);
  EXPECT_EQ(read->plan, written.plan);
  EXPECT_EQ(known_labs(), std::vector<std::string>{"red"});
}

TEST_F(StateFolder, has_no_state_for_a_lab_that_was_never_written) {
  EXPECT_FALSE(load_state("blue"));
  fs::create_directories(folder_of("blue"));  // killed before the first line was written
  EXPECT_FALSE(load_state("blue"));
}

TEST_F(StateFolder, names_the_file_that_cannot_be_read) {
  fs::create_directories(folder_of("red"));
  for (const char* content : {"", "{", "[]", "{\"lab\": 3}"}) {
    std::ofstream{folder_of("red") / "lab.json"} << content;
    EXPECT_THROW(load_state("red"), std::runtime_error) << content;
  }
}

TEST_F(StateFolder, is_gone_when_it_is_forgotten) {
  save(sample());
  forget("red");
  EXPECT_TRUE(known_labs().empty());
  EXPECT_FALSE(fs::exists(folder_of("red")));
}

TEST_F(StateFolder, takes_an_owner_that_died_for_dead_even_when_its_number_lives_on) {
  State state = sample();
  state.owner = self();
  EXPECT_FALSE(state.orphaned());
  state.owner->start += 1;
  EXPECT_TRUE(state.orphaned());
  state.owner.reset();
  EXPECT_FALSE(state.orphaned());
  state.changing = ProcessId{::getpid(), 1};
  EXPECT_TRUE(state.orphaned());
}

TEST_F(StateFolder, has_a_lock_that_one_command_holds) {
  auto mine = Lock::attempt("red");
  ASSERT_TRUE(mine);
  EXPECT_FALSE(Lock::attempt("red"));
  EXPECT_TRUE(Lock::attempt("blue"));  // another lab is another lock
  mine.reset();
  EXPECT_TRUE(fs::is_empty(root_));  // a lock leaves nothing behind
  EXPECT_TRUE(Lock::attempt("red"));
}

TEST_F(StateFolder, lets_go_of_a_lock_whose_holder_was_killed) {
  int ends[2];
  ASSERT_EQ(::pipe(ends), 0);
  const pid_t child = ::fork();
  if (child == 0) {
    const auto held = Lock::attempt("red");
    [[maybe_unused]] const auto told = ::write(ends[1], held ? "y" : "n", 1);
    ::pause();
  }
  char byte = 0;
  ASSERT_EQ(::read(ends[0], &byte, 1), 1);
  EXPECT_EQ(byte, 'y');
  EXPECT_FALSE(Lock::attempt("red"));
  ::kill(child, SIGKILL);
  ::waitpid(child, nullptr, 0);
  EXPECT_TRUE(Lock::attempt("red"));
  ::close(ends[0]);
  ::close(ends[1]);
}

TEST_F(StateFolder, hands_a_lock_from_one_to_the_next_and_never_to_two) {
  std::atomic<int> inside{0}, most{0}, turns{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t)
    threads.emplace_back([&] {
      for (int i = 0; i < 25; ++i) {
        const Lock lock = Lock::wait("red");
        most = std::max(most.load(), ++inside);
        std::this_thread::yield();
        --inside;
        ++turns;
      }
    });
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(turns, 100);
  EXPECT_EQ(most, 1);
}

TEST_F(StateFolder, knows_labs_of_which_a_killed_command_left_only_the_lock) {
  std::ofstream{root_ / "blue.lock"};
  std::ofstream{root_ / "something else"};
  save(sample());
  std::ofstream{root_ / "red.lock"};
  EXPECT_EQ(known_labs(), (std::vector<std::string>{"blue", "red"}));
}

TEST_F(StateFolder, marks_its_namespaces_with_where_it_is) {
  const std::string here = ownership_mark("red");
  ::setenv("TFLAB_STATE_DIR", "/somewhere/else", 1);
  EXPECT_NE(ownership_mark("red"), here);
}

}  // namespace
}  // namespace tflab::netns
