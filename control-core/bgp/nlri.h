#pragma once
// What one UPDATE can name, family by family: the octets of a route and of the next hop that goes
// with it. Adding a family is a codec and a row here.

#include <array>
#include <compare>
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>

#include "control-core/types/family.h"
#include "control-core/types/nlri.h"
#include "vrouter-core/base/reader.h"
#include "vrouter-core/base/writer.h"

namespace tflab::bgp {

// A route with its label: an MPLS label, or a VNI when the encapsulation is VXLAN; 0: none.
struct Reach {
  Nlri nlri;
  std::uint32_t label = 0;
  // E-vpn type 2 only, where they are no part of the key:
  std::uint32_t l3_label = 0;  // the second label (RFC 9135 section 5.1)
  Esi esi{};
  friend auto operator<=>(const Reach&, const Reach&) = default;
};

// What the octets of a route depend on besides the route. Four octets, so that it goes from
// function to function in a register.
struct alignas(4) NlriContext {
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

// Every field of `route` is set when the answer is ok.
NlriRead read_nlri(Reader& in, NlriContext context, Reach& route);
// The next routes of a field that is known to be sound: as many as there are or as there is room
// for. What is to be ignored is passed over.
using ReadNlris = std::size_t (*)(Reader& field, NlriContext context, std::span<Reach> room);
ReadNlris reader_of(Family family);
// The routes of a field, counted and found sound; nothing if one of them is broken.
struct Counted {
  std::size_t good = 0, ignored = 0;
};
std::optional<Counted> count_routes(NlriContext context, Bytes field);
// The first of the routes, as many as fit; returns how many. erm-vpn type 0 has no octets: it never
// leaves a control node.
std::size_t write_nlris(Writer& out, NlriContext context, std::span<const Reach> routes);

// The next hop of MP_REACH (RFC 4760 section 3), with the RD in front that VPN families have. An
// IPv4 next hop of an IPv6 family is written, and read back, as IPv4-mapped.
enum class NextHopRead : std::uint8_t {
  ok,
  unusable,  // of a form that only RFC 8950 or an IPv6 underlay would give us, or no host's address
  malformed,  // of a length that fits no form of the family (RFC 7606 section 7.11)
};
NextHopRead read_next_hop(Family family, Bytes field, IpAddr& next_hop);
void write_next_hop(Writer& out, Family family, const IpAddr& next_hop);
// False for what no packet can be sent to: 0/8, loopback, multicast and beyond; ::, ::1, ff00::/8.
bool names_a_host(const IpAddr& address);

// Labels as three octets: a label in the upper twenty bits with the bottom-of-stack bit, or a VNI.
std::uint32_t wire_label(std::uint32_t label, bool vxlan);
std::uint32_t label_of_wire(std::uint32_t wire, bool vxlan);

// Used by the family codecs.
IpAddr read_address(Reader& in, IpVersion version);
void write_address(Writer& out, const IpAddr& address);

// An array of octets, whole.
template <std::size_t size>
inline void read_octets(Reader& in, std::array<std::uint8_t, size>& octets) {
  const Bytes from = in.take(size);
  if (from.size() == size) std::memcpy(octets.data(), from.data(), size);
}
template <std::size_t size>
void write_octets(Writer& out, const std::array<std::uint8_t, size>& octets) {
  out.bytes(std::as_bytes(std::span{octets}));
}

// The codecs of the families whose routes say their own length (nlri_evpn.cc, nlri_ermvpn.cc).
std::optional<Counted> count_evpn(Bytes field);
NlriRead read_evpn(Reader& in, NlriContext context, Reach& route);
void write_evpn(Writer& out, NlriContext context, const Reach& route);
NlriRead read_ermvpn(Reader& in, NlriContext context, Reach& route);
void write_ermvpn(Writer& out, NlriContext context, const Reach& route);

}  // namespace tflab::bgp
