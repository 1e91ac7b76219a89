#include "netns-lab/lab/capture.h"

#include <pcap/pcap.h>

#include <stdexcept>

#include "netns-lab/host/names.h"
#include "netns-lab/lab/space.h"

namespace tflab::netns {
namespace {

constexpr int snap_length = 65535;
constexpr int wake_every_ms = 50;

struct Close {
  void operator()(pcap_t* pcap) const { pcap_close(pcap); }
  void operator()(pcap_dumper_t* dumper) const { pcap_dump_close(dumper); }
};
using Pcap = std::unique_ptr<pcap_t, Close>;

[[noreturn]] void give_up(const std::string& device, const std::string& why) {
  throw std::runtime_error{"cannot capture on " + device + ": " + why};
}

Pcap open_device(const std::string& device) {
  char why[PCAP_ERRBUF_SIZE]{};
  Pcap pcap{pcap_create(device.c_str(), why)};
  if (!pcap) give_up(device, why);
  pcap_set_snaplen(pcap.get(), snap_length);
  pcap_set_promisc(pcap.get(), 1);
  pcap_set_timeout(pcap.get(), wake_every_ms);
  pcap_set_immediate_mode(pcap.get(), 1);
  if (pcap_activate(pcap.get()) < 0) give_up(device, pcap_geterr(pcap.get()));
  if (pcap_setnonblock(pcap.get(), 1, why) != 0) give_up(device, why);
  return pcap;
}

void set_filter(pcap_t* pcap, const std::string& device, const std::string& filter) {
  if (filter.empty()) return;
  bpf_program program{};
  if (pcap_compile(pcap, &program, filter.c_str(), 1, PCAP_NETMASK_UNKNOWN) != 0)
    give_up(device, pcap_geterr(pcap));
  const int set = pcap_setfilter(pcap, &program);
  pcap_freecode(&program);
  if (set != 0) give_up(device, pcap_geterr(pcap));
}

}  // namespace

struct Capture::Session {
  Pcap pcap;
  std::unique_ptr<pcap_dumper_t, Close> dumper;

  int take() {
    const int count =
        pcap_dispatch(pcap.get(), -1, pcap_dump, reinterpret_cast<unsigned char*>(dumper.get()));
    if (count > 0) pcap_dump_flush(dumper.get());
    return count;
  }
};

Capture::Capture(const CapturePoint& point, const std::string& file, const std::string& filter)
    : session_{std::make_unique<Session>()} {
  const std::string& device = point.device;
  session_->pcap = in_space(point.space, [&] { return open_device(device); });
  set_filter(session_->pcap.get(), device, filter);
  session_->dumper.reset(pcap_dump_open(session_->pcap.get(), file.c_str()));
  if (!session_->dumper) give_up(device, pcap_geterr(session_->pcap.get()));
  pcap_dump_flush(session_->dumper.get());
  thread_ = std::thread{[this] {
    int count = 0;
    while (!ending_ && count >= 0) {
      count = session_->take();
      if (count == 0) std::this_thread::sleep_for(std::chrono::milliseconds{wake_every_ms / 5});
    }
  }};
}

Capture::~Capture() {
  ending_ = true;
  thread_.join();
  while (session_->take() > 0) {
  }
}

CapturePoint capture_point(const Space& space, const std::string& interface_name) {
  const bool vrouter = space.node.starts_with("virtual-router:");
  const std::string device{vrouter && interface_name == host_device ? uplink : interface_name};
  // What a vrouter sends passes the queueing discipline by, and with it whoever listens at its own
  // end of the wire.
  if (space.vm.empty() && !(vrouter && device == uplink)) return {space.name, device};
  for (const Wire& wire : space.wires)
    if (wire.device == device && (space.vm.empty() || is_card(space, wire)))
      return {wire.far_space, wire.far_device};
  give_up(device + " of " + space.node, "it is inside a VM, only its eth0 has an end outside");
}

}  // namespace tflab::netns
