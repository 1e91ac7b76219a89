#include "sim/world/control_host.h"

#include "sim/ns3/time.h"

namespace tflab::sim {

ControlHost::ControlHost(Station& station, config::ControlNode config, const std::string& recording,
                         scenario::ProcessorModel processor)
    : station_{station},
      config_{std::move(config)},
      alarm_{[this] { enter([this] { core_->on_timer(now()); }); }},
      processor_{processor, [this] { after_work(); }} {
  if (!recording.empty()) tape_ = std::make_unique<recording::File>(recording);
}

// A stopped core still drains its streams; events for it find nobody.
template <class Call>
void ControlHost::enter(Call call) {
  if (!core_) return;
  if (processor_.busy()) return processor_.wait(std::move(call), vitals_);
  call();
  settle();
}

void ControlHost::after_work() {
  if (!core_) return;
  say_all();
  streams_->flush();
  while (const auto input = processor_.next()) {
    input();
    settle();
  }
}

// A stream may answer in the middle of a write: its event enters the core at once, and what the
// core asks for then waits for the loop that is already running.
void ControlHost::settle() {
  if (settling_) return;
  settling_ = true;
  for (;;) {
    while (auto output = core_->poll_output()) unsaid_.push_back(std::move(*output));
    const std::uint64_t messages = core_->messages();
    if (processor_.charge(messages - std::exchange(charged_, messages), vitals_)) break;
    if (unsaid_.empty()) break;
    say_all();
  }
  if (streams_) streams_->flush();
  settling_ = false;
  if (const auto activity = core_->activity(); activity != activity_) {
    activity_ = activity;
    vitals_.changed = now();
  }
  alarm_.set(core_->next_timer());
}

void ControlHost::say_all() {
  for (const node::Output& output : std::exchange(unsaid_, {})) {
    if (const auto* open = std::get_if<OpenStream>(&output)) streams_->open(*open);
    if (const auto* write = std::get_if<WriteStream>(&output)) {
      ++vitals_.messages_sent;
      vitals_.octets_sent += write->bytes->size();
      streams_->write(*write);
    }
    if (const auto* close = std::get_if<CloseStream>(&output)) streams_->close(*close);
  }
}

void ControlHost::start() {
  if (up() || !station_.on()) return;
  streams_ = station_.streams_for(*this);
  streams_->listen(config_.bgp_port);
  if (config_.xmpp_port != 0) streams_->listen(config_.xmpp_port);
  core_ = std::make_unique<node::Recorder>(config_, tape_.get(), station_.pools());
  vitals_ = {};
  activity_ = charged_ = 0;
  enter([this] { core_->start(now()); });
}

void ControlHost::stop() {
  if (!up()) return;
  processor_.power_off();
  enter([this] { core_->stop(now()); });
  say_all();  // whoever is stopped has no time left
  streams_->flush();
  processor_.power_off();
  streams_->retire();
  parting_ = std::move(streams_);
  alarm_.set({});
  core_.reset();
}

void ControlHost::lose_power() {
  processor_.power_off();
  unsaid_.clear();
  alarm_.set({});
  core_.reset();
  streams_.reset();
  parting_.reset();
}

void ControlHost::configure(const config::ControlNode& next,
                            const scenario::ProcessorModel& processor) {
  processor_.become(processor);
  if (next == config_) return;
  config_ = next;
  enter([this, next] { core_->configure(now(), next); });
}

std::optional<introspect::Tree> ControlHost::page(const introspect::PageRequest& request) const {
  if (!core_) return {};
  return core_->page(request);
}

bool ControlHost::each_vpn_route(const node::ControlNode::VisitVpn& visit) const {
  if (core_) core_->each_vpn_route(visit);
  return core_ != nullptr;
}

StreamId ControlHost::accepted(const Endpoint& local, const Endpoint& remote) {
  const StreamId stream = core_->on_accepted(now(), local, remote);
  alarm_.set(now());  // settles when the stream can be written to
  return stream;
}
void ControlHost::opened(StreamId stream, const Endpoint& local) {
  enter([this, stream, local] { core_->on_opened(now(), stream, local); });
}
void ControlHost::bytes(StreamId stream, Bytes bytes) {
  if (!processor_.busy()) return enter([&] { core_->on_bytes(now(), stream, bytes); });
  enter([this, stream, kept = std::vector(bytes.begin(), bytes.end())] {
    core_->on_bytes(now(), stream, kept);
  });
}
void ControlHost::closed(StreamId stream) {
  enter([this, stream] { core_->on_closed(now(), stream); });
}
void ControlHost::blocked(StreamId stream) {
  enter([this, stream] { core_->on_blocked(now(), stream); });
}
void ControlHost::writable(StreamId stream) {
  enter([this, stream] { core_->on_writable(now(), stream); });
}

}  // namespace tflab::sim
