#include "control-core/types/community.h"

#include <array>
#include <utility>

#include "control-core/base/text.h"

namespace tflab {
namespace {

constexpr std::uint64_t body_bits = (1ull << 48) - 1;
constexpr std::uint32_t as_trans = 23456;  // RFC 6793
constexpr std::uint64_t source_bias_bit = 1ull << 31;

// Type in the high octet, subtype in the low one.
enum Kind : std::uint16_t {
  encapsulation_kind = 0x030c,  // RFC 9012 section 4.1
  load_balance_kind = 0x03aa,
  mac_mobility_kind = 0x0600,  // RFC 7432 section 7.7
  router_mac_kind = 0x0603,    // RFC 9135 section 8.1
  etree_kind = 0x0605,         // RFC 8317 section 5.1
  security_group_kind = 0x8004,
  security_group4_kind = 0x8204,
  origin_vn_kind = 0x8071,
  origin_vn4_kind = 0x8271,
  tag_kind = 0x8084,
  tag4_kind = 0x8284,
};

constexpr ExtCommunity make(std::uint16_t kind, std::uint64_t body) {
  return ExtCommunity{std::uint64_t{kind} << 48 | (body & body_bits)};
}
constexpr std::uint16_t kind_of(ExtCommunity community) {
  return static_cast<std::uint16_t>(community.wire() >> 48);
}

// The original's own communities come in two widths: AS 2 + number 4, and AS 4 + number 2. A large
// number of a large AS does not fit either; then the number is kept and the AS is AS_TRANS.
ExtCommunity as_and_number(std::uint16_t narrow, std::uint16_t wide, Asn as, std::uint32_t number) {
  if (as.raw() <= 0xffff) return make(narrow, std::uint64_t{as.raw()} << 32 | number);
  if (number <= 0xffff) return make(wide, std::uint64_t{as.raw()} << 16 | number);
  return make(narrow, std::uint64_t{as_trans} << 32 | number);
}

constexpr std::uint32_t first32(std::uint64_t wire) {
  return static_cast<std::uint32_t>(wire >> 16);
}

std::string as2_number(std::uint64_t wire) {
  return std::to_string(wire >> 32 & 0xffff) + ':' + std::to_string(wire & 0xffffffff);
}
std::string ip4_number(std::uint64_t wire) {
  return to_text(Ip4{first32(wire)}) + ':' + std::to_string(wire & 0xffff);
}
std::string as4_number(std::uint64_t wire) {
  return std::to_string(first32(wire)) + ':' + std::to_string(wire & 0xffff);
}
std::string mac_value(std::uint64_t wire) {
  Mac mac;
  for (std::size_t i = 0; i < 6; ++i)
    mac.octets[i] = static_cast<std::uint8_t>(wire >> (40 - 8 * i));
  return to_text(mac);
}
// Without "target:": RouteTarget prints its own word.
std::string target_value(std::uint64_t wire) {
  return to_text(RouteTarget{wire}).substr(7);
}
std::string encap_value(std::uint64_t wire) {
  return std::string{to_text(static_cast<Encap>(wire & 0xffff))};
}
std::string number32(std::uint64_t wire) {
  return std::to_string(wire & 0xffffffff);
}
std::string sequence_value(std::uint64_t wire) {
  return std::to_string(first32(wire));
}
std::string flags16(std::uint64_t wire) {
  return std::to_string(wire >> 32 & 0xffff);
}
std::string mobility_value(std::uint64_t wire) {
  return ((wire >> 40 & 1) != 0 ? "sticky:" : "non-sticky:") + number32(wire);
}
std::string esi_label_value(std::uint64_t wire) {
  return ((wire >> 40 & 1) != 0 ? "sa:" : "aa:") + std::to_string(wire & 0xffffff);
}
std::string etree_value(std::uint64_t wire) {
  return ((wire >> 40 & 1) != 0 ? "leaf:" : "root:") + std::to_string((wire & 0xffffff) >> 4);
}
std::string load_balance_value(std::uint64_t wire) {
  return (wire & source_bias_bit) != 0 ? "source-bias" : "field-hash";
}

struct Row {
  std::uint16_t kind;
  std::string_view word;
  std::string (*value)(std::uint64_t wire);
};

// clang-format off
constexpr Row rows[] = {
    {0x0002, "target", target_value},
    {0x0102, "target", target_value},
    {0x0202, "target", target_value},
    {0x0003, "soo", as2_number},
    {0x0103, "soo", ip4_number},
    {0x0203, "soo", as4_number},
    {0x0009, "source-as", as2_number},
    {0x0209, "source-as", as4_number},
    {0x010b, "rt-import", ip4_number},
    {encapsulation_kind, "encapsulation", encap_value},
    {0x030d, "defaultgw", number32},
    {load_balance_kind, "load-balance", load_balance_value},
    {mac_mobility_kind, "mobility", mobility_value},
    {0x0601, "esilabel", esi_label_value},
    {0x0602, "esimport", mac_value},
    {router_mac_kind, "rtrmac", mac_value},
    {etree_kind, "etree", etree_value},
    {0x0609, "evpn-mcast-flags", flags16},
    {security_group_kind, "secgroup", as2_number},
    {security_group4_kind, "secgroup", as4_number},
    {origin_vn_kind, "originvn", as2_number},
    {origin_vn4_kind, "originvn", as4_number},
    {tag_kind, "tag", as2_number},
    {tag4_kind, "tag", as4_number},
    {0x8085, "subcluster", as2_number},
    {0x8285, "subcluster", as4_number},
    {0xc000, "local_sequence_number", sequence_value},
};

constexpr std::pair<Encap, std::string_view> encap_names[] = {
    {Encap::unspecified, "unspecified"}, {Encap::gre, "gre"}, {Encap::vxlan, "vxlan"},
    {Encap::nvgre, "nvgre"}, {Encap::mpls, "mpls"}, {Encap::mpls_o_gre, "mpls-o-gre"},
    {Encap::vxlan_gpe, "vxlan-gpe"}, {Encap::udp, "udp"}, {Encap::native, "native"},
};

constexpr std::pair<std::uint32_t, std::string_view> well_known[] = {
    {0xffff0001, "accept-own"}, {0xffff0006, "llgr-stale"}, {0xffff0007, "no-llgr"},
    {0xffff0008, "accept-own-nexthop"}, {0xfffff000, "no-reoriginate"},
    {0xffffff01, "no-export"}, {0xffffff02, "no-advertise"},
    {0xffffff03, "no-export-subconfed"},
};
// clang-format on

std::string hex16(std::uint64_t value) {
  constexpr char digits[] = "0123456789abcdef";
  std::string out;
  for (int shift = 60; shift >= 0; shift -= 4) out += digits[value >> shift & 15];
  return out;
}

}  // namespace

// A value without a name counts as unspecified, as the original reads it.
std::string_view to_text(Encap encap) {
  for (const auto& [value, name] : encap_names)
    if (value == encap) return name;
  return encap_names[0].second;
}

std::optional<Encap> parse_encap(std::string_view text) {
  for (const auto& [value, name] : encap_names)
    if (name == text) return value;
  return {};
}

ExtCommunity ExtCommunity::encapsulation(Encap encap) {
  return make(encapsulation_kind, static_cast<std::uint16_t>(encap));
}

ExtCommunity ExtCommunity::origin_vn(Asn as, std::uint32_t vn_index) {
  return as_and_number(origin_vn_kind, origin_vn4_kind, as, vn_index);
}

ExtCommunity ExtCommunity::mac_mobility(bool sticky, std::uint32_t sequence) {
  return make(mac_mobility_kind, std::uint64_t{sticky} << 40 | sequence);
}

ExtCommunity ExtCommunity::security_group(Asn as, std::uint32_t id) {
  return as_and_number(security_group_kind, security_group4_kind, as, id);
}

ExtCommunity ExtCommunity::router_mac(Mac mac) {
  std::uint64_t body = 0;
  for (std::uint8_t octet : mac.octets) body = body << 8 | octet;
  return make(router_mac_kind, body);
}

ExtCommunity ExtCommunity::etree(bool leaf, std::uint32_t label) {
  return make(etree_kind, std::uint64_t{leaf} << 40 | (label << 4 & 0xffffff));
}

ExtCommunity ExtCommunity::load_balance(const LoadBalance& choice) {
  std::uint64_t body = choice.source_bias ? source_bias_bit : 0;
  for (const HashFieldRow& row : hash_field_rows)
    if ((choice.fields & row.field) != 0) body |= std::uint64_t{row.wire} << 40;
  return make(load_balance_kind, body);
}

ExtCommunity ExtCommunity::tag(Asn as, std::uint32_t value) {
  return as_and_number(tag_kind, tag4_kind, as, value);
}

std::optional<RouteTarget> ExtCommunity::as_target() const {
  if (subtype() != 2 || type() > 2) return {};
  return RouteTarget{wire_};
}

std::optional<Encap> ExtCommunity::as_encapsulation() const {
  if (kind_of(*this) != encapsulation_kind) return {};
  return static_cast<Encap>(wire_ & 0xffff);
}

std::optional<std::uint32_t> ExtCommunity::as_origin_vn() const {
  if (kind_of(*this) == origin_vn_kind) return static_cast<std::uint32_t>(wire_);
  if (kind_of(*this) == origin_vn4_kind) return static_cast<std::uint32_t>(wire_ & 0xffff);
  return {};
}

std::optional<Asn> ExtCommunity::origin_vn_as() const {
  if (kind_of(*this) == origin_vn_kind)
    return Asn{static_cast<std::uint32_t>(wire_ >> 32 & 0xffff)};
  if (kind_of(*this) == origin_vn4_kind) return Asn{first32(wire_)};
  return {};
}

std::optional<ExtCommunity::Mobility> ExtCommunity::as_mac_mobility() const {
  if (kind_of(*this) != mac_mobility_kind) return {};
  return Mobility{(wire_ >> 40 & 1) != 0, static_cast<std::uint32_t>(wire_)};
}

std::optional<LoadBalance> ExtCommunity::as_load_balance() const {
  if (kind_of(*this) != load_balance_kind) return {};
  std::uint8_t fields = 0;
  for (const HashFieldRow& row : hash_field_rows)
    if ((wire_ >> 40 & row.wire) != 0) fields |= row.field;
  return LoadBalance{some_hash_fields(fields), (wire_ & source_bias_bit) != 0};
}

std::optional<std::uint32_t> ExtCommunity::as_tag() const {
  if (kind_of(*this) == tag_kind) return static_cast<std::uint32_t>(wire_);
  if (kind_of(*this) == tag4_kind) return static_cast<std::uint32_t>(wire_ & 0xffff);
  return {};
}

std::string to_text(Community community) {
  const auto value = static_cast<std::uint32_t>(community);
  for (const auto& [number, name] : well_known)
    if (number == value) return std::string{name};
  return std::to_string(value >> 16) + ':' + std::to_string(value & 0xffff);
}

std::string to_text(ExtCommunity community) {
  for (const Row& row : rows)
    if (row.kind == kind_of(community))
      return std::string{row.word} + ':' + row.value(community.wire());
  return "ext community: " + hex16(community.wire());
}

std::optional<Community> parse_community(std::string_view text) {
  for (const auto& [number, name] : well_known)
    if (name == text) return static_cast<Community>(number);
  const std::size_t colon = text.find(':');
  if (colon == std::string_view::npos) return {};
  const auto high = parse_u32(text.substr(0, colon)), low = parse_u32(text.substr(colon + 1));
  if (!high || !low || *high > 0xffff || *low > 0xffff) return {};
  return static_cast<Community>(*high << 16 | *low);
}

}  // namespace tflab
