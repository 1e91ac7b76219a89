#pragma once
// How pages tell of a nexthop, a VRF or a control node; several pages need the same words.

#include <cstdint>
#include <string>

#include "control-core/agent/state.h"
#include "control-core/introspect/tree.h"

namespace tflab::agent {

introspect::Tree nexthop_row(const State& state, const NexthopKey& key);  // NhSandeshData
std::string tunnel_text(const NexthopKey& key);       // MPLSoGRE, MPLSoUDP; empty: no tunnel
std::string vif_text(const State& state, VifId vif);  // vhost0, coredns/eth0
std::string instance_of_vrf(const State& state, VrfId vrf);
std::string network_of_vrf(const State& state, VrfId vrf);
std::string source_text(const State& state, Source control_node);  // its address
// The label others use for what is behind this nexthop of ours; 0: none.
std::uint32_t label_towards(const State& state, const NexthopKey& key);

}  // namespace tflab::agent
