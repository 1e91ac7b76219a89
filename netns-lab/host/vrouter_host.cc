#include "netns-lab/host/vrouter_host.h"

#include <cassert>
#include <utility>
#include <variant>

#include "netns-lab/host/names.h"
#include "scenarios/derive.h"

namespace tflab::netns {

VrouterHost::VrouterHost(boost::asio::io_context& io, const Clock& clock, config::Vrouter config,
                         agent::Tape* tape, const MakeForwarder& make_forwarder)
    : clock_{clock},
      agent_{std::move(config), tape},
      streams_{io, *this},
      forwarder_{make_forwarder(io, clock, *this)},
      wake_up_{io, clock, [this] { wake(); }} {}

void VrouterHost::wake() {
  agent_.on_timer(clock_.now());
  drain();
}

void VrouterHost::start() {
  forwarder_->attach(agent::fabric_vif, std::string{uplink});
  forwarder_->attach(agent::host_vif, std::string{host_port});
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
  return agent_.page(request, forwarder_->datapath());
}

std::optional<HttpAnswer> VrouterHost::answer(const std::string& target) {
  const char* const text = "text/plain";
  if (target == "/record") {
    if (!forwarder_->record()) return HttpAnswer{501, text, "what forwards here cannot record\n"};
    return HttpAnswer{200, text, "recording\n"};
  }
  if (target != "/recorded") return std::nullopt;
  const auto excerpt = forwarder_->recorded();
  if (!excerpt) return HttpAnswer{409, text, "nobody has begun to record\n"};
  const std::string done = to_json(excerpt->take());
  return HttpAnswer{200, text, excerpt->why_ended() + '\n' + done + '\n'};
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

void VrouterHost::trapped(std::uint16_t why, VifId in, VrfId vrf, Bytes frame) {
  if (trapped_.size() < most_traps)
    trapped_.push_back({why, in, vrf, {frame.begin(), frame.end()}});
}

void VrouterHost::refused(const vr::Op& op, vr::Result why) {
  agent_.on_refused(clock_.now(), op, why);
}

struct VrouterHost::Carry {
  VrouterHost& host;

  void operator()(const OpenStream& out) const { host.streams_.open(out); }
  void operator()(const WriteStream& out) const { host.streams_.write(out); }
  void operator()(const CloseStream& out) const { host.streams_.close(out); }
  void operator()(const agent::Program& out) const { host.forwarder_->apply(out.op); }
  void operator()(const agent::Attach& out) const {
    host.forwarder_->attach(out.vif, tap_name(out.port));
  }
  void operator()(const agent::Detach& out) const { host.forwarder_->detach(out.vif); }
  void operator()(const agent::Transmit& out) const { host.forwarder_->inject(out.vif, out.frame); }
  void operator()(const agent::Reinject& out) const {
    host.forwarder_->receive(out.vif, out.frame);
  }
  void operator()(const agent::Sweep&) const {
    host.agent_.on_aged(host.clock_.now(), host.forwarder_->sweep());
  }
};

// Until nothing is left: what the agent injects may trap again.
void VrouterHost::drain() {
  do {
    const std::vector<agent::Trapped> traps = std::exchange(trapped_, {});
    for (const agent::Trapped& trap : traps)
      agent_.on_trap(clock_.now(), trap.why, trap.vif, trap.vrf, trap.frame);
    while (const auto output = agent_.poll_output()) std::visit(Carry{*this}, *output);
    forwarder_->settle();
  } while (!trapped_.empty());
  if (agent_.synced()) forwarder_->complete();
  wake_up_.follow(agent_.next_timer());
}

}  // namespace tflab::netns
