#include "sim/world/forwarder.h"

#include <algorithm>
#include <cassert>
#include <new>

#include "sim/ns3/time.h"

namespace tflab::sim {
namespace {

constexpr std::size_t line = 64;
// calloc'ed pages cost nothing until they are written, which keeps an idle vrouter small.
void* zeroed(const vr::Limits& limits) {
  void* block = std::calloc(1, vr::Vrouter::memory_needed(limits) + line);
  if (block == nullptr) throw std::bad_alloc{};
  return block;
}

std::span<std::byte> aligned(void* block, const vr::Limits& limits) {
  std::size_t room = vr::Vrouter::memory_needed(limits) + line;
  void* start = std::align(line, vr::Vrouter::memory_needed(limits), block, room);
  return {static_cast<std::byte*>(start), vr::Vrouter::memory_needed(limits)};
}

struct Collect : vr::OpSink {
  agent::Datapath& into;
  const vr::Vrouter& core;
  Collect(agent::Datapath& datapath, const vr::Vrouter& from) : into{datapath}, core{from} {}

  void take(const vr::Op& op) override {
    into.tables.push_back(op);
    if (const auto* vif = std::get_if<vr::SetVif>(&op))
      into.vifs.push_back({vif->vif, core.counters(vif->vif)});
    if (const auto* vrf = std::get_if<vr::SetVrf>(&op))
      into.vrfs.push_back({vrf->vrf, core.counters(vrf->vrf)});
    if (const auto* flow = std::get_if<vr::SetFlow>(&op))
      into.flows.push_back({flow->key, core.counters(flow->key)});
  }
};

}  // namespace

Forwarder::Forwarder(const vr::Limits& limits, Transmit transmit)
    : transmit_{std::move(transmit)},
      block_{zeroed(limits)},
      core_{aligned(block_.get(), limits), limits, *this} {}

void Forwarder::receive(VifId in, Bytes frame) {
  buffer_.resize(vr::Vrouter::headroom + frame.size());
  std::ranges::copy(frame, buffer_.begin() + vr::Vrouter::headroom);
  core_.on_frame(now(), in, buffer_, vr::Vrouter::headroom);
}

std::vector<vr::FlowKey> Forwarder::sweep() {
  struct Gone : vr::FlowSink {
    std::vector<vr::FlowKey> keys;
    void gone(const vr::FlowKey& key) override { keys.push_back(key); }
  } sink;
  core_.expire(now(), {}, &sink);
  return std::move(sink.keys);
}

void Forwarder::transmit(VifId out, std::span<const std::byte> frame) {
  transmit_(out, frame);
}

void Forwarder::punt(vr::Trap why, VifId in, VrfId vrf, std::span<const std::byte> frame) {
  traps_.push_back({why, in, vrf, {frame.begin(), frame.end()}});
}

std::optional<Trap> Forwarder::poll_trap() {
  if (traps_.empty()) return {};
  std::optional<Trap> first{std::move(traps_.front())};
  traps_.pop_front();
  return first;
}

agent::Datapath Forwarder::datapath(agent::DatapathPart part) const {
  agent::Datapath datapath;
  Collect collect{datapath, core_};
  if (part == agent::DatapathPart::interfaces) core_.interfaces(collect);
  if (part == agent::DatapathPart::all) core_.snapshot(collect);
  datapath.drops = core_.drops();
  return datapath;
}

}  // namespace tflab::sim
