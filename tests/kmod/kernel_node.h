#pragma once
// The vrouter of unit/vrouter-core/vrouter/node.h twice: on its bench in this process, and in the
// kernel, with veth pairs for interfaces. Both are told the same and must do the same.

#include <boost/asio/io_context.hpp>

#include <chrono>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "netns-lab/host/kmod.h"
#include "netns-lab/lab/command.h"
#include "netns-lab/vm/cable.h"
#include "tests/unit/vrouter-core/vrouter/node.h"

namespace tflab::kmod_test {

using vr::Frame;
using vr::Punted;
using vr::Sent;

// Who owns the vrouter in the kernel.
class Owner final : public netns::ForwarderOwner {
public:
  void trapped(std::uint16_t why, VifId in, VrfId vrf, Bytes frame) override {
    traps.push_back({static_cast<vr::Trap>(why), in, vrf, {{frame.begin(), frame.end()}}});
  }
  void burst_end() override {}
  void refused(const vr::Op& op, vr::Result why) override { refusals.push_back({op, why}); }

  std::vector<Punted> traps;
  std::vector<std::pair<vr::Op, vr::Result>> refusals;
};

inline void ip(const std::vector<std::string>& lines) {
  netns::ip_batch("", lines, "change devices");
}

// Waits for the kernel, which takes a frame from one veth to the other by itself.
template <class Done>
bool within_a_second(Done done) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds{1};
  while (!done()) {
    if (std::chrono::steady_clock::now() > end) return false;
    std::this_thread::sleep_for(std::chrono::microseconds{200});
  }
  return true;
}

class KernelNode : public vr::Node {
protected:
  explicit KernelNode(std::uint32_t flows = 0) : Node{flows} {}

  void SetUp() override {
    Node::SetUp();
    for (const VifId vif : {eth0, vhost0, vm1, vm2, vm3})
      if (!wires[vif]) wires[vif] = std::make_unique<netns::Cable>(vif);
    program();
  }

  // The kernel's tables from the bench's.
  void program() {
    io.restart();  // it stopped when there was nobody to wait for
    kmod = std::make_unique<netns::Kmod>(io, clock, owner);
    for (const vr::Op& op : node.snapshot()) kmod->apply(op);
    for (const auto& [vif, wire] : wires) kmod->attach(vif, wire->vrouter_end());
    kmod->settle();
    EXPECT_TRUE(owner.refusals.empty());
  }

  // Gives both the same frame; whatever comes of it must be the same.
  void both_receive(VifId in, const Frame& frame) {
    node.receives(in, frame);
    sent.clear();
    owner.traps.clear();
    EXPECT_TRUE(wires.at(in)->send(frame.octets));
    within_a_second([&] {
      look();
      return sent.size() >= node.sent().size() && owner.traps.size() >= node.punted().size();
    });
    expect_same();
  }
  void look() {
    for (const auto& [vif, wire] : wires)
      wire->read([&, out = vif](Bytes frame) {
        sent.push_back({out, {{frame.begin(), frame.end()}}});
      });
    io.poll();
  }
  void expect_same() {
    ASSERT_EQ(sent.size(), node.sent().size());
    ASSERT_EQ(owner.traps.size(), node.punted().size());
    std::vector<testing::Matcher<Sent>> wanted;
    for (const Sent& one : node.sent()) wanted.push_back(vr::sent(one.out, one.frame));
    EXPECT_THAT(sent, testing::UnorderedElementsAreArray(wanted));
    for (std::size_t i = 0; i < owner.traps.size(); ++i) {
      const Punted& one = node.punted()[i];
      EXPECT_THAT(owner.traps[i], vr::punted(one.why, one.in, one.vrf, one.frame));
    }
  }
  // Tables and every counter of both.
  void expect_same_state() {
    const agent::Datapath datapath = kmod->datapath();
    EXPECT_EQ(datapath.tables, node.snapshot());
    for (std::size_t i = 0; i < vr::drop_reasons; ++i)
      EXPECT_EQ(datapath.drops[i], node.vrouter().drops()[i]) << vr::drop_names[i].text;
    EXPECT_FALSE(datapath.vifs.empty());
    for (const auto& [vif, counters] : datapath.vifs)
      EXPECT_EQ(counters, node.vrouter().counters(vif)) << "vif " << vif.raw();
    for (const auto& [vrf, counters] : datapath.vrfs)
      EXPECT_EQ(counters, node.vrouter().counters(vrf)) << "vrf " << vrf.raw();
    for (const auto& [key, counters] : datapath.flows)
      EXPECT_EQ(counters, node.vrouter().counters(key));
  }

  boost::asio::io_context io;
  netns::Clock clock;
  Owner owner;
  // Made once for all tests: a device takes its time to go.
  inline static std::map<VifId, std::unique_ptr<netns::Cable>> wires;
  std::unique_ptr<netns::Kmod> kmod;
  std::vector<Sent> sent;
};

}  // namespace tflab::kmod_test
