#pragma once
// What a ping did to the vrouters: their counter pages before and after it, told as encapsulation
// and drop reasons. One place for all hosts, so that they cannot classify differently.

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "scenarios/lab.h"

namespace tflab::scenario {

// The counters of one vrouter that tell where a ping went.
struct Reading {
  std::uint64_t gre = 0, udp = 0, vxlan = 0;   // packets that took a tunnel nexthop, all VRFs
  std::uint64_t fabric_out = 0;                // sent out of the physical interface
  std::uint64_t host_in = 0;                   // came from vhost0: the host's own traffic
  std::map<std::string, std::uint64_t> drops;  // by scenario name
  friend bool operator==(const Reading&, const Reading&) = default;
};
using Readings = std::map<std::string, Reading>;  // by vrouter; those that answer

// From the pages KVrfStatsReq, KInterfaceReq and KDropStatsReq.
Reading reading_of(const introspect::Tree& vrf_stats, const introspect::Tree& interfaces,
                   const introspect::Tree& drop_stats);
Readings read(Lab& lab);

// How the requests travelled: a tunnel whose counter moved; else native, when at least as many
// packets as were answered left by the fabric without being the host's own; else local. Empty when
// nothing was answered and no tunnel was taken: then nobody can know.
std::string encap(const Readings& before, const Readings& after, unsigned received);

// Names of the drop counters that moved, sorted. Nothing lost, nothing blamed: a counter that moves
// while every ping is answered counted somebody else's packet.
std::vector<std::string> drop_reasons(const Readings& before, const Readings& after, unsigned lost);

// Fills in `result`, whose sent and received are already there.
void classify(PingResult& result, const Readings& before, const Readings& after);

}  // namespace tflab::scenario
