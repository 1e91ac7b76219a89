// Bringing labs up, changing them and taking them away.
#include <gmock/gmock.h>

#include <fcntl.h>

#include "netns-lab/lab/state.h"
#include "tests/lab/lab_fixture.h"

namespace tflab::netns {
namespace {

using testing::Contains;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

class Deploy : public LabTest {
protected:
  static std::string words_of(const std::function<void()>& work) {
    try {
      work();
    } catch (const std::exception& failure) {
      return failure.what();
    }
    return {};
  }
  static LabInfo the_lab() {
    const auto all = labs();
    EXPECT_EQ(all.size(), 1u);
    return all.empty() ? LabInfo{} : all.front();
  }
};

TEST_F(Deploy, makes_a_namespace_a_node_and_a_second_one_changes_nothing) {
  const auto scenario = scenario_file("two-node-k8s.tflab.json");
  const Changes first = deploy(scenario, "t1");
  EXPECT_THAT(first.added, UnorderedElementsAre(
                               "underlay", "bgp-router:ip-172-31-14-47",
                               "virtual-router:ip-172-31-41-236.ap-northeast-1.compute.internal",
                               "virtual-machine:coredns"));
  EXPECT_THAT(spaces_with_mark(),
              testing::IsSupersetOf({"tflab-t1-underlay", "tflab-t1-ip-172-31-14-47",
                                     "tflab-t1-ip-172-31-41-236", "tflab-t1-coredns"}));
  EXPECT_TRUE(the_lab().alive);
  const auto programs = load_state("t1")->programs;

  const Changes second = deploy(scenario, "t1");
  EXPECT_THAT(second.added, IsEmpty());
  EXPECT_THAT(second.changed, IsEmpty());
  EXPECT_THAT(second.removed, IsEmpty());
  EXPECT_EQ(load_state("t1")->programs, programs);  // the same processes
  destroy("t1");
  EXPECT_EQ(on_this_machine(), before_);
}

TEST_F(Deploy, of_a_changed_scenario_touches_only_the_difference) {
  const auto scenario = scenario_file("smoke/two-computes.tflab.json");
  deploy(scenario, "t1");
  const auto before = load_state("t1")->programs;

  const auto more = patched(scenario, R"({"virtual-machines": {"vm3": {
      "virtual-router": "compute2", "workload": "tcp-echo",
      "interfaces": {"eth0": {"virtual-network": "red", "instance-ip": "10.1.0.5"}}}}})");
  const Changes added = deploy(more, "t1");
  EXPECT_THAT(added.added, UnorderedElementsAre("virtual-machine:vm3"));
  EXPECT_THAT(added.changed, UnorderedElementsAre("virtual-router:compute2"));
  EXPECT_THAT(added.removed, IsEmpty());

  const Changes removed = deploy(scenario, "t1");
  EXPECT_THAT(removed.added, IsEmpty());
  EXPECT_THAT(removed.changed, UnorderedElementsAre("virtual-router:compute2"));
  EXPECT_THAT(removed.removed, UnorderedElementsAre("virtual-machine:vm3"));
  EXPECT_EQ(load_state("t1")->programs, before);  // nobody was restarted
}

TEST_F(Deploy, of_a_machine_with_another_address_makes_that_machine_anew) {
  const auto scenario = scenario_file("smoke/two-computes.tflab.json");
  deploy(scenario, "t1");
  const auto moved = patched(
      scenario,
      R"({"virtual-machines": {"vm2": {"interfaces": {"eth0": {"instance-ip": "10.1.0.9"}}}}})");
  const Changes changes = deploy(moved, "t1");
  EXPECT_THAT(changes.added, IsEmpty());
  EXPECT_THAT(changes.removed, IsEmpty());
  EXPECT_THAT(changes.changed, Contains("virtual-machine:vm2"));
  EXPECT_THAT(run({.argv = {"ip", "-n", "tflab-t1-vm2", "addr"}}).out, HasSubstr("10.1.0.9/24"));
}

TEST_F(Deploy, starts_again_what_died) {
  const auto scenario = scenario_file("smoke/two-computes.tflab.json");
  deploy(scenario, "t1");
  const ProcessId victim = load_state("t1")->programs.at("bgp-router:cn1");
  signal(victim, SIGKILL);
  wait_gone(victim, std::chrono::seconds{5});
  EXPECT_FALSE(the_lab().alive);
  EXPECT_THAT(deploy(scenario, "t1").changed, UnorderedElementsAre("bgp-router:cn1"));
  EXPECT_TRUE(the_lab().alive);
}

