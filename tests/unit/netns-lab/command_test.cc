#include "netns-lab/lab/command.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>

#include <csignal>

#include "netns-lab/lab/process.h"

namespace tflab::netns {
namespace {

using testing::HasSubstr;

TEST(Command, keeps_what_the_program_printed_and_its_exit_code) {
  const Printed printed = run({.argv = {"sh", "-c", "echo out; echo err >&2; exit 3"}});
  EXPECT_EQ(printed.out, "out\n");
  EXPECT_EQ(printed.err, "err\n");
  EXPECT_EQ(printed.code, 3);
}

TEST(Command, feeds_more_than_a_pipe_holds_to_a_program_that_answers_meanwhile) {
  const std::string input(3'000'000, 'x');
  EXPECT_EQ(run({.argv = {"cat"}, .input = input}).out, input);
}

TEST(Command, survives_a_program_that_does_not_read_its_input) {
  EXPECT_EQ(run({.argv = {"true"}, .input = std::string(3'000'000, 'x')}).code, 0);
}

TEST(Command, tells_a_signal_as_shells_do) {
  EXPECT_EQ(run({.argv = {"sh", "-c", "kill -9 $$"}}).code, 128 + SIGKILL);
}

TEST(Command, fails_with_the_programs_own_words) {
  try {
    run_or_fail({.argv = {"sh", "-c", "echo no such wire >&2; exit 1"}}, "make a wire");
    FAIL();
  } catch (const std::runtime_error& failure) {
    EXPECT_STREQ(failure.what(), "cannot make a wire: no such wire");
  }
}

TEST(Command, that_does_not_exist_is_named) {
  try {
    run({.argv = {"no-such-program-anywhere"}});
    FAIL();
  } catch (const std::system_error& failure) {
    EXPECT_THAT(failure.what(), HasSubstr("cannot run no-such-program-anywhere"));
    EXPECT_EQ(failure.code().value(), ENOENT);
  }
}

TEST(Command, never_passes_through_a_shell) {
  EXPECT_EQ(run({.argv = {"echo", "$(id); `id`", "a  b"}}).out, "$(id); `id` a  b\n");
}

TEST(Process, is_known_by_number_and_start_time) {
  const pid_t child = start({.argv = {"sleep", "1000"}});
  const auto process = identify(child);
  ASSERT_TRUE(process);
  EXPECT_TRUE(alive(*process));
  const ProcessId impostor{child, process->start + 1};
  EXPECT_FALSE(alive(impostor));
  EXPECT_FALSE(signal(impostor, SIGKILL));
  EXPECT_TRUE(alive(*process));
  stop(*process, std::chrono::seconds{5});
  EXPECT_FALSE(alive(*process));
  EXPECT_FALSE(signal(*process, SIGTERM));
}

TEST(Process, is_reaped_once_it_is_gone) {
  const pid_t child = start({.argv = {"sleep", "1000"}});
  stop(identify(child).value(), std::chrono::seconds{5});
  EXPECT_EQ(::waitpid(child, nullptr, WNOHANG), -1);
  EXPECT_EQ(errno, ECHILD);
}

TEST(Process, that_ignores_a_request_to_stop_is_killed) {
  int ends[2];
  ASSERT_EQ(::pipe(ends), 0);
  const pid_t child =
      start({.argv = {"sh", "-c", "trap '' TERM; echo; exec sleep 1000"}, .out = ends[1]});
  char byte = 0;
  ASSERT_EQ(::read(ends[0], &byte, 1), 1);  // it ignores by now
  const auto process = identify(child);
  stop(process.value(), std::chrono::milliseconds{50});
  EXPECT_FALSE(alive(*process));
  ::close(ends[0]);
  ::close(ends[1]);
}

TEST(Process, gets_the_environment_it_was_given_and_ours) {
  ::setenv("TFLAB_TEST_KEPT", "kept", 1);
  ::setenv("TFLAB_TEST_REPLACED", "old", 1);
  int ends[2];
  ASSERT_EQ(::pipe(ends), 0);
  const pid_t child = start({.argv = {"sh", "-c", "echo $TFLAB_TEST_KEPT $TFLAB_TEST_REPLACED"},
                             .out = ends[1],
                             .environment = {{"TFLAB_TEST_REPLACED", "new"}}});
  EXPECT_EQ(exit_code(child), 0);
  char room[64]{};
  ASSERT_GT(::read(ends[0], room, sizeof room - 1), 0);
  EXPECT_STREQ(room, "kept new\n");
  ::close(ends[0]);
  ::close(ends[1]);
}

}  // namespace
}  // namespace tflab::netns
