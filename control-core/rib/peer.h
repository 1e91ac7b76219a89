#pragma once
// Who a path came from, as far as choosing and printing paths needs it. Owned by node/; every path
// of a peer leaves all tables before its Peer does.

#include <cstddef>
#include <cstdint>
#include <string>

#include "vrouter-core/base/addr.h"

namespace tflab::rib {

using PeerId = Id<struct PeerTag, std::uint32_t>;  // 0: nobody (a local path); never reused

struct Peer {
  enum Kind : std::uint8_t { agent, ibgp, ebgp };

  PeerId id;
  std::size_t slot = 0;  // of a BGP peer: its bit in a PeerSet, its own while it is configured
  Kind kind = agent;
  std::string name;  // an agent's host name, a BGP peer's name
  IpAddr address;
  Ip4 router_id;          // of an agent: its address
  Asn as;                 // BGP peers only
  bool client = false;    // we reflect for it (RFC 4456)
  bool filtered = false;  // negotiated route-target: gets only the VPN routes it asked for

  // Its paths in all tables, without copies. Only tables write it, which know a peer by its paths.
  mutable std::uint64_t primary_paths = 0;

  bool bgp() const { return kind != agent; }
};

}  // namespace tflab::rib
