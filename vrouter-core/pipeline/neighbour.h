#pragma once
#include "vrouter-core/pipeline/proxy.h"
#include "vrouter-core/pipeline/stage.h"
#include "vrouter-core/wire/ipv6.h"

namespace tflab::vr {

// IPv6 neighbour solicitations from a VM, treated as ARP requests are. The link-local address that
// belongs to the vrouter's MAC is answered too: it is the VM's gateway.
struct NeighbourFromVm {
  static constexpr const char* name = "neighbour-from-vm";
  TFLAB_HOT Verdict run(Packet& p, const Tables& t) {
    return may_ask(p) ? treated(p, t) : Verdict::next;
  }

private:
  // Solicitations have no extension headers in front (treated() would pass them on).
  TFLAB_HOT bool may_ask(const Packet& p) {
    return p.meta.eth.type == wire::EtherType::ipv6 && p.size() >= wire::Ipv6::size &&
           static_cast<wire::Protocol>(p.bytes()[6]) == wire::Protocol::icmpv6;
  }
  static Verdict treated(Packet& p, const Tables& t);
};

// The same as ArpFromTunnel.
struct NeighbourFromTunnel {
  static constexpr const char* name = "neighbour-from-tunnel";
  TFLAB_HOT Verdict run(Packet& p, const Tables& t) {
    const bool asks = for_all_of_a_vrf(p, t) && p.meta.eth.type == wire::EtherType::ipv6;
    return asks ? treated(p, t) : Verdict::next;
  }

private:
  static Verdict treated(Packet& p, const Tables& t);
};

}  // namespace tflab::vr
