// Namespaces that end with a vrouter and its devices in them.

#include <sys/wait.h>

#include "netns-lab/lab/space.h"
#include "tests/kmod/kernel_node.h"

namespace tflab::kmod_test {
namespace {

using namespace vr;

const std::string space = "tflab-node";

class KmodSpaces : public vr::Node {
protected:
  void make_space() {
    ip({"netns add " + space, "link add node-up type veth peer name eth0 netns " + space,
        "link set node-up up"});
    netns::ip_batch(space, {"link set lo up", "link set eth0 up"}, "make a node");
  }
  std::unique_ptr<netns::Kmod> agent() {
    auto kmod =
        netns::in_space(space, [&] { return std::make_unique<netns::Kmod>(io, clock, owner); });
    for (const Op& op : node.snapshot()) kmod->apply(op);
    kmod->attach(eth0, "eth0");
    kmod->attach(vm1, "not there");
    kmod->settle();
    return kmod;
  }
  static bool exists(const std::string& device) {
    return netns::run({.argv = {"ip", "link", "show", device}}).code == 0;
  }
  // A device at the other end goes when nobody counts on the one inside any more.
  static void ends() {
    ip({"netns del " + space});
    EXPECT_TRUE(within_a_second([] { return !exists("node-up"); }));
  }

  boost::asio::io_context io;
  netns::Clock clock;
  Owner owner;
};

TEST_F(KmodSpaces, L08_take_their_vrouter_along_when_its_agent_has_died) {
  for (int round = 0; round < 10; ++round) {
    make_space();
    const pid_t child = ::fork();
    if (child == 0) {
      agent().release();  // no goodbye
      ::_exit(0);
    }
    int status = 1;
    ::waitpid(child, &status, 0);
    ASSERT_EQ(status, 0);
    ends();
  }
}

TEST_F(KmodSpaces, L08_last_as_long_as_an_agent_in_them) {
  make_space();
  auto kmod = agent();
  netns::ip_batch("", {"netns del " + space}, "take a node's name away");
  EXPECT_TRUE(exists("node-up"));
  EXPECT_FALSE(kmod->datapath().tables.empty());
  kmod.reset();
  EXPECT_TRUE(within_a_second([] { return !exists("node-up"); }));
}

}  // namespace
}  // namespace tflab::kmod_test
