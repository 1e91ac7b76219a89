// Packets in the core on all processors at once, while tables are rewritten under them and the
// module goes. What came in must have left or have been dropped, to the last packet.

#include <sched.h>

#include <atomic>
#include <filesystem>
#include <fstream>

#include "tests/kmod/kernel_node.h"
#include "tests/kmod/module.h"

namespace tflab::kmod_test {
namespace {

using namespace vr;

constexpr std::size_t most_processors = 2;

// Frames that each processor has taken from devices (/proc/net/softnet_stat, one row each).
std::vector<std::uint64_t> processed() {
  std::vector<std::uint64_t> all;
  std::ifstream file{"/proc/net/softnet_stat"};
  for (std::string line; std::getline(file, line);)
    all.push_back(std::strtoull(line.c_str(), nullptr, 16));
  return all;
}

// Sends a frame into a device again and again, on one processor, which is the one that then takes
// it from the other end.
class Sender {
public:
  Sender(netns::Cable& wire, const Frame& frame, std::size_t processor)
      : thread_{[this, &wire, frame, processor] {
          cpu_set_t here;
          CPU_ZERO(&here);
          CPU_SET(processor % processed().size(), &here);
          ::sched_setaffinity(0, sizeof here, &here);
          while (!end_) given_ += wire.send(frame.octets) ? 1 : 0;
        }} {}
  ~Sender() { stop(); }
  std::uint64_t given() const { return given_; }
  std::uint64_t stop() {
    end_ = true;
    if (thread_.joinable()) thread_.join();
    return given_;
  }

private:
  std::atomic<bool> end_{false};
  std::atomic<std::uint64_t> given_{0};
  std::thread thread_;
};

class KmodCpus : public KernelNode {
protected:
  KmodCpus() : KernelNode{16} {}

  void SetUp() override {
    KernelNode::SetUp();
    tell(rewritten(false));
    tell({SetVif{.vif = vm3,
                 .type = VifType::virt,
                 .flags = vif_policy | vif_l3,
                 .vrf = red,
                 .mac = dsl::mac(vr_mac),
                 .address = dsl::ip4(vm3_ip),
                 .nexthop = to_vm3},
          SetFlow{.key = flow}});
  }
  // What nobody has read is nobody else's to find.
  void TearDown() override { wires.clear(); }

  // In one message.
  void tell(const std::vector<Op>& ops) {
    for (const Op& op : ops) {
      node.must(op);
      kmod->apply(op);
    }
    kmod->settle();
  }
  // A tunnel with another end, and the route into it with another label: both odd, or both even.
  static std::vector<Op> rewritten(bool odd) {
    const IpPrefix four = dsl::prefix(remote_ip + "/32"), six = dsl::prefix("fd00::10/128");
    return {DeleteRoute{red, four},
            DeleteRoute{red, six},
            DeleteNexthop{by_udp},
            SetNexthop{.nexthop = by_udp,
                       .type = NexthopType::tunnel,
                       .flags = nh_valid | nh_tunnel_udp_mpls,
                       .out = eth0,
                       .sip = dsl::ip4(node_ip),
                       .dip = dsl::ip4(odd ? "172.31.0.1" : "172.31.0.2")},
            SetRoute{red, four, by_udp, Label{odd ? 201u : 200u}, route_label_valid},
            SetRoute{red, six, by_udp, Label{9}, route_label_valid}};
  }
  // Reads what has left and says how much of it is not as it should be.
  std::size_t wrong() {
    std::size_t wrong = 0;
    wires.at(eth0)->read([&](Bytes frame) {
      // Ethernet, IPv4, UDP, label: the last octet of the destination, the last bit of the label.
      const bool odd_end = frame.size() > 45 && (static_cast<unsigned>(frame[33]) & 1) != 0;
      const bool odd_label = frame.size() > 45 && (static_cast<unsigned>(frame[44]) & 0x10) != 0;
      wrong += odd_end == odd_label && frame.size() == far.size() + 32 ? 0 : 1;
    });
    wires.at(vm2)->read(
        [&](Bytes frame) { wrong += std::ranges::equal(frame, near_as_sent.octets) ? 0 : 1; });
    return wrong;
  }
  VifCounters counted(const agent::Datapath& datapath, VifId vif) const {
    for (const auto& row : datapath.vifs)
      if (row.vif == vif) return row.counters;
    return {};
  }

  // What has left by the device, whoever reads it at the other end.
  static std::uint64_t left_by(VifId vif) {
    std::ifstream file{"/sys/class/net/" + wires.at(vif)->vrouter_end() + "/statistics/tx_packets"};
    std::uint64_t packets = 0;
    EXPECT_TRUE(file >> packets);
    return packets;
  }

