#include "sim/world/forwarder.h"

#include <sys/mman.h>

#include <algorithm>
#include <cassert>
#include <new>

#include "sim/ns3/time.h"

namespace tflab::sim {
namespace {

// Pages cost nothing until they are written, which keeps an idle vrouter small. Not calloc: once
// something large was freed it takes blocks out of the heap, and writes all of them.
std::span<std::byte> mapped(std::size_t size) {
  void* at = ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (at == MAP_FAILED) throw std::bad_alloc{};
  return {static_cast<std::byte*>(at), size};
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
      block_{mapped(vr::Vrouter::memory_needed(limits))},
      core_{block_.octets, limits, *this} {}

Forwarder::Block::~Block() {
  ::munmap(octets.data(), octets.size());
}

// Room of its own for each frame: it is what was freed last, while a vrouter's own would be cold.
void Forwarder::receive(VifId in, Bytes frame) {
  std::vector<std::byte> room(vr::Vrouter::headroom + frame.size());
  std::ranges::copy(frame, room.begin() + vr::Vrouter::headroom);
  core_.on_frame(now(), in, room, vr::Vrouter::headroom);
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
