#include "sim/world/vrouter_host.h"

#include <cassert>

#include "sim/ns3/stack.h"
#include "sim/ns3/time.h"
#include "sim/world/fib.h"

namespace tflab::sim {

VrouterHost::VrouterHost(Underlay& underlay, config::Vrouter config, const vr::Limits& limits,
                         ToMachine to_machine, const std::string& recording)
    : underlay_{underlay},
      config_{std::move(config)},
      limits_{limits},
      to_machine_{std::move(to_machine)},
      uplink_{underlay.trace.watch({"virtual-router:" + config_.name + "/vhost0"})},
      alarm_{[this] { enter([this] { agent_->on_timer(now()); }); }},
      lingering_{[this] { take_down(); }} {
  if (!recording.empty()) tape_ = std::make_unique<recording::File>(recording);
  boot();
}

void VrouterHost::boot() {
  if (on()) return;
  node_ = make_node();
  vhost_ = add_device(node_, config_.mac, underlay_.mtu());
  add_address(node_, vhost_, config_.address, underlay_.prefix_length);
  if (config_.gateway) add_route(node_, IpPrefix{Ip4{}, 0}, *config_.gateway);
  vhost_->connect([this](const SharedBytes& frame) { receive(agent::host_vif, *frame); });
  port_ = underlay_.segment.attach(
      config_.mac, node_->GetId(),
      [this](const SharedBytes& frame) { receive(agent::fabric_vif, *frame); },
      [this](Direction way, Bytes frame) { underlay_.trace.crossed(uplink_, way, frame); });
  underlay_.segment.serve(*port_, config_.address);
}

void VrouterHost::lose_power() {
  take_down();
  if (!on()) return;
  streams_.reset();
  parting_.reset();
  vhost_->connect({});
  underlay_.segment.detach(*port_);
  port_.reset();
}

void VrouterHost::start() {
  if (up() || !on()) return;
  take_down();
  streams_ = underlay_.streams_of(node_, config_.address, *this);
  forwarder_ = std::make_unique<Forwarder>(
      limits_, [this](VifId out, Bytes frame) { transmit(out, frame); });
  agent_ = std::make_unique<agent::Recorder>(config_, tape_.get(), underlay_.memo);
  vitals_ = {};
  activity_ = 0;
  enter([this] { agent_->start(now()); });
}

void VrouterHost::stop() {
  if (!up()) return;
  enter([this] { agent_->stop(now()); });
  streams_->retire();
  parting_ = std::move(streams_);
  alarm_.set({});
  agent_.reset();
  lingering_.set(now() + linger);
}

void VrouterHost::take_down() {
  alarm_.set({});
  lingering_.set({});
  agent_.reset();
  forwarder_.reset();
  ports_.clear();
}

void VrouterHost::configure(const config::Vrouter& next) {
  if (next == config_) return;
  config_ = next;
  enter([&] { agent_->configure(now(), next); });
}

void VrouterHost::adapt() {
  if (!on()) return;
  vhost_->SetMtu(underlay_.mtu());
  if (config_.gateway) remove_route(node_, IpPrefix{Ip4{}, 0}, *config_.gateway);
  set_prefix_length(node_, underlay_.prefix_length);
  if (config_.gateway) add_route(node_, IpPrefix{Ip4{}, 0}, *config_.gateway);
}

void VrouterHost::receive(VifId in, Bytes frame) {
  if (!forwarder_) return;
  forwarder_->receive(in, frame);
  settle();
}

void VrouterHost::from_machine(const std::string& port, Bytes frame) {
  for (const auto& [vif, name] : ports_)
    if (name == port) return receive(vif, frame);
}

void VrouterHost::transmit(VifId out, Bytes frame) {
  if (out == agent::host_vif) return to_vhost(frame);
  auto copy = std::make_shared<std::vector<std::byte>>(frame.begin(), frame.end());
  if (out == agent::fabric_vif) return underlay_.segment.send(*port_, std::move(copy));
  if (const auto port = ports_.find(out); port != ports_.end())
    to_machine_(port->second, std::move(copy));
}

// Later: the stack answers at once, and the forwarding core is still in the middle of its call.
void VrouterHost::to_vhost(Bytes frame) {
  auto copy = std::make_shared<const std::vector<std::byte>>(frame.begin(), frame.end());
  ns3::Simulator::ScheduleWithContext(
      node_->GetId(), to_ns3(local_hop),
      [device = vhost_, copy = std::move(copy)] { device->deliver(*copy); });
}

template <class Call>
void VrouterHost::enter(Call call) {
  if (!agent_) return;
  call();
  settle();
}

void VrouterHost::settle() {
  if (settling_ || !agent_) return;
  drain();
  rest();
}

// Traps first: the agent's answer to the frame that caused one should not wait behind other work.
// What a stream or frame causes in the middle of this is done by the loop that is already running.
void VrouterHost::drain() {
  settling_ = true;
  for (;;) {
    if (const auto trap = forwarder_->poll_trap()) {
      agent_->on_trap(now(), static_cast<std::uint16_t>(trap->why), trap->in, trap->vrf,
                      trap->frame);
    } else if (const auto output = agent_->poll_output()) {
      std::visit([this](const auto& act) { perform(act); }, *output);
    } else {
      break;
    }
  }
  if (streams_) streams_->flush();
  settling_ = false;
}

// What follows when all is done that was to be done now.
void VrouterHost::rest() {
  if (const auto activity = agent_->activity(); activity != activity_) {
    activity_ = activity;
    vitals_.changed = now();
  }
  alarm_.set(agent_->next_timer());
}

void VrouterHost::perform(const WriteStream& write) {
  ++vitals_.messages_sent;
  vitals_.octets_sent += write.bytes->size();
  streams_->write(write);
}

void VrouterHost::perform(const agent::Program& program) {
  const vr::Result result = forwarder_->apply(program.op);
  if (result != vr::Result::done) agent_->on_refused(now(), program.op, result);
}

void VrouterHost::perform(const agent::Transmit& transmit) {
  forwarder_->inject(transmit.vif, transmit.frame);
}

void VrouterHost::perform(const agent::Sweep&) {
  agent_->on_aged(now(), forwarder_->sweep());
}

std::optional<introspect::Tree> VrouterHost::page(const introspect::PageRequest& request) const {
  if (!agent_) return {};
  return agent_->page(request, forwarder_->datapath(agent::datapath_on(request.name)));
}

std::optional<scenario::Fib> VrouterHost::fib() const {
  if (!agent_) return {};
  scenario::Fib fib = fib_of(forwarder_->datapath(agent::DatapathPart::all));
  fib.vrouter = config_.name;
  fib.address = config_.address;
  return fib;
}

StreamId VrouterHost::accepted(const Endpoint&, const Endpoint&) {
  assert(!"an agent listens to nobody");
  return {};
}
void VrouterHost::opened(StreamId stream, const Endpoint& local) {
  enter([&] { agent_->on_opened(now(), stream, local); });
}
void VrouterHost::bytes(StreamId stream, Bytes bytes) {
  if (!agent_) return;
  agent_->on_bytes(now(), stream, bytes);
  if (!settling_) drain();
}
void VrouterHost::heard() {
  if (agent_ && !settling_) rest();
}
void VrouterHost::closed(StreamId stream) {
  enter([&] { agent_->on_closed(now(), stream); });
}
// What an agent says is little: it does not ask how much of it still waits.
void VrouterHost::blocked(StreamId) {}
void VrouterHost::writable(StreamId) {}

}  // namespace tflab::sim
