#include "control-core/node/recorder.h"

namespace tflab::node {

Recorder::Recorder(config::ControlNode config, Tape* tape, std::shared_ptr<Pools> pools)
    : node_{config, std::move(pools)}, tape_{tape} {
  if (tape_ != nullptr) tape_->created(config);
}

void Recorder::start(Instant now) {
  if (tape_ != nullptr) tape_->took(now, Started{});
  node_.start(now);
}
void Recorder::stop(Instant now) {
  if (tape_ != nullptr) tape_->took(now, Stopped{});
  node_.stop(now);
}
void Recorder::configure(Instant now, config::ControlNode next) {
  if (tape_ != nullptr) tape_->took(now, Configured{next});
  node_.configure(now, std::move(next));
}
StreamId Recorder::on_accepted(Instant now, Endpoint local, Endpoint remote) {
  const StreamId stream = node_.on_accepted(now, local, remote);
  if (tape_ != nullptr) tape_->took(now, Accepted{local, remote, stream});
  return stream;
}
void Recorder::on_opened(Instant now, StreamId stream, Endpoint local) {
  if (tape_ != nullptr) tape_->took(now, Opened{stream, local});
  node_.on_opened(now, stream, local);
}
void Recorder::on_bytes(Instant now, StreamId stream, Bytes bytes) {
  if (tape_ != nullptr) tape_->took(now, Arrived{stream, {bytes.begin(), bytes.end()}});
  node_.on_bytes(now, stream, bytes);
}
void Recorder::on_closed(Instant now, StreamId stream) {
  if (tape_ != nullptr) tape_->took(now, Closed{stream});
  node_.on_closed(now, stream);
}
void Recorder::on_blocked(Instant now, StreamId stream) {
  if (tape_ != nullptr) tape_->took(now, Blocked{stream});
  node_.on_blocked(now, stream);
}
void Recorder::on_writable(Instant now, StreamId stream) {
  if (tape_ != nullptr) tape_->took(now, Writable{stream});
  node_.on_writable(now, stream);
}
void Recorder::on_timer(Instant now) {
  if (tape_ != nullptr) tape_->took(now, TimerDue{});
  node_.on_timer(now);
}

std::optional<Output> Recorder::poll_output() {
  auto output = node_.poll_output();
  if (tape_ != nullptr) output ? tape_->gave(*output) : tape_->gave_nothing();
  return output;
}

namespace {

struct Call {
  ControlNode& node;
  Instant now;
  std::optional<StreamId> answer{};

  void operator()(const Started&) { node.start(now); }
  void operator()(const Stopped&) { node.stop(now); }
  void operator()(const Configured& in) { node.configure(now, in.next); }
  void operator()(const Accepted& in) { answer = node.on_accepted(now, in.local, in.remote); }
  void operator()(const Opened& in) { node.on_opened(now, in.stream, in.local); }
  void operator()(const Arrived& in) { node.on_bytes(now, in.stream, in.bytes); }
  void operator()(const Closed& in) { node.on_closed(now, in.stream); }
  void operator()(const Blocked& in) { node.on_blocked(now, in.stream); }
  void operator()(const Writable& in) { node.on_writable(now, in.stream); }
  void operator()(const TimerDue&) { node.on_timer(now); }
};

}  // namespace

std::optional<StreamId> play(ControlNode& node, Instant now, const Input& input) {
  Call call{node, now};
  std::visit(call, input);
  return call.answer;
}

}  // namespace tflab::node
