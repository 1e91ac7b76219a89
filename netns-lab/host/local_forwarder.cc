#include "netns-lab/host/local_forwarder.h"

#include <algorithm>
#include <utility>
#include <variant>

namespace tflab::netns {
namespace {

constexpr vr::Limits limits{.flows = 16384, .fragments = 1024, .held_pieces = 64};

class Snapshot final : public vr::OpSink {
public:
  explicit Snapshot(std::vector<vr::Op>& ops) : ops_{ops} {}
  void take(const vr::Op& op) override { ops_.push_back(op); }

private:
  std::vector<vr::Op>& ops_;
};

}  // namespace

static_assert(PacketPort::headroom >= vr::Vrouter::headroom);

LocalForwarder::LocalForwarder(boost::asio::io_context& io, const Clock& clock,
                               ForwarderOwner& owner)
    : clock_{clock},
      owner_{owner},
      memory_{vr::Vrouter::memory_needed(limits)},
      vrouter_{memory_.bytes(), limits, *this},
      ports_{io,
             {.burst = [this](VifId in, PacketPort::Burst frames) { forward(in, frames); },
              .burst_end = [this] { owner_.burst_end(); }}} {}

void LocalForwarder::apply(const vr::Op& op) {
  if (excerpt_) excerpt_->tables_change();
  const vr::Result result = vrouter_.apply(op);
  if (result != vr::Result::done) owner_.refused(op, result);
}

void LocalForwarder::forward(VifId in, PacketPort::Burst frames) {
  arrivals_.clear();
  for (const std::span<std::byte> frame : frames)
    arrivals_.push_back({in, frame, PacketPort::headroom});
  const Instant now = clock_.now();
  if (excerpt_)
    for (const std::span<std::byte> frame : frames)
      excerpt_->coming(now, in, Bytes{frame}.subspan(PacketPort::headroom));
  vrouter_.on_frames(now, arrivals_);
}

void LocalForwarder::inject(VifId out, Bytes frame) {
  const auto inject = [&] { vrouter_.inject(out, frame); };
  excerpt_ ? excerpt_->pass_over(inject) : inject();
  ports_.flush();
}

void LocalForwarder::receive(VifId in, Bytes frame) {
  std::vector<std::byte> buffer(PacketPort::headroom + frame.size());
  std::ranges::copy(frame, buffer.begin() + PacketPort::headroom);
  const Instant now = clock_.now();
  if (excerpt_) excerpt_->coming(now, in, frame);
  vrouter_.on_frame(now, in, buffer, PacketPort::headroom);
  ports_.flush();
}

std::vector<vr::FlowKey> LocalForwarder::sweep() {
  struct Gone final : vr::FlowSink {
    std::vector<vr::FlowKey> keys;
    void gone(const vr::FlowKey& key) override { keys.push_back(key); }
  } sink;
  vrouter_.expire(clock_.now(), {}, &sink);
  if (excerpt_ && !sink.keys.empty()) excerpt_->tables_change();
  return std::move(sink.keys);
}

bool LocalForwarder::record() {
  excerpt_ = std::make_unique<Excerpt>(vrouter_, limits);
  return true;
}

agent::Datapath LocalForwarder::datapath() {
  agent::Datapath datapath;
  Snapshot snapshot{datapath.tables};
  vrouter_.snapshot(snapshot);
  datapath.drops = vrouter_.drops();
  for (const vr::Op& op : datapath.tables) {
    if (const auto* vif = std::get_if<vr::SetVif>(&op))
      datapath.vifs.push_back({vif->vif, vrouter_.counters(vif->vif)});
    if (const auto* vrf = std::get_if<vr::SetVrf>(&op))
      datapath.vrfs.push_back({vrf->vrf, vrouter_.counters(vrf->vrf)});
    if (const auto* flow = std::get_if<vr::SetFlow>(&op))
      datapath.flows.push_back({flow->key, vrouter_.counters(flow->key)});
  }
  return datapath;
}

}  // namespace tflab::netns
