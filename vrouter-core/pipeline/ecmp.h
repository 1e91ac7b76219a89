#pragma once
#include "vrouter-core/base/hash.h"
#include "vrouter-core/pipeline/stage.h"

namespace tflab::vr {

// One number for a packet's flow, the same for every packet of it: for choosing a member, and for
// the source port of a tunnel. Of a frame that is no IP packet it is that of its MACs.
inline std::uint32_t flow_number(const Packet& p) {
  const Meta& meta = p.meta;
  const std::uint64_t vrf = std::uint64_t{meta.vrf.raw()} << 48;
  if (meta.ip == nullptr) [[unlikely]] {
    return mixed32(MacKey::of(meta.vrf, meta.eth.dst).word, MacKey::of({}, meta.eth.src).word);
  }
  const auto protocol = static_cast<std::uint64_t>(meta.protocol);
  const std::uint64_t rest =
      vrf | protocol << 40 | std::uint64_t{meta.ports.src} << 16 | meta.ports.dst;
  if (meta.v4) [[likely]]
    return mixed32(load64(meta.ip + 12), rest);
  std::uint64_t hash = rest;
  for (std::size_t at = 8; at < 40; at += 8) hash = mixed(hash, load64(meta.ip + at));
  return static_cast<std::uint32_t>(hash >> 32);
}

// An ECMP nexthop becomes one of its members: the one its flow has chosen before, or the one at the
// place its number falls on. If nobody is there, the number counts among those that are; so a
// member that goes away moves its own flows and no others.
struct Ecmp {
  static constexpr const char* name = "ecmp";
  TFLAB_HOT Verdict run(Packet& p, const Tables& t) {
    const Forward& row = t.forward[p.meta.nexthop.raw()];
    if (row.type != NexthopType::composite || !row.valid()) return Verdict::next;
    return (row.flags & nh_composite_ecmp) != 0 ? chosen(p, t, row) : Verdict::next;
  }

private:
  static Verdict chosen(Packet& p, const Tables& t, const Forward& composite);
};

}  // namespace tflab::vr
