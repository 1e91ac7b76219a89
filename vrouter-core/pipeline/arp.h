#pragma once
#include "vrouter-core/pipeline/proxy.h"
#include "vrouter-core/pipeline/stage.h"

namespace tflab::vr {

// From a VM: requests for anything that is routed are answered, on an interface that bridges with
// the MAC of the machine that has the address if its route knows it, else with the vrouter's MAC on
// that interface; an announcement goes to the agent. What gets no answer is an Invalid ARP drop, as
// the original counts its "drop" treatment: no route, the VM's own address, a reply that nobody
// asked for, and a probe, since the answer would tell the VM that any address it tries is taken.
struct ArpFromVm {
  static constexpr const char* name = "arp-from-vm";
  TFLAB_HOT Verdict run(Packet& p, const Tables& t) {
    return p.meta.eth.type == wire::EtherType::arp ? treated(p, t) : Verdict::next;
  }

private:
  static Verdict treated(Packet& p, const Tables& t);
};

// From the fabric: requests for a VM that lives in the fabric's own vrf are answered with the
// node's MAC, so that neighbours need no route to it. Replies are what the node asked for or what
// the agent did, so both get them. The rest is the node's.
struct ArpFromFabric {
  static constexpr const char* name = "arp-from-fabric";
  static Verdict run(Packet& p, const Tables& t);
};

// From a machine elsewhere, whose question somebody there has flooded: answered for a machine that
// lives here and whose MAC its route knows, else flooded on. Questions for the gateway end here:
// everybody has one of their own.
struct ArpFromTunnel {
  static constexpr const char* name = "arp-from-tunnel";
  TFLAB_HOT Verdict run(Packet& p, const Tables& t) {
    const bool asks = for_all_of_a_vrf(p, t) && p.meta.eth.type == wire::EtherType::arp;
    return asks ? treated(p, t) : Verdict::next;
  }

private:
  static Verdict treated(Packet& p, const Tables& t);
};

// From the node itself: requests for such a VM are answered here, since no neighbour could.
struct ArpFromHost {
  static constexpr const char* name = "arp-from-host";
  static Verdict run(Packet& p, const Tables& t);
};

}  // namespace tflab::vr
