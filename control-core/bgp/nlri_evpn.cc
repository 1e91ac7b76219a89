// E-VPN routes (RFC 7432 section 7, RFC 9136 section 3.1): type, length, body.
#include "control-core/bgp/nlri.h"

namespace tflab::bgp {
namespace {

constexpr unsigned mac_bits = 48;
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

// A length in bits, then that address; any other length fails the reader.
std::optional<IpAddr> read_sized_address(Reader& in) {
  const unsigned bits = in.u8();
  if (bits == 32) return read_address(in, IpVersion::v4);
  if (bits == 128) return read_address(in, IpVersion::v6);
  in.fail();
  return {};
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

void read_auto_discovery(Reader& in, NlriContext context, EvpnRoute& route, Reach& reach) {
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

// The address of a MAC, if it has one; 0.0.0.0 is none, for both are printed so. Made in place: a
// copy of what has just been written octet by octet costs more than all the rest of the route.
void read_host(Reader& in, std::optional<IpAddr>& host) {
  switch (in.u8()) {
    case 0:
      return host.reset();
    case 32:
      host.emplace(Ip4{in.be32()});
      break;
    case 128:
      host.emplace(read_address(in, IpVersion::v6));
      break;
    default:
      return in.fail();
  }
  if (host->zero()) host.reset();
}

void read_mac_ip(Reader& in, NlriContext context, EvpnRoute& route, Reach& reach) {
  if (context.withdraw)
    in.take(reach.esi.octets.size());
  else
    read_octets(in, reach.esi.octets);
  route.tag = in.be32();
  if (in.u8() != mac_bits) return in.fail();
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

void read_inclusive_multicast(Reader& in, NlriContext, EvpnRoute& route, Reach&) {
  route.tag = in.be32();
  route.ip = read_sized_address(in);
}

void write_inclusive_multicast(Writer& out, NlriContext, const EvpnRoute& route, const Reach&) {
  out.be32(route.tag);
  write_sized_address(out, route.ip);
}

void read_segment(Reader& in, NlriContext, EvpnRoute& route, Reach&) {
  route.esi = read_esi(in);
  route.ip = read_sized_address(in);
}

void write_segment(Writer& out, NlriContext, const EvpnRoute& route, const Reach&) {
  write_esi(out, route.esi);
  write_sized_address(out, route.ip);
}

// RFC 9136 section 3.1. Overlay indexes (an ESI, a gateway) are not followed by the original, and a
// route that needs one must not be taken for one that does not. The length says the version.
void read_ip_prefix(Reader& in, NlriContext context, EvpnRoute& route, Reach& reach) {
  constexpr std::size_t v4_size = 8 + 10 + 4 + 1 + 4 + 4 + 3, v6_size = v4_size + 2 * 12;
  const std::size_t size = in.left() + 8;  // the RD has been read
  if (size != v4_size && size != v6_size) return in.fail();
  const IpVersion version = size == v4_size ? IpVersion::v4 : IpVersion::v6;
  const Esi esi = read_esi(in);
  in.be32();  // the tag: ignored on receipt, 0 in the key
  const std::uint8_t bits = in.u8();
  const IpAddr base = read_address(in, version);
  const IpAddr gateway = read_address(in, version);
  if (esi != Esi{} || !gateway.zero() || bits > base.bits()) return in.fail();
  route.prefix = IpPrefix{base, bits};
  reach.label = label_for(route, in.be24(), context);
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
  void (*read)(Reader& in, NlriContext context, EvpnRoute& route, Reach& reach);
  void (*write)(Writer& out, NlriContext context, const EvpnRoute& route, const Reach& reach);
};

constexpr Body bodies[] = {
    {EvpnRoute::auto_discovery, read_auto_discovery, write_auto_discovery},
    {EvpnRoute::mac_ip, read_mac_ip, write_mac_ip},
    {EvpnRoute::inclusive_multicast, read_inclusive_multicast, write_inclusive_multicast},
    {EvpnRoute::ethernet_segment, read_segment, write_segment},
    {EvpnRoute::ip_prefix, read_ip_prefix, write_ip_prefix},
};

const Body* body_of(std::uint8_t type) {
  for (const Body& body : bodies)
    if (body.type == type) return &body;
  return nullptr;
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

NlriRead read_evpn(Reader& in, NlriContext context, Reach& reach) {
  const std::uint8_t type = in.u8();
  Reader inner = in.sub(in.u8());
  if (!in.ok()) return NlriRead::broken;
  const Body* body = body_of(type);
  if (body == nullptr) return NlriRead::ignored;  // RFC 7606 section 5.4
  EvpnRoute& route = made(reach.nlri, type);
  route.rd = RouteDistinguisher{inner.be64()};
  reach.label = reach.l3_label = 0;
  reach.esi = {};
  body->read(inner, context, route, reach);
  return inner.ok() && inner.left() == 0 ? NlriRead::ok : NlriRead::ignored;
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
