// Both take 32 frames at a time: ours from BenchCore, which copies them in as its driver copies
// them out of the capture. OVS bridges by a flow for each MAC and translates by one flow with a
// connection for each port, in one pass: that the state is looked at first is usual, and would
// cost it half as much again.
#include "cli/bench_ovs.h"

#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <functional>

#include "cli/bench/isolation.h"
#include "cli/bench/vswitch.h"
#include "cli/bench_node.h"
#include "control-core/base/text.h"

namespace tflab::cli {
namespace {

constexpr double half = 0.5, third = 1.0 / 3;
constexpr std::size_t batch_of_both = 32;
constexpr std::uint32_t pairs = 10'000;

// A classic capture of Ethernet frames, without times.
void write_capture(const std::string& file, const Traffic& traffic) {
  std::ofstream out{file, std::ios::binary};
  const auto put = [&](std::initializer_list<std::uint32_t> words) {
    for (const std::uint32_t word : words)
      out.write(reinterpret_cast<const char*>(&word), sizeof word);
  };
  const auto size = static_cast<std::uint32_t>(traffic.size);
  constexpr std::uint32_t version_2_4 = 2 | 4 << 16, ethernet = 1;
  put({0xa1b2c3d4, version_2_4, 0, 0, 65'535, ethernet});
  for (const Floor::Frame& frame : traffic.frames) {
    put({0, 0, size, size});
    out.write(reinterpret_cast<const char*>(frame.data()), size);
  }
}

struct OvsRow {
  std::string name, reference;
  double goal;
  std::uint32_t vif_flags;
  std::function<Traffic(BenchCore&)> ours;
  std::string flows, action;  // of theirs
};

OvsRow bridged(std::uint32_t macs) {
  std::string flows;
  for (std::uint32_t i = 0; i < macs; ++i)
    flows += "dl_dst=" + to_text(tunnelled_mac(i)) + ",actions=output:2\n";
  return {"evpn bridge + vxlan, " + std::to_string(macs) + " macs",
          "tnl_push",
          half,
          vr::vif_l3 | vr::vif_l2,
          [macs](BenchCore& node) { return to_macs(node, macs); },
          flows,
          "tnl_push"};
}

OvsRow translated() {
  const std::string ct = "ct(commit,nat(src=" + to_text(floating_ip) + "))";
  return {"flow hit + snat, 10k pairs",
          "ct + nat",
          third,
          vr::vif_l3 | vr::vif_policy,
          [](BenchCore& node) { return in_flows(node, pairs, true); },
          "ip,actions=" + ct + ",output:2\n",
          ct + ",tnl_push"};
}

BenchCase beside_ovs(const OvsRow& row) {
  BenchCore node{{.vifs = 8,
                  .vrfs = 4,
                  .nexthops = 64,
                  .routes4 = 64,
                  .routes6 = 8,
                  .macs = 16'384,
                  .flows = 2 * pairs}};
  furnish(node, 1, row.vif_flags);
  const Traffic traffic = row.ours(node);
  const std::string capture = "/run/tflab-frames.pcap";
  write_capture(capture, traffic);
  bench::Vswitch vswitch{{capture, row.flows, row.action}};
  return compared(
      row.name,
      [&] { return rate([&] { return node.run(traffic.frames, traffic.vifs, batch_of_both); }); },
      [&] { return vswitch.round(); }, "OVS-DPDK " + row.reference, row.goal);
}

}  // namespace

std::vector<BenchCase> bench_ovs(const Options& options) {
  if (::geteuid() != 0) throw EnvironmentError{"a bench makes network namespaces: run it as root"};
  if (!bench::Vswitch::installed())
    throw EnvironmentError{
        "Open vSwitch on DPDK is not here: apt-get install openvswitch-switch-dpdk "
        "librte-net-pcap23 librte-net-null23 librte-mempool-ring23"};
  bench::isolate();
  std::vector<BenchCase> cases;
  for (const OvsRow& row : {bridged(1), bridged(10'000), translated()})
    if (wanted(options, row.name)) cases.push_back(beside_ovs(row));
  return cases;
}

}  // namespace tflab::cli
