// The forwarding core behind a C seam: the only C++ of the module that is not shared with the other
// hosts.

#include "netns-lab/kernel/core.h"

#include <new>
#include <span>
#include <variant>

#include "netns-lab/kernel/attributes.h"
#include "netns-lab/kernel/protocol.h"
#include "vrouter-core/ops/octets.h"
#include "vrouter-core/vrouter/vrouter.h"

using namespace tflab;
using kernel::Attributes;

struct tflab_core final : vr::Host, vr::Guard {
  tflab_core(std::span<std::byte> tables, const vr::Limits& limits, std::uint32_t lanes,
             tflab_instance* instance)
      : instance_{instance}, vrouter{tables, limits, *this, {lanes, this}} {}

  void transmit(VifId out, std::span<const std::byte> frame) override {
    tflab_transmit(instance_, out.raw(), octets(frame), frame.size());
  }
  void transmit_last(VifId out, std::span<const std::byte> frame) override {
    tflab_transmit_last(instance_, out.raw(), octets(frame), frame.size());
  }
  void punt(vr::Trap why, VifId in, VrfId vrf, std::span<const std::byte> frame) override {
    tflab_trap(instance_, static_cast<std::uint16_t>(why), in.raw(), vrf.raw(), octets(frame),
               frame.size());
  }
  void take() override { tflab_take_guard(instance_); }
  void give() override { tflab_give_guard(instance_); }

private:
  static const std::uint8_t* octets(std::span<const std::byte> frame) {
    return reinterpret_cast<const std::uint8_t*>(frame.data());
  }

  tflab_instance* instance_;

public:
  vr::Vrouter vrouter;
};

namespace {

constexpr std::size_t line = 64;
constexpr std::size_t tables_at = (sizeof(tflab_core) + line - 1) / line * line;

// So that sizes in octets cannot overflow.
constexpr std::uint32_t most_rows = 1u << 22;

vr::Limits limits_of(const tflab_limits& p) {
  return {.vifs = p.vifs,
          .vrfs = p.vrfs,
          .nexthops = p.nexthops,
          .labels = p.labels,
          .routes4 = p.routes4,
          .routes6 = p.routes6,
          .macs = p.macs,
          .vnis = p.vnis,
          .member_groups = p.member_groups,
          .flows = p.flows,
          .held_flows = p.held_flows,
          .fragments = p.fragments,
          .held_pieces = p.held_pieces,
          .mirrors = p.mirrors,
          .flow_seed = p.flow_seed};
}

bool sane(const tflab_limits& p) {
  const std::uint32_t rows[] = {p.routes4,    p.routes6,   p.macs,        p.vnis,         p.flows,
                                p.held_flows, p.fragments, p.held_pieces, p.member_groups};
  for (const std::uint32_t n : rows)
    if (n > most_rows) return false;
  const auto between = [](std::uint32_t least, std::uint32_t n, std::uint32_t most) {
    return least <= n && n <= most;
  };
  return between(1, p.vifs, 1u << 16) && between(1, p.vrfs, 1u << 16) &&
         between(1, p.nexthops, 1u << 20) && p.labels <= 1u << 20 &&
         between(1, p.routes4, most_rows) && between(1, p.routes6, most_rows) &&
         between(1, p.macs, most_rows) && between(1, p.vnis, most_rows) && p.mirrors <= 256;
}

// Any guard makes it two copies of the tables.
std::size_t needed(const tflab_limits& limits, std::uint32_t lanes) {
  struct : vr::Guard {
    void take() override {}
    void give() override {}
  } guard;
  return vr::Vrouter::memory_needed(limits_of(limits), {lanes, &guard});
}

std::span<std::byte> octets(std::uint8_t* at, std::size_t size) {
  return {reinterpret_cast<std::byte*>(at), size};
}
std::span<const std::byte> octets(const std::uint8_t* at, std::size_t size) {
  return {reinterpret_cast<const std::byte*>(at), size};
}

// Each operation of a snapshot, and behind it what has been counted of what it makes.
class Told final : public vr::OpSink {
public:
  Told(const vr::Vrouter& vrouter, Attributes& out) : vrouter_{vrouter}, out_{out} {}

