#pragma once
// What one UPDATE can name, family by family: the octets of a route and of the next hop that goes
// with it. Adding a family is a codec and a row here.

#include <cstdint>
#include <optional>

#include "control-core/bgp/update.h"
#include "vrouter-core/base/reader.h"
#include "vrouter-core/base/writer.h"

namespace tflab::bgp {

// What the octets of a route depend on besides the route.
struct NlriContext {
  Family family = Family::inet;
  bool vxlan = false;     // an encapsulation community says VXLAN: e-vpn labels are raw VNIs
  bool withdraw = false;  // labels mean nothing
};

enum class NlriRead : std::uint8_t {
  ok,
  ignored,  // its end is known but it says nothing we can use; the next one can be read
  broken,   // where the next one begins is unknown
};

// No route of ours takes more: an e-vpn type 5 over IPv6 is 60.
inline constexpr std::size_t longest_nlri = 64;

NlriRead read_nlri(Reader& in, NlriContext context, Reach& route);
// erm-vpn type 0 has no octets: it never leaves a control node.
void write_nlri(Writer& out, NlriContext context, const Reach& route);

// The next hop of MP_REACH (RFC 4760 section 3), with the RD in front that VPN families have. An
// IPv4 next hop of an IPv6 family is written, and read back, as IPv4-mapped.
std::optional<IpAddr> read_next_hop(Family family, Bytes field);
void write_next_hop(Writer& out, Family family, const IpAddr& next_hop);

// Labels as three octets: a label in the upper twenty bits with the bottom-of-stack bit, or a VNI.
std::uint32_t wire_label(std::uint32_t label, bool vxlan);
std::uint32_t label_of_wire(std::uint32_t wire, bool vxlan);

// Used by the family codecs: `bits` significant bits in as few octets as hold them.
std::optional<IpPrefix> read_prefix(Reader& in, unsigned bits, IpVersion version);
void write_prefix(Writer& out, const IpPrefix& prefix);
IpAddr read_address(Reader& in, IpVersion version);
void write_address(Writer& out, const IpAddr& address);

// The codecs of the families whose routes say their own length (nlri_evpn.cc, nlri_ermvpn.cc).
NlriRead read_evpn(Reader& in, NlriContext context, Reach& route);
void write_evpn(Writer& out, NlriContext context, const Reach& route);
NlriRead read_ermvpn(Reader& in, NlriContext context, Reach& route);
void write_ermvpn(Writer& out, NlriContext context, const Reach& route);

}  // namespace tflab::bgp
