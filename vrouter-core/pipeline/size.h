#pragma once
#include "vrouter-core/pipeline/stage.h"

namespace tflab::vr {

// Does it fit? What leaves, tunnel headers and all, must not be longer than the interface takes.
// IPv4 that may be fragmented is; the rest goes to the agent, who tells the sender how long it may
// be (RFC 1191, RFC 8201). TCP is told beforehand: the largest segment a SYN offers is cut to what
// fits.
struct Fit {
  static constexpr const char* name = "fit";
  TFLAB_HOT Verdict run(Packet& p, const Tables& t) {
    const Forward& row = t.forward[p.meta.nexthop.raw()];
    const bool leaves = row.type == NexthopType::tunnel || row.type == NexthopType::encap;
    if (!leaves || p.meta.ip == nullptr) return Verdict::next;
    const std::size_t mtu = t.vifs[row.out.raw()].set.mtu;
    const std::size_t overhead = row.overhead;
    if (p.meta.protocol == wire::Protocol::tcp) clamp(p, mtu - overhead);
    p.meta.too_long = p.size() + overhead > mtu;
    return p.meta.too_long ? too_long(p, t) : Verdict::next;
  }

private:
  static Verdict too_long(Packet& p, const Tables& t);
  static void clamp(Packet& p, std::size_t longest_packet);
};

// What Fit let through although it is too long leaves in pieces.
struct Cut {
  static constexpr const char* name = "cut";
  TFLAB_HOT Verdict run(Packet& p, const Tables&) {
    return p.meta.too_long ? Verdict::fragment : Verdict::next;
  }
};

}  // namespace tflab::vr