TEST_F(Deploy, of_two_labs_with_the_same_addresses_keeps_them_apart) {
  const auto scenario = scenario_file("smoke/two-computes.tflab.json");
  deploy(scenario, "blue");
  const auto blue = load_state("blue")->programs;
  const auto with_blue = on_this_machine();
  deploy(scenario, "blue-2");  // a name that begins with the other's
  const auto lab = attach("blue-2", "");
  lab->advance(Instant{} + seconds(5));
  EXPECT_EQ(lab->nodes().size(), 6u);
  destroy("blue-2");
  EXPECT_EQ(on_this_machine(), with_blue);
  EXPECT_EQ(load_state("blue")->programs, blue);
  EXPECT_TRUE(the_lab().alive);
}

TEST_F(Deploy, refuses_a_namespace_that_is_somebody_elses_and_leaves_it_alone) {
  ip_batch({}, {"netns add tflab-t1-cn1"}, "make a namespace");
  EXPECT_THAT(words_of([] { deploy(scenario_file("smoke/two-computes.tflab.json"), "t1"); }),
              HasSubstr("tflab-t1-cn1"));
  EXPECT_THAT(labs(), IsEmpty());
  clean(true);
  EXPECT_TRUE(space_exists("tflab-t1-cn1"));
  ip_batch({}, {"netns del tflab-t1-cn1"}, "remove a namespace");
}

TEST_F(Deploy, that_fails_half_way_leaves_nothing) {
  ::setenv("TFLAB_BIN_DIR", folder_.c_str(), 1);
  for (const char* name : {"tflab-control", "tflab-vrouter"}) {  // a daemon that dies at once
    std::ofstream{folder_ / name} << "#!/bin/sh\necho out of luck >&2\nexit 4\n";
    std::filesystem::permissions(folder_ / name, std::filesystem::perms::owner_all);
  }
  const std::string words =
      words_of([] { deploy(scenario_file("smoke/two-computes.tflab.json"), "t1"); });
  ::unsetenv("TFLAB_BIN_DIR");
  EXPECT_THAT(words, HasSubstr("cannot start"));
  EXPECT_THAT(words, HasSubstr("out of luck"));
  EXPECT_THAT(labs(), IsEmpty());
  EXPECT_FALSE(space_exists("tflab-t1-underlay"));
  for (const char* name : {"tflab-control", "tflab-vrouter"})
    std::filesystem::remove(folder_ / name);
}

TEST_F(Deploy, refuses_names_that_are_no_names) {
  const auto scenario = scenario_file("smoke/two-computes.tflab.json");
  for (const char* name : {"", "a b", "../x", "-x", "a;b"})
    EXPECT_THAT(words_of([&] { deploy(scenario, name); }), HasSubstr("cannot call a lab")) << name;
}

TEST_F(Deploy, is_undone_once_or_twice_or_without_having_been_done) {
  deploy(scenario_file("smoke/two-computes.tflab.json"), "t1");
  destroy("t1");
  destroy("t1");
  destroy("never-was");
  EXPECT_EQ(on_this_machine(), before_);
}

TEST_F(Deploy, leaves_the_hosts_own_network_as_it_was) {
  const auto look = [] {
    std::string all;
    for (const char* what : {"addr", "route", "rule", "neigh"})
      all += run({.argv = {"ip", "-o", what}}).out;
    for (const char* key :
         {"ipv4/ip_forward", "ipv4/conf/all/rp_filter", "ipv6/conf/all/disable_ipv6"}) {
      std::ifstream file{"/proc/sys/net/" + std::string{key}};
      all.append(std::istreambuf_iterator<char>{file}, {});
    }
    // Lifetimes tick by themselves.
    std::string still;
    for (std::size_t at = 0; at < all.size(); ++at)
      if (all[at] < '0' || all[at] > '9') still += all[at];
    return still;
  };
  const std::string before = look();
  deploy(scenario_file("smoke/two-computes.tflab.json"), "t1");
  EXPECT_EQ(look(), before);
  destroy("t1");
  EXPECT_EQ(look(), before);
}

TEST_F(Deploy, of_a_lab_that_somebody_else_is_changing_says_who) {
  const auto scenario = scenario_file("smoke/two-computes.tflab.json");
  const auto held = Lock::attempt("t1");
  ASSERT_TRUE(held);
  EXPECT_THAT(clean(true), IsEmpty());  // never takes away what is being worked on
  EXPECT_THAT(words_of([&] { deploy(scenario, "t1"); }),
              HasSubstr("process " + std::to_string(::getpid()) + " is changing it"));
}

}  // namespace
}  // namespace tflab::netns
