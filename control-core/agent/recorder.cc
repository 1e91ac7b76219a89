#include "control-core/agent/recorder.h"

namespace tflab::agent {

Recorder::Recorder(config::Vrouter config, Tape* tape, std::shared_ptr<xmpp::Memo> memo)
    : agent_{config, std::move(memo)}, tape_{tape} {
  if (tape_ != nullptr) tape_->created(config);
}

void Recorder::start(Instant now) {
  if (tape_ != nullptr) tape_->took(now, Started{});
  agent_.start(now);
}
void Recorder::stop(Instant now) {
  if (tape_ != nullptr) tape_->took(now, Stopped{});
  agent_.stop(now);
}
void Recorder::configure(Instant now, config::Vrouter next) {
  if (tape_ != nullptr) tape_->took(now, Configured{next});
  agent_.configure(now, std::move(next));
}
void Recorder::on_opened(Instant now, StreamId stream, Endpoint local) {
  if (tape_ != nullptr) tape_->took(now, Opened{stream, local});
  agent_.on_opened(now, stream, local);
}
void Recorder::on_bytes(Instant now, StreamId stream, Bytes bytes) {
  if (tape_ != nullptr) tape_->took(now, Arrived{stream, {bytes.begin(), bytes.end()}});
  agent_.on_bytes(now, stream, bytes);
}
void Recorder::on_closed(Instant now, StreamId stream) {
  if (tape_ != nullptr) tape_->took(now, Closed{stream});
  agent_.on_closed(now, stream);
}
void Recorder::on_trap(Instant now, std::uint16_t why, VifId in, VrfId vrf, Bytes frame) {
  if (tape_ != nullptr) tape_->took(now, Trapped{why, in, vrf, {frame.begin(), frame.end()}});
  agent_.on_trap(now, why, in, vrf, frame);
}
void Recorder::on_refused(Instant now, const vr::Op& op, vr::Result why) {
  if (tape_ != nullptr) tape_->took(now, Refused{op, why});
  agent_.on_refused(now, op, why);
}
void Recorder::on_aged(Instant now, const std::vector<vr::FlowKey>& flows) {
  if (tape_ != nullptr) tape_->took(now, Aged{flows});
  agent_.on_aged(now, flows);
}
void Recorder::on_timer(Instant now) {
  if (tape_ != nullptr) tape_->took(now, TimerDue{});
  agent_.on_timer(now);
}

std::optional<Output> Recorder::poll_output() {
  auto output = agent_.poll_output();
  if (tape_ != nullptr) output ? tape_->gave(*output) : tape_->gave_nothing();
  return output;
}

namespace {

struct Call {
  Agent& agent;
  Instant now;

  void operator()(const Started&) const { agent.start(now); }
  void operator()(const Stopped&) const { agent.stop(now); }
  void operator()(const Configured& in) const { agent.configure(now, in.next); }
  void operator()(const Opened& in) const { agent.on_opened(now, in.stream, in.local); }
  void operator()(const Arrived& in) const { agent.on_bytes(now, in.stream, in.bytes); }
  void operator()(const Closed& in) const { agent.on_closed(now, in.stream); }
  void operator()(const Trapped& in) const { agent.on_trap(now, in.why, in.vif, in.vrf, in.frame); }
  void operator()(const Refused& in) const { agent.on_refused(now, in.op, in.why); }
  void operator()(const Aged& in) const { agent.on_aged(now, in.flows); }
  void operator()(const TimerDue&) const { agent.on_timer(now); }
};

}  // namespace

void play(Agent& agent, Instant now, const Input& input) {
  std::visit(Call{agent, now}, input);
}

}  // namespace tflab::agent
