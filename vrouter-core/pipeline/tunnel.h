#pragma once
// Puts a routed packet into MPLSoUDP or MPLSoGRE: label, tunnel header, outer IPv4, Ethernet.

#include "vrouter-core/pipeline/stage.h"

namespace tflab::vr {

// The source port of MPLSoUDP: one for a flow, spread over 49152 to 65535 (RFC 7510 section 3).
std::uint16_t entropy_port(const Packet& p);

Verdict tunnelled_in_udp(Packet& p, Tables& t, const SetNexthop& nexthop);
Verdict tunnelled_in_gre(Packet& p, Tables& t, const SetNexthop& nexthop);

}  // namespace tflab::vr
