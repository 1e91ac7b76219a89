#include "pcap-replay/forwarding/stand.h"

#include <cstdlib>
#include <new>
#include <numeric>

#include "recording/op_fields.h"

namespace tflab::forwarding {
namespace {

constexpr std::size_t line = 64;

// calloc'ed pages cost nothing until they are written: most tables stay empty.
void* zeroed(std::size_t size) {
  void* block = std::calloc(1, size + line);
  if (block == nullptr) throw std::bad_alloc{};
  return block;
}

std::span<std::byte> aligned(void* block, std::size_t size) {
  std::size_t room = size + line;
  void* start = std::align(line, size, block, room);
  return {static_cast<std::byte*>(start), size};
}

// Every counter of a struct under its name in recording/op_fields.h.
template <class Struct>
void add_all(Counters& into, const std::string& owner, const Struct& counters) {
  const auto one = [&](const auto& field) {
    if (const std::uint64_t value = counters.*field.member) into[owner + '.' + field.name] = value;
  };
  std::apply([&](const auto&... field) { (one(field), ...); }, recording::Fields<Struct>::list);
}

}  // namespace

void add(Counters& to, const vr::DropCounters& drops) {
  for (std::size_t i = 0; i < vr::drop_reasons; ++i)
    if (drops[i] != 0) to["drop." + std::string{vr::drop_names[i].scenario}] = drops[i];
}
void add(Counters& to, VifId vif, const vr::VifCounters& counters) {
  add_all(to, place_of(vif), counters);
}
void add(Counters& to, VrfId vrf, const vr::VrfCounters& counters) {
  add_all(to, "vrf" + std::to_string(vrf.raw()), counters);
}

Counters moved(const Counters& before, const Counters& after) {
  Counters all;
  for (const auto& [name, value] : after) {
    const auto was = before.find(name);
    const std::uint64_t by = value - (was == before.end() ? 0 : was->second);
    if (by != 0) all[name] = by;
  }
  return all;
}

Counters counters_of(const vr::Vrouter& core, const vr::Limits& limits) {
  Counters all;
  add(all, core.drops());
  for (std::uint32_t i = 0; i < limits.vifs; ++i) {
    const VifId vif{static_cast<std::uint16_t>(i)};
    add(all, vif, core.counters(vif));
  }
  for (std::uint32_t i = 0; i < limits.vrfs; ++i) {
    const VrfId vrf{static_cast<std::uint16_t>(i)};
    add(all, vrf, core.counters(vrf));
  }
  return all;
}

std::vector<vr::Op> tables_of(const vr::Vrouter& core) {
  struct Kept final : vr::OpSink {
    std::vector<vr::Op> ops;
    void take(const vr::Op& op) override { ops.push_back(op); }
  } kept;
  core.snapshot(kept);
  return std::move(kept.ops);
}

std::string place_of(VifId vif) {
  return "vif" + std::to_string(vif.raw());
}

std::string place_of(vr::Trap why, VifId in, VrfId vrf) {
  return "agent/" + recording::write(why).get<std::string>() + '/' + place_of(in) + "/vrf" +
         std::to_string(vrf.raw());
}

void Stand::Free::operator()(void* block) const {
  std::free(block);
}

Stand::Stand(const vr::Limits& limits)
    : limits_{limits},
      block_{zeroed(vr::Vrouter::memory_needed(limits))},
      core_{aligned(block_.get(), vr::Vrouter::memory_needed(limits)), limits, *this} {}

void Stand::lay_out(std::int64_t time_ns, std::span<const std::byte> frame) {
  now_ns_ = time_ns;
  buffer_.assign(vr::Vrouter::headroom, std::byte{0xa5});
  buffer_.insert(buffer_.end(), frame.begin(), frame.end());
}

void Stand::trace(VifId in, std::int64_t time_ns, std::span<const std::byte> frame,
                  vr::StepSink& sink) {
  lay_out(time_ns, frame);
  core_.trace(Instant{time_ns}, in, buffer_, vr::Vrouter::headroom, sink);
}

void Stand::receive(VifId in, std::int64_t time_ns, std::span<const std::byte> frame) {
  lay_out(time_ns, frame);
  core_.on_frame(Instant{time_ns}, in, buffer_, vr::Vrouter::headroom);
}

void Stand::transmit(VifId out, std::span<const std::byte> frame) {
  sent_.push_back({place_of(out), now_ns_, {frame.begin(), frame.end()}});
}

void Stand::punt(vr::Trap why, VifId in, VrfId vrf, std::span<const std::byte> frame) {
  sent_.push_back({place_of(why, in, vrf), now_ns_, {frame.begin(), frame.end()}});
}

std::uint64_t Stand::dropped() const {
  const vr::DropCounters& drops = core_.drops();
  return std::accumulate(drops.begin(), drops.end(), std::uint64_t{0});
}

}  // namespace tflab::forwarding
