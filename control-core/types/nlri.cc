#include "control-core/types/nlri.h"

#include <algorithm>
#include <charconv>

#include "control-core/base/text.h"

namespace tflab {
namespace {

using std::string_view;

constexpr unsigned origin_size = 32, target_size = 64;  // bits

constexpr std::uint64_t leading(unsigned bits) {
  return bits == 0 ? 0 : ~std::uint64_t{0} << (target_size - bits);
}

// The text up to a separator, which is eaten; the rest stays. Nothing if it does not occur.
std::optional<string_view> cut(string_view& text, char separator) {
  const std::size_t at = text.find(separator);
  if (at == string_view::npos) return {};
  const string_view piece = text.substr(0, at);
  text.remove_prefix(at + 1);
  return piece;
}

std::string text_of(const InetRoute& route) {
  return to_text(route.prefix);
}

std::string text_of(const VpnRoute& route) {
  return to_text(route.rd) + ':' + to_text(route.prefix);
}

std::string text_of(const TargetRoute& route) {
  const std::string target = route.target ? to_text(*route.target) : "target:0:0";
  const std::string head = std::to_string(route.origin.raw()) + ':' + target;
  return route.whole() ? head : head + '/' + std::to_string(origin_size + route.target_bits);
}

std::string text_of(const EvpnRoute& route) {
  const std::string head = std::to_string(route.type) + '-' + to_text(route.rd) + '-';
  const std::string tag = std::to_string(route.tag);
  const std::string ip = to_text(route.ip.value_or(IpAddr{}));
  switch (route.type) {
    case EvpnRoute::auto_discovery:
      return head + to_text(route.esi) + '-' + tag;
    case EvpnRoute::mac_ip:
      return head + tag + '-' + to_text(route.mac) + ',' + ip;
    case EvpnRoute::inclusive_multicast:
      return head + tag + '-' + ip;
    case EvpnRoute::ethernet_segment:
      return head + to_text(route.esi) + '-' + ip;
    default:
      return head + tag + '-' + to_text(route.prefix);
  }
}

std::string text_of(const ErmvpnRoute& route) {
  return std::to_string(route.type) + '-' + to_text(route.rd) + '-' + to_text(route.router_id) +
         ',' + to_text(route.group) + ',' + to_text(route.source);
}

bool of_version(const IpPrefix& prefix, IpVersion version) {
  return prefix.base().version() == version;
}

std::optional<Nlri> parse_inet(string_view text, IpVersion version) {
  const auto prefix = parse_exact_prefix(text);
  if (!prefix || !of_version(*prefix, version)) return {};
  return InetRoute{*prefix};
}

// An RD is two fields (or seven, for an unnamed type), then comes the prefix, which in IPv6 has
// colons of its own.
std::optional<Nlri> parse_vpn(string_view text, IpVersion version) {
  std::size_t colon = 0;
  for (int field = 1; field <= 7; ++field) {
    colon = text.find(':', colon);
    if (colon == string_view::npos) return {};
    const auto rd = parse_rd(text.substr(0, colon));
    ++colon;
    if (!rd) continue;
    const auto prefix = parse_exact_prefix(text.substr(colon));
    if (prefix && of_version(*prefix, version)) return VpnRoute{*rd, *prefix};
  }
  return {};
}

std::optional<Nlri> parse_membership(string_view text) {
  if (text == "0:target:0:0") return TargetRoute{};
  const auto origin_text = cut(text, ':');
  if (!origin_text) return {};
  const auto origin = parse_u32(*origin_text);
  const std::size_t slash = std::min(text.find('/'), text.size());
  const auto target = parse_target(text.substr(0, slash));
  if (!origin || !target) return {};
  if (slash == text.size()) return TargetRoute{Asn{*origin}, *target};
  const auto bits = parse_u32(text.substr(slash + 1));
  if (!bits || *bits <= origin_size || *bits > origin_size + target_size) return {};
  TargetRoute route{Asn{*origin}, {}};
  route.covers(*target, *bits - origin_size);
  return route;
}

// The four parsers below get what stands after "<type>-<RD>-".
std::optional<Nlri> parse_auto_discovery(EvpnRoute route, string_view text) {
  const auto esi_text = cut(text, '-');
  if (!esi_text) return {};
  const auto esi = parse_esi(*esi_text);
  const auto tag = parse_u32(text);
  if (!esi || !tag) return {};
  route.esi = *esi;
  route.tag = *tag;
  return route;
}

std::optional<Nlri> parse_mac_ip(EvpnRoute route, string_view text) {
  const auto tag_text = cut(text, '-');
  const auto mac_text = cut(text, ',');
  if (!tag_text || !mac_text) return {};
  const auto tag = parse_u32(*tag_text);
  const auto mac = parse_mac(*mac_text);
  const auto ip = parse_ip(text);
  if (!tag || !mac || !ip) return {};
  route.tag = *tag;
  route.mac = *mac;
  if (!ip->zero()) route.ip = *ip;  // 0.0.0.0 is how a missing address is written
  return route;
}

std::optional<Nlri> parse_inclusive_multicast(EvpnRoute route, string_view text) {
  const auto tag_text = cut(text, '-');
  if (!tag_text) return {};
  const auto tag = parse_u32(*tag_text);
  const auto ip = parse_ip(text);
  if (!tag || !ip) return {};
  route.tag = *tag;
  route.ip = *ip;
  return route;
}

std::optional<Nlri> parse_segment(EvpnRoute route, string_view text) {
  const auto esi_text = cut(text, '-');
  if (!esi_text) return {};
  const auto esi = parse_esi(*esi_text);
  const auto ip = parse_ip(text);
  if (!esi || !ip) return {};
  route.esi = *esi;
  route.ip = *ip;
  return route;
}

std::optional<Nlri> parse_ip_prefix(EvpnRoute route, string_view text) {
  const auto tag_text = cut(text, '-');
  if (!tag_text) return {};
  const auto tag = parse_u32(*tag_text);
  const auto prefix = parse_exact_prefix(text);
  if (!tag || !prefix) return {};
  route.tag = *tag;
  route.prefix = *prefix;
  return route;
}

std::optional<Nlri> parse_evpn(string_view text) {
  const auto type_text = cut(text, '-');
  const auto rd_text = cut(text, '-');
  if (!type_text || !rd_text) return {};
  const auto type = parse_u32(*type_text);
  const auto rd = parse_rd(*rd_text);
  if (!type || !rd) return {};
  EvpnRoute route;
  route.rd = *rd;
  route.type = static_cast<std::uint8_t>(std::min(*type, 255u));
  switch (route.type) {
    case EvpnRoute::auto_discovery:
      return parse_auto_discovery(route, text);
    case EvpnRoute::mac_ip:
      return parse_mac_ip(route, text);
    case EvpnRoute::inclusive_multicast:
      return parse_inclusive_multicast(route, text);
    case EvpnRoute::ethernet_segment:
      return parse_segment(route, text);
    case EvpnRoute::ip_prefix:
      return parse_ip_prefix(route, text);
    default:
      return {};
  }
}

std::optional<Nlri> parse_ermvpn(string_view text) {
  const auto type_text = cut(text, '-');
  const auto rd_text = cut(text, '-');
  const auto router_text = cut(text, ',');
  const auto group_text = cut(text, ',');
  if (!type_text || !rd_text || !router_text || !group_text) return {};
  const auto type = parse_u32(*type_text);
  const auto rd = parse_rd(*rd_text);
  const auto router = parse_ip4(*router_text);
  const auto group = parse_ip4(*group_text);
  const auto source = parse_ip4(text);
  if (!type || *type > ErmvpnRoute::global_tree || !rd || !router || !group || !source) return {};
  return ErmvpnRoute{*source, *group, static_cast<std::uint8_t>(*type), *rd, *router};
}

// RFC 7432 section 5: type 4 is a router's address, type 5 an AS; both then a number, then a zero.
enum EsiType : std::uint8_t { esi_router = 4, esi_as = 5 };

std::uint32_t be32_at(const Esi& esi, std::size_t at) {
  std::uint32_t value = 0;
  for (std::size_t i = 0; i < 4; ++i) value = value << 8 | esi.octets[at + i];
  return value;
}

Esi compound_esi(std::uint8_t type, std::uint32_t admin, std::uint32_t number) {
  Esi esi;
  esi.octets[0] = type;
  for (std::size_t i = 0; i < 4; ++i) {
    esi.octets[1 + i] = static_cast<std::uint8_t>(admin >> (24 - 8 * i));
    esi.octets[5 + i] = static_cast<std::uint8_t>(number >> (24 - 8 * i));
  }
  return esi;
}

Esi max_esi() {
  Esi esi;
  esi.octets.fill(0xff);
  return esi;
}

std::string plain_esi(const Esi& esi) {
  constexpr char digits[] = "0123456789abcdef";
  std::string out;
  for (std::uint8_t octet : esi.octets) {
    if (!out.empty()) out += ':';
    out += digits[octet >> 4];
    out += digits[octet & 15];
  }
  return out;
}

std::optional<Esi> parse_plain_esi(string_view text) {
  if (text.size() != 29) return {};
  Esi esi;
  for (std::size_t i = 0; i < 10; ++i) {
    const char* first = text.data() + 3 * i;
    const auto [end, error] = std::from_chars(first, first + 2, esi.octets[i], 16);
    if (error != std::errc{} || end != first + 2 || (i < 9 && first[2] != ':')) return {};
  }
  return esi;
}

}  // namespace

void TargetRoute::covers(RouteTarget first, unsigned bits) {
  target = RouteTarget{first.wire() & leading(bits)};
  target_bits = static_cast<std::uint8_t>(bits);
}

bool TargetRoute::admits(RouteTarget candidate) const {
  return !target || (candidate.wire() & leading(target_bits)) == target->wire();
}

std::string to_text(const Esi& esi) {
  if (esi == Esi{}) return "zero_esi";
  if (esi == max_esi()) return "max_esi";
  const std::string number = ':' + std::to_string(be32_at(esi, 5));
  if (esi.octets[9] == 0 && esi.octets[0] == esi_router)
    return to_text(Ip4{be32_at(esi, 1)}) + number;
  if (esi.octets[9] == 0 && esi.octets[0] == esi_as)
    return std::to_string(be32_at(esi, 1)) + number;
  return plain_esi(esi);
}

std::optional<Esi> parse_esi(string_view text) {
  if (text == "zero_esi") return Esi{};
  if (text == "max_esi") return max_esi();
  if (const auto plain = parse_plain_esi(text)) return plain;
  const auto admin_text = cut(text, ':');
  if (!admin_text) return {};
  const auto number = parse_u32(text);
  if (!number) return {};
  if (const auto ip = parse_ip4(*admin_text)) return compound_esi(esi_router, ip->raw(), *number);
  if (const auto as = parse_u32(*admin_text)) return compound_esi(esi_as, *as, *number);
  return {};
}

std::string to_text(const Nlri& nlri) {
  return std::visit([](const auto& route) { return text_of(route); }, nlri);
}

std::optional<Nlri> parse_nlri(Family family, string_view text) {
  switch (family) {
    case Family::inet:
    case Family::inet_labeled:
      return parse_inet(text, IpVersion::v4);
    case Family::inet6:
      return parse_inet(text, IpVersion::v6);
    case Family::inet_vpn:
      return parse_vpn(text, IpVersion::v4);
    case Family::inet6_vpn:
      return parse_vpn(text, IpVersion::v6);
    case Family::route_target:
      return parse_membership(text);
    case Family::evpn:
      return parse_evpn(text);
    case Family::ermvpn:
      return parse_ermvpn(text);
  }
  return {};
}

}  // namespace tflab
