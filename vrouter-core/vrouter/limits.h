#pragma once
// How big the tables are. Fixed when a vrouter is built; its memory is one block from the host.

#include <cstdint>

namespace tflab::vr {

struct Limits {
  std::uint32_t vifs = 256;
  std::uint32_t vrfs = 64;
  std::uint32_t nexthops = 4096;  // at most 2^20, which is what a route entry can name
  std::uint32_t labels = 5120;    // the original's default (vr_mpls.h)
  std::uint32_t routes4 = 16384;  // of all vrfs, plus one for each prefix length a vrf has
  std::uint32_t routes6 = 16384;  // the same
  std::uint32_t machines = 8192;  // routes that know a MAC, of each version of IP
  std::uint32_t macs = 8192;
  std::uint32_t vnis = 4096;
  std::uint32_t member_groups = 1024;  // of composite nexthops, 15 members each
  // 0: none. Then all interfaces with policy have their sources checked by route, packet by packet.
  std::uint32_t flows = 0;
  std::uint32_t held_flows = 8192;  // those the agent has not decided yet
  std::uint32_t fragments = 0;      // datagrams whose pieces flows must know; meant for flows
  std::uint32_t held_pieces = 0;    // that came before the first of their datagram; 9 KiB each
  std::uint32_t mirrors = 16;
  std::uint32_t qos_maps = 4096;  // one less can be set: 0 names none
  std::uint64_t flow_seed =
      0x2545f4914f6cdd1d;  // a host whose packets come from strangers has its own
  friend bool operator==(const Limits&, const Limits&) = default;
};

}  // namespace tflab::vr
