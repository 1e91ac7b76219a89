#include "netns-lab/host/vrouter_host.h"

#include <algorithm>
#include <cassert>
#include <variant>

#include "netns-lab/host/names.h"
#include "scenarios/derive.h"

namespace tflab::netns {
namespace {

constexpr vr::Limits limits{.flows = 16384, .fragments = 1024};

class Snapshot final : public vr::OpSink {
public:
  explicit Snapshot(std::vector<vr::Op>& ops) : ops_{ops} {}
  void take(const vr::Op& op) override { ops_.push_back(op); }

private:
  std::vector<vr::Op>& ops_;
};

}  // namespace

static_assert(PacketPort::headroom >= vr::Vrouter::headroom);

VrouterHost::VrouterHost(boost::asio::io_context& io, const Clock& clock, config::Vrouter config,
                         agent::Tape* tape)
    : clock_{clock},
      agent_{std::move(config), tape},
      memory_{vr::Vrouter::memory_needed(limits)},
      vrouter_{memory_.bytes(), limits, *this},
      streams_{io, *this},
      ports_{io,
             {.frame =
                  [this](VifId in, std::span<std::byte> buffer) {
                    vrouter_.on_frame(clock_.now(), in, buffer, PacketPort::headroom);
                  },
              .burst_end = [this] { drain(); }}},
      wake_up_{io, clock, [this] { wake(); }} {}

void VrouterHost::wake() {
  agent_.on_timer(clock_.now());
  drain();
}

void VrouterHost::start() {
  ports_.attach(agent::fabric_vif, std::string{uplink});
  ports_.attach(agent::host_vif, std::string{host_port});
  agent_.start(clock_.now());
  drain();
}

void VrouterHost::stop() {
  agent_.stop(clock_.now());
  drain();
}

void VrouterHost::configure(const scenario::Scenario& scenario, const std::string& name) {
  agent_.configure(clock_.now(), scenario::vrouter(scenario, name));
  drain();
}

std::optional<introspect::Tree> VrouterHost::page(const introspect::PageRequest& request) {
  return agent_.page(request, datapath());
}

std::uint16_t VrouterHost::http_port() const {
  return vrouter_http;
}

// Agents only dial.
StreamId VrouterHost::on_accepted(Endpoint, Endpoint) {
  assert(false);
  return {};
}

void VrouterHost::on_opened(StreamId stream, Endpoint local) {
  agent_.on_opened(clock_.now(), stream, local);
  drain();
}

void VrouterHost::on_bytes(StreamId stream, Bytes bytes) {
  agent_.on_bytes(clock_.now(), stream, bytes);
  drain();
}

void VrouterHost::on_closed(StreamId stream) {
  agent_.on_closed(clock_.now(), stream);
  drain();
}

void VrouterHost::transmit(VifId out, std::span<const std::byte> frame) {
  ports_.send(out, frame);
}

void VrouterHost::punt(vr::Trap why, VifId in, VrfId vrf, std::span<const std::byte> frame) {
  if (trapped_.size() < most_traps)
    trapped_.push_back({why, in, vrf, {frame.begin(), frame.end()}});
}

agent::Datapath VrouterHost::datapath() const {
  agent::Datapath datapath;
  Snapshot snapshot{datapath.tables};
  vrouter_.snapshot(snapshot);
  datapath.drops = vrouter_.drops();
  for (const vr::Op& op : datapath.tables) {
    if (const auto* vif = std::get_if<vr::SetVif>(&op))
      datapath.vifs.push_back({vif->vif, vrouter_.counters(vif->vif)});
    if (const auto* vrf = std::get_if<vr::SetVrf>(&op))
      datapath.vrfs.push_back({vrf->vrf, vrouter_.counters(vrf->vrf)});
  }
  for (const vr::Op& op : datapath.tables)
    if (const auto* flow = std::get_if<vr::SetFlow>(&op))
      datapath.flows.push_back({flow->key, vrouter_.counters(flow->key)});
  return datapath;
}

void VrouterHost::receive(VifId in, Bytes frame) {
  std::vector<std::byte> buffer(PacketPort::headroom + frame.size());
  std::ranges::copy(frame, buffer.begin() + PacketPort::headroom);
  vrouter_.on_frame(clock_.now(), in, buffer, PacketPort::headroom);
}

std::vector<vr::FlowKey> VrouterHost::sweep() {
  struct Gone final : vr::FlowSink {
    std::vector<vr::FlowKey> keys;
    void gone(const vr::FlowKey& key) override { keys.push_back(key); }
  } sink;
  vrouter_.expire(clock_.now(), {}, &sink);
  return std::move(sink.keys);
}

struct VrouterHost::Carry {
  VrouterHost& host;

  void operator()(const OpenStream& out) const { host.streams_.open(out); }
  void operator()(const WriteStream& out) const { host.streams_.write(out); }
  void operator()(const CloseStream& out) const { host.streams_.close(out); }
  void operator()(const agent::Program& out) const {
    const vr::Result result = host.vrouter_.apply(out.op);
    if (result != vr::Result::done) host.agent_.on_refused(host.clock_.now(), out.op, result);
  }
  void operator()(const agent::Attach& out) const {
    host.ports_.attach(out.vif, tap_name(out.port));
  }
  void operator()(const agent::Detach& out) const { host.ports_.detach(out.vif); }
  void operator()(const agent::Transmit& out) const { host.vrouter_.inject(out.vif, out.frame); }
  void operator()(const agent::Reinject& out) const { host.receive(out.vif, out.frame); }
  void operator()(const agent::Sweep&) const {
    host.agent_.on_aged(host.clock_.now(), host.sweep());
  }
};

// Until nothing is left: what the agent injects may trap again.
void VrouterHost::drain() {
  do {
    const std::vector<Trapped> traps = std::exchange(trapped_, {});
    for (const Trapped& trap : traps)
      agent_.on_trap(clock_.now(), static_cast<std::uint16_t>(trap.why), trap.in, trap.vrf,
                     trap.frame);
    while (const auto output = agent_.poll_output()) std::visit(Carry{*this}, *output);
  } while (!trapped_.empty());
  wake_up_.follow(agent_.next_timer());
}

}  // namespace tflab::netns
