#include "cli/kernel_stand.h"

#include <unistd.h>

#include <string>

#include "cli/machine.h"
#include "netns-lab/vm/play.h"
#include "netns-lab/vm/vms.h"

namespace tflab::cli {

namespace fs = std::filesystem;

Scratch::Scratch() : path_{fs::temp_directory_path() / ("tflab-vm-" + std::to_string(::getpid()))} {
  fs::create_directories(path_);
}
Scratch::~Scratch() {
  std::error_code ignored;
  fs::remove_all(path_, ignored);
}

namespace {

fs::path console_in(const Scratch& scratch) {
  complain_about(netns::missing_for_vms(), "VMs");
  return scratch.file("console");
}

}  // namespace

KernelStand::KernelStand()
    : vm_{{.name = "replay", .lab = "replay-kernel", .console = console_in(scratch_)}} {
  vm_.await_boot(std::chrono::seconds{60});
}

forwarding::Played KernelStand::play(const forwarding::Case& one) {
  netns::ToPlay what{one.tables.ops, {}, one.expected ? one.expected->size() : 0};
  for (const forwarding::Arrival& each : one.arrivals) what.frames.push_back({each.in, each.frame});
  const netns::WasPlayed done = netns::was_played_from(vm_.call("play", netns::json_of(what)));

  forwarding::Played out;
  if (done.refused) {
    out.refused = {done.refused->first, done.refused->second};
    return out;
  }
  for (const netns::PlayedFrame& frame : done.sent)
    out.sent.push_back({forwarding::place_of(frame.vif), 0, frame.octets});
  for (const auto& [why, vrf, frame] : done.traps)
    out.sent.push_back({forwarding::place_of(why, frame.vif, vrf), 0, frame.octets});
  forwarding::add(out.moved, done.datapath.drops);
  for (const auto& [vif, counters] : done.datapath.vifs) forwarding::add(out.moved, vif, counters);
  for (const auto& [vrf, counters] : done.datapath.vrfs) forwarding::add(out.moved, vrf, counters);
  return out;
}

std::string KernelStand::complaints() {
  return vm_.call("run", {{"argv", {"kernel-complaints"}}}).at("out");
}

}  // namespace tflab::cli
