// ERM-VPN routes, the original's own (SAFI 243): type, length 22, then RD, router, source, group.
#include "control-core/bgp/nlri.h"

namespace tflab::bgp {
namespace {

constexpr std::uint8_t body_size = 22, address_bits = 32;

bool travels(std::uint8_t type) {
  return type == ErmvpnRoute::local_tree || type == ErmvpnRoute::global_tree;
}

Ip4 read_whole_address(Reader& in) {
  if (in.u8() != address_bits) in.fail();
  return Ip4{in.be32()};
}

}  // namespace

NlriRead read_ermvpn(Reader& in, NlriContext, Reach& reach) {
  ErmvpnRoute route;
  route.type = in.u8();
  Reader body = in.sub(in.u8());
  if (!in.ok()) return NlriRead::broken;
  if (!travels(route.type)) return NlriRead::ignored;
  route.rd = RouteDistinguisher{body.be64()};
  route.router_id = Ip4{body.be32()};
  route.source = read_whole_address(body);
  route.group = read_whole_address(body);
  if (!body.ok() || body.left() != 0) return NlriRead::ignored;
  reach.nlri = route;
  return NlriRead::ok;
}

void write_ermvpn(Writer& out, NlriContext, const Reach& reach) {
  const auto& route = std::get<ErmvpnRoute>(reach.nlri);
  if (!travels(route.type)) return;
  out.u8(route.type);
  out.u8(body_size);
  out.be64(route.rd.wire());
  out.be32(route.router_id.raw());
  out.u8(address_bits);
  out.be32(route.source.raw());
  out.u8(address_bits);
  out.be32(route.group.raw());
}

}  // namespace tflab::bgp