  const FlowKey flow{to_vm3, dsl::ip4(vm3_ip), dsl::ip4(vm2_ip), 17, 1, 2};
  const Frame far = from_vm1(remote_ip);
  const Frame near = pkt().eth(vr_mac, vm3_mac).ip4(vm3_ip, vm2_ip).udp(1, 2).payload(30);
  const Frame near_as_sent =
      pkt().eth(vm2_mac, vr_mac).ip4(vm3_ip, vm2_ip).ttl(63).udp(1, 2).payload(30);
};

TEST_F(KmodCpus, L06_forward_while_routes_are_rewritten_and_the_module_goes) {
  const auto before = processed();
  const std::uint64_t far_before = left_by(eth0), near_before = left_by(vm2);
  std::size_t faults = 0, swept = 0;
  std::uint64_t far_given = 0, near_given = 0;
  {
    Sender one{*wires.at(vm1), far, 0}, other{*wires.at(vm3), near, 1};
    const auto enough = [&] { return one.given() > 3000 && other.given() > 3000; };
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds{20};
    for (int batch = 0; batch < 100 || !enough(); ++batch) {
      ASSERT_LT(std::chrono::steady_clock::now(), end) << batch << " batches";
      tell(rewritten(batch % 2 == 0));
      if (batch % 8 == 0) swept += kmod->sweep().size();
      if (batch % 16 == 0) kmod->datapath();
      faults += wrong();
    }
    far_given = one.stop();
    near_given = other.stop();
  }
  agent::Datapath datapath;
  within_a_second([&] {
    faults += wrong();
    datapath = kmod->datapath();
    return counted(datapath, vm1).rx_packets == far_given &&
           counted(datapath, vm3).rx_packets == near_given;
  });
  EXPECT_EQ(faults, 0u);
  EXPECT_EQ(swept, 0u);
  EXPECT_TRUE(owner.refusals.empty());
  EXPECT_TRUE(owner.traps.empty());
  EXPECT_EQ(counted(datapath, vm1).rx_packets, far_given);
  EXPECT_EQ(counted(datapath, vm3).rx_packets, near_given);
  EXPECT_EQ(counted(datapath, eth0).tx_packets, far_given);
  EXPECT_EQ(counted(datapath, vm2).tx_packets, near_given);
  EXPECT_EQ(left_by(eth0) - far_before, far_given);
  EXPECT_EQ(left_by(vm2) - near_before, near_given);
  EXPECT_EQ(counted(datapath, vm2).tx_bytes, near_given * near.size());
  EXPECT_EQ(datapath.drops, DropCounters{});
  ASSERT_EQ(datapath.flows.size(), 1u);
  EXPECT_EQ(datapath.flows[0].counters.packets, near_given);
  EXPECT_EQ(datapath.tables, node.snapshot());

  const auto after = processed();
  std::size_t busy = 0;
  for (std::size_t i = 0; i < after.size(); ++i) busy += after[i] - before[i] >= 3000 ? 1 : 0;
  if (busy >= most_processors) std::printf("@@ two processors\n");

  Sender one{*wires.at(vm1), far, 0}, other{*wires.at(vm3), near, 1};
  const auto given = [&] { return std::min(one.given(), other.given()); };
  EXPECT_TRUE(within_a_second([&] { return given() > 50; }));
  kmod.reset();
  unload();
  const std::uint64_t then = given();
  EXPECT_TRUE(within_a_second([&] { return given() > then + 50; }));
  load();
}

// What it was about to do is done by the other one.
TEST_F(KmodCpus, L09_that_go_and_come_again_lose_no_packet) {
  const std::string power = "/sys/devices/system/cpu/cpu1/online";
  if (!std::filesystem::exists(power)) GTEST_SKIP() << "there is only one processor";
  const std::uint64_t far_before = left_by(eth0), near_before = left_by(vm2);
  Sender one{*wires.at(vm1), far, 0}, other{*wires.at(vm3), near, 1};
  for (int round = 0; round < 3; ++round)
    for (const char* on : {"0", "1"}) {
      ASSERT_TRUE(std::ofstream{power} << on << std::flush);
      const std::uint64_t far_then = one.given(), near_then = other.given();
      EXPECT_TRUE(within_a_second([&] {
        return one.given() > far_then + 50 && other.given() > near_then + 50;
      })) << "processor 1 set to "
          << on;
    }
  const std::uint64_t far_given = one.stop(), near_given = other.stop();
  const auto counters = [&](VifId vif) { return counted(kmod->datapath(), vif); };
  within_a_second([&] {
    return counters(vm1).rx_packets == far_given && counters(vm3).rx_packets == near_given;
  });
  EXPECT_EQ(counters(eth0).tx_packets, far_given);
  EXPECT_EQ(counters(vm2).tx_packets, near_given);
  EXPECT_EQ(left_by(eth0) - far_before, far_given);
  EXPECT_EQ(left_by(vm2) - near_before, near_given);
  EXPECT_EQ(kmod->datapath().drops, DropCounters{});
}

}  // namespace
}  // namespace tflab::kmod_test
