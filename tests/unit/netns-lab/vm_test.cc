// VMs as a ground: where things are placed, and the line to a VM. Booting one is system/kernel-lab.
#include <gmock/gmock.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "netns-lab/vm/calls.h"
#include "netns-lab/vm/channel.h"
#include "netns-lab/vm/vms.h"
#include "scenarios/load.h"
#include "tests/dsl/source_tree.h"

namespace tflab::netns {
namespace {

using nlohmann::json;
using std::chrono::steady_clock;
using testing::HasSubstr;

Plan placed_plan(const std::string& file = "scenarios/two-node-kernel.tflab.json") {
  auto loaded = scenario::load(test::in_tree(file).string());
  const auto& scenario = std::get<scenario::Scenario>(loaded);
  return Vms{"t1"}.placed(scenario, plan(scenario, "t1", {"s", "c"}, {}));
}

TEST(Vms, a_compute_is_a_vm_with_its_pods_inside_and_all_else_stays_here) {
  const Plan plan = placed_plan();
  EXPECT_EQ(find(plan, "underlay")->vm, "");
  EXPECT_EQ(find(plan, "bgp-router:control")->vm, "");
  EXPECT_TRUE(is_vm(*find(plan, "virtual-router:compute1")));
  EXPECT_EQ(find(plan, "virtual-machine:pod1")->vm, "tflab-t1-compute1");
  EXPECT_EQ(find(plan, "virtual-machine:pod3")->vm, "tflab-t1-compute2");
}

TEST(Vms, a_router_that_linux_plays_is_one_and_any_other_is_not) {
  const Plan plan = placed_plan("scenarios/features/linux-router.tflab.json");
  const Space& router = *find(plan, "physical-router:mx-udp");
  EXPECT_TRUE(is_vm(router));
  EXPECT_TRUE(is_card(router, router.wires.at(0)));
  EXPECT_THAT(router.program, testing::IsSupersetOf({"tflab-control", "--datapath", "linux"}));
  const Plan other = placed_plan("scenarios/features/gatewayless.tflab.json");
  EXPECT_EQ(find(other, "physical-router:mx1")->vm, "");
}

TEST(Vms, the_uplink_is_the_only_card_and_each_has_an_address_of_its_own) {
  const Plan plan = placed_plan();
  std::vector<std::string> addresses;
  for (const Space& space : plan)
    for (const Wire& wire : space.wires)
      if (is_card(space, wire)) {
        EXPECT_EQ(wire.device, "eth0");
        addresses.push_back(wire.mac);
      }
  ASSERT_EQ(addresses.size(), 2u);
  EXPECT_NE(addresses[0], addresses[1]);
  EXPECT_THAT(addresses, testing::Each(testing::MatchesRegex("52:54:00(:[0-9a-f][0-9a-f]){3}")));
}

TEST(Vms, a_plan_with_vms_is_read_as_it_was_written) {
  EXPECT_EQ(plan_from(json_of(placed_plan())), placed_plan());
}

struct Line {
  Line() { EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0); }
  ~Line() {
    for (const int end : ends) ::close(end);
  }
  int ends[2];
};

steady_clock::time_point soon() {
  return steady_clock::now() + std::chrono::seconds{5};
}

TEST(Channel, any_octets_arrive_as_they_were_sent) {
  Line line;
  std::string octets(100'000, '\0');
  for (std::size_t i = 0; i < octets.size(); ++i) octets[i] = static_cast<char>(i * 7);
  send_message(line.ends[0], {{"value", octets.substr(0, 300)}});
  send_message(line.ends[0], {{"value", octets}});
  EXPECT_EQ(receive_message(line.ends[1], soon())->at("value"), octets.substr(0, 300));
  EXPECT_EQ(receive_message(line.ends[1], soon())->at("value"), octets);
}

TEST(Channel, half_a_message_is_none) {
  Line line;
  ASSERT_EQ(::write(line.ends[0], "\0\0\0\5abc", 7), 7);
  ::shutdown(line.ends[0], SHUT_WR);
  EXPECT_FALSE(receive_message(line.ends[1], soon()));
}

TEST(Channel, silence_ends_when_time_is_up) {
  Line line;
  EXPECT_FALSE(receive_message(line.ends[1], steady_clock::now() + std::chrono::milliseconds{20}));
}

TEST(Channel, a_length_that_nobody_would_send_is_refused) {
  Line line;
  ASSERT_EQ(::write(line.ends[0], "\xff\xff\xff\xff", 4), 4);
  EXPECT_THROW(receive_message(line.ends[1], soon()), std::runtime_error);
}

TEST(Calls, what_cannot_be_done_is_answered_with_a_reason) {
  const json reply = reply_to({{"call", "run"}, {"argv", {"/no/such/program"}}});
  EXPECT_THAT(reply.at("error").get<std::string>(), HasSubstr("/no/such/program"));
  EXPECT_TRUE(reply_to({{"call", "no such call"}}).contains("error"));
  EXPECT_TRUE(reply_to(json::array()).contains("error"));
}

TEST(Calls, a_command_is_run_and_what_it_printed_comes_back) {
  const json reply = reply_to({{"call", "run"}, {"argv", {"echo", "there"}}});
  EXPECT_EQ(reply.at("value"), json({{"code", 0}, {"out", "there\n"}, {"err", ""}}));
}

TEST(Calls, nobody_has_seen_what_was_not_watched_for) {
  EXPECT_EQ(reply_to({{"call", "seen"}}), json({{"error", "nothing is watched for"}}));
  EXPECT_EQ(reply_to({{"call", "watch"}, {"frame", binary({})}, {"ports", json::array()}}),
            json({{"value", nullptr}}));
  EXPECT_EQ(reply_to({{"call", "seen"}}), json({{"value", json::array()}}));
}

// A shell is its kernel, which says a word and then never boots, or ends.
class VmThatDoesNotBoot : public testing::Test {
protected:
  // A busy machine needs a second to say a word.
  static constexpr auto patience = std::chrono::seconds{4};

  void SetUp() override {
    if (::geteuid() != 0) GTEST_SKIP() << "a VM's processes get a namespace, which needs root";
    std::filesystem::create_directory(folder_);
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  std::string said_of(const std::string& script) const {
    std::ofstream{folder_ / "linux"} << "#!/bin/sh\n" << script;
    std::filesystem::permissions(folder_ / "linux", std::filesystem::perms::owner_all);
    Vm vm{{.name = "a VM",
           .lab = "t1",
           .console = folder_ / "console",
           .image = {folder_ / "linux", folder_ / "initrd", true}}};
    try {
      vm.await_boot(patience);
    } catch (const std::runtime_error& error) {
      return error.what();
    }
    return "it booted";
  }

private:
  std::filesystem::path folder_ =
      std::filesystem::temp_directory_path() / ("tflab-vm-test-" + std::to_string(::getpid()));
};

TEST_F(VmThatDoesNotBoot, in_time_is_named_with_the_last_lines_of_its_console) {
  EXPECT_EQ(said_of("echo one; echo two; exec sleep 60"),
            "cannot use the VM a VM: it did not boot in 4 s; its console ended with\n  one\n  two");
}

TEST_F(VmThatDoesNotBoot, but_ends_is_said_to_have_died) {
  EXPECT_EQ(said_of("echo Kernel panic"),
            "cannot use the VM a VM: it died; its console ended with\n  Kernel panic");
}

}  // namespace
}  // namespace tflab::netns
