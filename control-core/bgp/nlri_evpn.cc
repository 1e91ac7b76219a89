// E-VPN routes (RFC 7432 section 7, RFC 9136 section 3.1): type, length, body.
#include <iterator>

#include "control-core/bgp/nlri.h"

namespace tflab::bgp {
namespace {

constexpr unsigned mac_bits = 48;
constexpr std::size_t rd_size = 8, esi_size = 10, tag_size = 4, label_size = 3;
constexpr std::uint32_t highest_vni = 0xffffff;
constexpr std::uint32_t whole_segment_tag = 0xffffffff;  // RFC 7432 section 8.2.1

Esi read_esi(Reader& in) {
  Esi esi;
  read_octets(in, esi.octets);
  return esi;
}

void write_esi(Writer& out, const Esi& esi) {
  write_octets(out, esi.octets);
}

constexpr unsigned ip4_bits = 32, ip6_bits = 128;

// How long the body is up to the end of the address whose length in bits stands at `at`; nothing if
// there is no such address.
std::optional<std::size_t> end_of_address(Bytes body, std::size_t at, bool may_be_none) {
  if (body.size() <= at) return {};
  const auto bits = static_cast<unsigned>(body[at]);
  if (bits != ip4_bits && bits != ip6_bits && !(bits == 0 && may_be_none)) return {};
  return at + 1 + bits / 8;
}

IpAddr read_sized_address(Reader& in) {
  return read_address(in, in.u8() == ip4_bits ? IpVersion::v4 : IpVersion::v6);
}

void write_sized_address(Writer& out, const std::optional<IpAddr>& address) {
  const IpAddr shown = address.value_or(IpAddr{});
  out.u8(static_cast<std::uint8_t>(shown.bits()));
  write_address(out, shown);
}

// With VXLAN the tag, where it is one, is the VNI: old routers leave the label field to MPLS.
std::uint32_t label_for(const EvpnRoute& route, std::uint32_t wire, NlriContext context) {
  if (context.withdraw) return 0;
  if (!context.vxlan || route.tag == 0) return label_of_wire(wire, context.vxlan);
  if (route.tag <= highest_vni) return route.tag;
  return route.tag == whole_segment_tag ? 0 : label_of_wire(wire, true);
}

void write_label(Writer& out, NlriContext context, std::uint32_t label) {
  out.be24(context.withdraw ? 0 : wire_label(label, context.vxlan));
}

bool sound_auto_discovery(Bytes body) {
  return body.size() == esi_size + tag_size + label_size;
}

void read_auto_discovery(Bytes body, NlriContext context, EvpnRoute& route, Reach& reach) {
  Reader in{body};
  route.esi = read_esi(in);
  route.tag = in.be32();
  reach.label = label_for(route, in.be24(), context);
}

void write_auto_discovery(Writer& out, NlriContext context, const EvpnRoute& route,
                          const Reach& reach) {
  write_esi(out, route.esi);
  out.be32(route.tag);
  write_label(out, context, reach.label);
}

// RFC 7432 section 7.2; the second label is that of RFC 9135 section 5.1.
bool sound_mac_ip(Bytes body) {
  constexpr std::size_t mac_at = esi_size + tag_size, ip_at = mac_at + 1 + mac_bits / 8;
  const auto end = end_of_address(body, ip_at, true);
  if (!end || static_cast<unsigned>(body[mac_at]) != mac_bits) return false;
  return body.size() == *end + label_size || body.size() == *end + 2 * label_size;
}

// The address of a MAC, if it has one; 0.0.0.0 is none, for both are printed so. Made in place: a
// copy of what has just been written octet by octet costs more than all the rest of the route.
void read_host(Reader& in, std::optional<IpAddr>& host) {
  const unsigned bits = in.u8();
  if (bits == 0) return host.reset();
  if (bits == ip4_bits)
    host.emplace(Ip4{in.be32()});
  else
    host.emplace(read_address(in, IpVersion::v6));
  if (host->zero()) host.reset();
}

void read_mac_ip(Bytes body, NlriContext context, EvpnRoute& route, Reach& reach) {
  Reader in{body};
  if (context.withdraw)
    in.take(esi_size);
  else
    read_octets(in, reach.esi.octets);
  route.tag = in.be32();
  in.u8();
  read_octets(in, route.mac.octets);
  read_host(in, route.ip);
  reach.label = label_for(route, in.be24(), context);
  const std::uint32_t second = in.left() == 0 ? 0 : in.be24();
  reach.l3_label = context.withdraw ? 0 : label_of_wire(second, context.vxlan);
}

void write_mac_ip(Writer& out, NlriContext context, const EvpnRoute& route, const Reach& reach) {
  write_esi(out, reach.esi);
  out.be32(route.tag);
  out.u8(mac_bits);
  write_octets(out, route.mac.octets);
  if (route.ip && !route.ip->zero())
    write_sized_address(out, route.ip);
  else
    out.u8(0);
  write_label(out, context, reach.label);
  if (reach.l3_label != 0 && !context.withdraw) write_label(out, context, reach.l3_label);
}

bool sound_multicast(Bytes body) {
  return end_of_address(body, tag_size, false) == body.size();
}

void read_multicast(Bytes body, NlriContext, EvpnRoute& route, Reach&) {
  Reader in{body};
  route.tag = in.be32();
  route.ip = read_sized_address(in);
}

void write_multicast(Writer& out, NlriContext, const EvpnRoute& route, const Reach&) {
  out.be32(route.tag);
  write_sized_address(out, route.ip);
}

bool sound_segment(Bytes body) {
  return end_of_address(body, esi_size, false) == body.size();
}

void read_segment(Bytes body, NlriContext, EvpnRoute& route, Reach&) {
  Reader in{body};
  route.esi = read_esi(in);
  route.ip = read_sized_address(in);
}

void write_segment(Writer& out, NlriContext, const EvpnRoute& route, const Reach&) {
  write_esi(out, route.esi);
  write_sized_address(out, route.ip);
}

// RFC 9136 section 3.1: the length of the whole says the version.
constexpr std::size_t ip4_prefix_size = esi_size + tag_size + 1 + 4 + 4 + label_size;
constexpr std::size_t ip6_prefix_size = ip4_prefix_size + 2 * 12;

struct WirePrefix {
  Esi esi;
  unsigned bits;
  IpAddr base, gateway;
  std::uint32_t label;
};

WirePrefix read_wire_prefix(Bytes body) {
  const auto version = body.size() == ip4_prefix_size ? IpVersion::v4 : IpVersion::v6;
  Reader in{body};
  WirePrefix out;
  out.esi = read_esi(in);
  in.be32();  // the tag: ignored on receipt, 0 in the key
  out.bits = in.u8();
  out.base = read_address(in, version);
  out.gateway = read_address(in, version);
  out.label = in.be24();
  return out;
}

// Overlay indexes (an ESI, a gateway) are not followed by the original, and a route that needs one
// must not be taken for one that does not.
bool sound_ip_prefix(Bytes body) {
  if (body.size() != ip4_prefix_size && body.size() != ip6_prefix_size) return false;
  const WirePrefix said = read_wire_prefix(body);
  return said.esi == Esi{} && said.gateway.zero() && said.bits <= said.base.bits();
}

void read_ip_prefix(Bytes body, NlriContext context, EvpnRoute& route, Reach& reach) {
  const WirePrefix said = read_wire_prefix(body);
  route.prefix = IpPrefix{said.base, static_cast<std::uint8_t>(said.bits)};
  reach.label = label_for(route, said.label, context);
}

void write_ip_prefix(Writer& out, NlriContext context, const EvpnRoute& route, const Reach& reach) {
  const IpAddr& base = route.prefix.base();
  write_esi(out, Esi{});
  out.be32(0);
  out.u8(route.prefix.length());
  write_address(out, base);
  write_address(out, base.is_v4() ? IpAddr{Ip4{}} : IpAddr{Ip6{}});
  write_label(out, context, reach.label);
}

struct Body {
  EvpnRoute::Type type;
  bool (*sound)(Bytes body);  // only such bodies are read
  void (*read)(Bytes body, NlriContext context, EvpnRoute& route, Reach& reach);
  void (*write)(Writer& out, NlriContext context, const EvpnRoute& route, const Reach& reach);
};

// clang-format off
constexpr Body bodies[] = {
    {EvpnRoute::auto_discovery, sound_auto_discovery, read_auto_discovery, write_auto_discovery},
    {EvpnRoute::mac_ip, sound_mac_ip, read_mac_ip, write_mac_ip},
    {EvpnRoute::inclusive_multicast, sound_multicast, read_multicast, write_multicast},
    {EvpnRoute::ethernet_segment, sound_segment, read_segment, write_segment},
    {EvpnRoute::ip_prefix, sound_ip_prefix, read_ip_prefix, write_ip_prefix},
};
// clang-format on

consteval bool rows_stand_at_their_type() {
  for (unsigned i = 0; i < std::size(bodies); ++i)
    if (bodies[i].type != EvpnRoute::auto_discovery + i) return false;
  return true;
}
static_assert(rows_stand_at_their_type());

const Body* body_of(unsigned type) {
  const unsigned row = type - EvpnRoute::auto_discovery;
  return row < std::size(bodies) ? &bodies[row] : nullptr;
}

// A route as it is framed. `sound` is null if it says nothing that we could use.
struct Framed {
  const Body* sound = nullptr;
  Bytes rd, body;
};

Framed next_route(Reader& in) {
  const std::uint8_t type = in.u8(), size = in.u8();
  const Bytes octets = in.take(size);
  const Body* row = body_of(type);
  if (row == nullptr || octets.size() < rd_size) return {};  // RFC 7606 section 5.4
  const Bytes body = octets.subspan(rd_size);
  return {row->sound(body) ? row : nullptr, octets.first(rd_size), body};
}

// Routes come by the thousand and of one kind: what another type has left is cleared, what the same
// type has left is written over, for each reads all of its fields.
EvpnRoute& made(Nlri& nlri, std::uint8_t type) {
  if (auto* same = std::get_if<EvpnRoute>(&nlri); same != nullptr && same->type == type)
    return *same;
  EvpnRoute& out = nlri.emplace<EvpnRoute>();
  out.type = type;
  return out;
}

}  // namespace

std::optional<Counted> count_evpn(Bytes field) {
  Counted out;
  Reader in{field};
  while (in.left() > 0) {
    const bool sound = next_route(in).sound != nullptr;
    if (!in.ok()) return {};
    ++(sound ? out.good : out.ignored);
  }
  return out;
}

NlriRead read_evpn(Reader& in, NlriContext context, Reach& reach) {
  const Framed framed = next_route(in);
  if (!in.ok()) return NlriRead::broken;
  if (framed.sound == nullptr) return NlriRead::ignored;
  EvpnRoute& route = made(reach.nlri, framed.sound->type);
  route.rd = RouteDistinguisher{Reader{framed.rd}.be64()};
  reach.label = reach.l3_label = 0;
  reach.esi = {};
  framed.sound->read(framed.body, context, route, reach);
  return NlriRead::ok;
}

void write_evpn(Writer& out, NlriContext context, const Reach& reach) {
  const auto& route = std::get<EvpnRoute>(reach.nlri);
  const Body* body = body_of(route.type);
  if (body == nullptr) return;
  out.u8(route.type);
  const std::size_t length_at = out.written().size();
  out.u8(0);
  out.be64(route.rd.wire());
  body->write(out, context, route, reach);
  const std::size_t length = out.written().size() - length_at - 1;
  if (out.ok()) out.back_to(length_at).u8(static_cast<std::uint8_t>(length));
}

}  // namespace tflab::bgp