  void take(const vr::Op& op) override {
    out_.record(TFLAB_OPS, [&](Writer& to) { vr::write(to, op); });
    if (const auto* vif = std::get_if<vr::SetVif>(&op)) count(TFLAB_VIFS, vif->vif);
    if (const auto* vrf = std::get_if<vr::SetVrf>(&op)) count(TFLAB_VRFS, vrf->vrf);
    if (const auto* flow = std::get_if<vr::SetFlow>(&op)) count(TFLAB_FLOWS, flow->key);
  }

private:
  template <class Key>
  void count(std::uint16_t type, const Key& key) {
    out_.record(type, [&](Writer& to) {
      vr::write(to, key);
      vr::write(to, vrouter_.counters(key));
    });
  }

  const vr::Vrouter& vrouter_;
  Attributes& out_;
};

class Gone final : public vr::FlowSink {
public:
  explicit Gone(Attributes& out) : out_{out} {}
  void gone(const vr::FlowKey& key) override {
    out_.record(TFLAB_GONE, [&](Writer& to) { vr::write(to, key); });
  }

private:
  Attributes& out_;
};

// Calls take(op) for each of octets that tflab_core_count() has seen.
template <class Take>
void each_op(const std::uint8_t* ops, std::size_t size, Take take) {
  Reader in{octets(ops, size)};
  while (in.left() > 0)
    if (const auto op = vr::read_op(in)) take(*op);
}

}  // namespace

size_t tflab_core_size(const tflab_limits* limits, uint32_t lanes) {
  return sane(*limits) ? tables_at + needed(*limits, lanes) : 0;
}

tflab_core* tflab_core_start(void* memory, const tflab_limits* limits, uint32_t lanes,
                             tflab_instance* instance) {
  const std::span<std::byte> tables{static_cast<std::byte*>(memory) + tables_at,
                                    needed(*limits, lanes)};
  return new (memory) tflab_core{tables, limits_of(*limits), lanes, instance};
}

static_assert(TFLAB_HEADROOM == vr::Vrouter::headroom);

void tflab_core_frame(tflab_core* core, uint32_t lane, int64_t now, uint16_t vif, uint8_t* buffer,
                      size_t size) {
  core->vrouter.on_frame(lane, Instant{now}, VifId{vif}, octets(buffer, size), TFLAB_HEADROOM);
}

void tflab_core_inject(tflab_core* core, uint32_t lane, uint16_t vif, const uint8_t* frame,
                       size_t size) {
  core->vrouter.inject(VifId{vif}, octets(frame, size), lane);
}

int tflab_core_count(const uint8_t* ops, size_t size) {
  Reader in{octets(ops, size)};
  int count = 0;
  while (in.left() > 0 && vr::read_op(in)) ++count;
  return in.ok() ? count : -1;
}

int tflab_core_apply(tflab_core* core, const uint8_t* ops, size_t size, uint8_t* results) {
  bool tables = false;
  each_op(ops, size, [&](const vr::Op& op) {
    *results++ = static_cast<std::uint8_t>(core->vrouter.apply(op));
    tables = tables || !vr::Vrouter::is_of_flows(op);
  });
  if (tables) core->vrouter.publish();
  return tables ? 1 : 0;
}

void tflab_core_follow(tflab_core* core, const uint8_t* ops, size_t size, uint8_t* results) {
  each_op(ops, size, [&](const vr::Op& op) {
    const auto result = static_cast<std::uint8_t>(core->vrouter.follow(op));
    if (vr::Vrouter::is_of_flows(op)) *results = result;
    ++results;
  });
}

size_t tflab_core_dump(const tflab_core* core, uint8_t* to, size_t room) {
  Attributes out{octets(to, room)};
  Told told{core->vrouter, out};
  core->vrouter.snapshot(told);
  out.record(TFLAB_DROPS, [&](Writer& w) { vr::write(w, core->vrouter.drops()); });
  return out.used();
}

size_t tflab_core_sweep(tflab_core* core, uint32_t lane, int64_t now, uint8_t* to, size_t room) {
  Attributes out{octets(to, room)};
  Gone gone{out};
  core->vrouter.expire(Instant{now}, {}, &gone, lane);
  return out.used();
}
