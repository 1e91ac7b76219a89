#include "control-core/bgp/attribute.h"

#include <algorithm>
#include <array>

#include "control-core/bgp/as_path.h"
#include "control-core/bgp/message.h"
#include "control-core/bgp/nlri.h"
#include "control-core/bgp/open.h"

namespace tflab::bgp {
namespace {

constexpr std::uint8_t ip4_octets = 4;

AsWidth width_of(Dialect dialect) {
  return dialect.four_byte_as ? AsWidth::four : AsWidth::two;
}

bool always(const Outgoing&) {
  return true;
}
bool never(const Outgoing&) {
  return false;
}

// A list that fills the attribute: at least one element, no remainder.
template <class Element, class ReadOne>
bool read_list(Reader& in, std::size_t size, std::vector<Element>& list, ReadOne read_one) {
  if (in.left() == 0 || in.left() % size != 0) return false;
  list.reserve(in.left() / size);
  while (in.left() > 0) list.push_back(read_one());
  return true;
}

bool read_origin(Reader& in, Incoming& message) {
  const std::uint8_t value = in.u8();
  message.set.origin = static_cast<Origin>(value);
  return value <= static_cast<std::uint8_t>(Origin::incomplete);
}
void write_origin(Writer& out, const Outgoing& from) {
  out.u8(static_cast<std::uint8_t>(from.set.origin));
}

bool read_path(Reader& in, Incoming& message) {
  auto path = read_as_path(in, width_of(message.dialect));
  if (path) message.set.as_path = std::move(*path);
  return path.has_value();
}
void write_path(Writer& out, const Outgoing& from) {
  write_as_path(out, from.set.as_path, width_of(from.dialect));
}

// A speaker of four octets has no business sending AS4_PATH: it is read and not used.
bool read_path4(Reader& in, Incoming& message) {
  auto path = read_as4_path(in);
  if (path && !message.dialect.four_byte_as) message.as4_path = std::move(*path);
  return path.has_value();
}
bool path4_sent(const Outgoing& out) {
  return !out.dialect.four_byte_as && !fits_two_octets(out.set.as_path);
}
void write_path4(Writer& out, const Outgoing& from) {
  write_as_path(out, from.set.as_path, AsWidth::four);
}

bool read_classic_next_hop(Reader& in, Incoming& message) {
  const Ip4 address{in.be32()};
  if (names_a_host(address)) message.next_hop = address;
  return true;
}
// The original sends it for inet beside MP_REACH, for the sake of old speakers.
bool classic_next_hop_sent(const Outgoing& out) {
  return out.family == Family::inet;
}
void write_classic_next_hop(Writer& out, const Outgoing& from) {
  out.be32(from.set.next_hop.v4().raw());
}

bool read_med(Reader& in, Incoming& message) {
  message.set.med = in.be32();
  return true;
}
bool med_sent(const Outgoing& out) {
  return out.set.med.value_or(0) != 0;
}
void write_med(Writer& out, const Outgoing& from) {
  out.be32(*from.set.med);
}

bool read_local_pref(Reader& in, Incoming& message) {
  message.set.local_pref = in.be32();
  return true;
}
void write_local_pref(Writer& out, const Outgoing& from) {
  out.be32(from.set.effective_local_pref());
}

bool read_atomic_aggregate(Reader& in, Incoming& message) {
  if (in.left() != 0) return false;
  message.set.atomic_aggregate = true;
  return true;
}
bool atomic_aggregate_sent(const Outgoing& out) {
  return out.set.atomic_aggregate;
}
void write_nothing(Writer&, const Outgoing&) {}

bool read_aggregator_as(Reader& in, AsWidth width, std::optional<Aggregator>& aggregator) {
  if (in.left() != static_cast<std::size_t>(width) + ip4_octets) return false;
  const Asn as{width == AsWidth::two ? in.be16() : in.be32()};
  const Ip4 address{in.be32()};
  if (as == Asn{}) return false;  // RFC 7607
  aggregator = Aggregator{as, address};
  return true;
}
bool read_aggregator(Reader& in, Incoming& message) {
  return read_aggregator_as(in, width_of(message.dialect), message.set.aggregator);
}
bool aggregator_sent(const Outgoing& out) {
  return out.set.aggregator.has_value();
}
void write_aggregator(Writer& out, const Outgoing& from) {
  const Asn as = from.set.aggregator->as;
  if (from.dialect.four_byte_as)
    out.be32(as.raw());
  else
    out.be16(static_cast<std::uint16_t>(as.raw() > 0xffff ? as_trans.raw() : as.raw()));
  out.be32(from.set.aggregator->address.raw());
}

bool read_aggregator4(Reader& in, Incoming& message) {
  std::optional<Aggregator> aggregator;
  if (!read_aggregator_as(in, AsWidth::four, aggregator)) return false;
  if (!message.dialect.four_byte_as) message.as4_aggregator = aggregator;
  return true;
}
bool aggregator4_sent(const Outgoing& out) {
  return aggregator_sent(out) && !out.dialect.four_byte_as && out.set.aggregator->as.raw() > 0xffff;
}
void write_aggregator4(Writer& out, const Outgoing& from) {
  out.be32(from.set.aggregator->as.raw());
  out.be32(from.set.aggregator->address.raw());
}

bool read_originator(Reader& in, Incoming& message) {
  message.set.originator_id = Ip4{in.be32()};
  return true;
}
bool originator_sent(const Outgoing& out) {
  return out.set.originator_id.has_value();
}
void write_originator(Writer& out, const Outgoing& from) {
  out.be32(from.set.originator_id->raw());
}

bool read_clusters(Reader& in, Incoming& message) {
  return read_list(in, ip4_octets, message.set.cluster_list, [&] { return Ip4{in.be32()}; });
}
bool clusters_sent(const Outgoing& out) {
  return !out.set.cluster_list.empty();
}
void write_clusters(Writer& out, const Outgoing& from) {
  for (Ip4 id : from.set.cluster_list) out.be32(id.raw());
}

// The original's 241: address length, address, octets of blocks, then first and last of each.
constexpr std::size_t block_size = 8, most_blocks = 255 / block_size;

bool read_edge(Reader& in, EdgeDiscovery& edge) {
  if (in.u8() != ip4_octets) return false;
  edge.address = Ip4{in.be32()};
  Reader blocks = in.sub(in.u8());
  return in.ok() && read_list(blocks, block_size, edge.labels, [&] {
           LabelBlock block;
           block.first = blocks.be32();
           block.last = blocks.be32();
           return block;
         });
}
bool read_discovery(Reader& in, Incoming& message) {
  if (in.left() == 0) return false;
  while (in.left() > 0) {
    EdgeDiscovery edge;
    if (!read_edge(in, edge)) return false;
    message.set.edge_discovery.push_back(std::move(edge));
  }
  return true;
}
bool discovery_sent(const Outgoing& out) {
  return std::ranges::any_of(out.set.edge_discovery,
                             [](const EdgeDiscovery& edge) { return !edge.labels.empty(); });
}
void write_edge(Writer& out, Ip4 address, std::span<const LabelBlock> blocks) {
  out.u8(ip4_octets);
  out.be32(address.raw());
  out.u8(static_cast<std::uint8_t>(block_size * blocks.size()));
  for (const LabelBlock& block : blocks) {
    out.be32(block.first);
    out.be32(block.last);
  }
}
// An edge without labels offers nothing and has no octets.
void write_discovery(Writer& out, const Outgoing& from) {
  for (const EdgeDiscovery& edge : from.set.edge_discovery) {
    std::span<const LabelBlock> rest{edge.labels};
    while (!rest.empty()) {
      const auto piece = rest.first(std::min(rest.size(), most_blocks));
      write_edge(out, edge.address, piece);
      rest = rest.subspan(piece.size());
    }
  }
}

// The original's 242: address length, then address and label inbound, address and label outbound.
constexpr std::size_t forwarding_size = 17;

bool read_forwarding(Reader& in, Incoming& message) {
  bool sound = true;
  const bool whole = read_list(in, forwarding_size, message.set.edge_forwarding, [&] {
    EdgeForwarding edge;
    sound = in.u8() == ip4_octets && sound;
    edge.in_address = Ip4{in.be32()};
    edge.in_label = in.be32();
    edge.out_address = Ip4{in.be32()};
    edge.out_label = in.be32();
    return edge;
  });
  return whole && sound;
}
bool forwarding_sent(const Outgoing& out) {
  return !out.set.edge_forwarding.empty();
}
void write_forwarding(Writer& out, const Outgoing& from) {
  for (const EdgeForwarding& edge : from.set.edge_forwarding) {
    out.u8(ip4_octets);
    out.be32(edge.in_address.raw());
    out.be32(edge.in_label);
    out.be32(edge.out_address.raw());
    out.be32(edge.out_label);
  }
}

bool read_communities(Reader& in, Incoming& message) {
  return read_list(in, 4, message.set.communities,
                   [&] { return static_cast<Community>(in.be32()); });
}
bool communities_sent(const Outgoing& out) {
  return !out.set.communities.empty();
}
void write_communities(Writer& out, const Outgoing& from) {
  for (Community community : from.set.communities) out.be32(static_cast<std::uint32_t>(community));
}

bool read_ext_communities(Reader& in, Incoming& message) {
  return read_list(in, 8, message.set.ext_communities, [&] { return ExtCommunity{in.be64()}; });
}
bool ext_communities_sent(const Outgoing& out) {
  return !out.set.ext_communities.empty();
}
void write_ext_communities(Writer& out, const Outgoing& from) {
  for (ExtCommunity community : from.set.ext_communities) out.be64(community.wire());
}

bool read_origin_vn_path(Reader& in, Incoming& message) {
  return read_list(in, 8, message.set.origin_vn_path, [&] { return ExtCommunity{in.be64()}; });
}
bool origin_vn_path_sent(const Outgoing& out) {
  return !out.set.origin_vn_path.empty();
}
void write_origin_vn_path(Writer& out, const Outgoing& from) {
  for (ExtCommunity community : from.set.origin_vn_path) out.be64(community.wire());
}

// RFC 6514 section 5, and 252: the original's assisted replication. The label stays raw here:
// whether it is a VNI is known only at the end.
bool read_pmsi(Reader& in, Incoming& message) {
  constexpr std::uint8_t last_known = 7;
  PmsiTunnel tunnel;
  tunnel.flags = in.u8();
  tunnel.type = in.u8();
  tunnel.label = in.be24();
  const bool known = tunnel.type <= last_known || tunnel.type == PmsiTunnel::assisted_replication;
  if (!in.ok() || !known) return false;
  const std::size_t size = in.left();
  if (tunnel.type == PmsiTunnel::ingress_replication && size != 4 && size != 16) return false;
  for (std::byte octet : in.take(size))
    tunnel.identifier.push_back(static_cast<std::uint8_t>(octet));
  message.set.pmsi_tunnel = std::move(tunnel);
  return true;
}
bool pmsi_sent(const Outgoing& out) {
  return out.set.pmsi_tunnel.has_value();
}
void write_pmsi(Writer& out, const Outgoing& from) {
  const PmsiTunnel& tunnel = *from.set.pmsi_tunnel;
  out.u8(tunnel.flags);
  out.u8(tunnel.type);
  out.be24(wire_label(tunnel.label, says_vxlan(from.set)));
  for (std::uint8_t octet : tunnel.identifier) out.u8(octet);
}

std::optional<Family> spoken_family(Reader& in, const Incoming& message) {
  const std::uint16_t afi = in.be16();
  const auto family = family_of_bgp(afi, in.u8());
  const auto& spoken = message.spoken;
  if (!family || std::ranges::find(spoken, *family) == spoken.end()) return {};
  return family;
}

bool read_mp_reach(Reader& in, Incoming& message) {
  MpReach reach;
  reach.family = spoken_family(in, message);
  const Bytes next_hop = in.take(in.u8());
  in.u8();  // reserved
  reach.routes = in.take(in.left());
  if (!in.ok()) return false;
  if (reach.family) {
    IpAddr address;
    const NextHopRead verdict = read_next_hop(*reach.family, next_hop, address);
    if (verdict == NextHopRead::malformed) return false;
    if (verdict == NextHopRead::ok) reach.next_hop = address;
  }
  message.reach = reach;
  return true;
}

bool read_mp_unreach(Reader& in, Incoming& message) {
  MpUnreach unreach;
  unreach.family = spoken_family(in, message);
  unreach.routes = in.take(in.left());
  if (in.ok()) message.unreach = unreach;
  return true;
}

// --- carried or dropped: sound or not is all we ask

template <std::size_t size>
bool read_elements(Reader& in, Incoming&) {
  const std::size_t octets = in.take(in.left()).size();
  return octets != 0 && octets % size == 0;
}

// RFC 9012 section 2: tunnels of two octets of type and two of length, made of sub-TLVs whose
// length takes one octet, or two from type 128 on. What is inside those is the tunnel's affair.
bool read_tunnels(Reader& in, Incoming&) {
  if (in.left() == 0) return false;
  while (in.left() > 0) {
    in.be16();
    Reader tunnel = in.sub(in.be16());
    while (tunnel.left() > 0) {
      const bool is_long = tunnel.u8() >= 128;
      tunnel.take(is_long ? tunnel.be16() : tunnel.u8());
    }
    if (!tunnel.ok()) return false;
  }
  return true;
}

// TLVs with two octets of length that counts what follows it.
template <std::size_t type_size, class Check>
bool read_tlvs(Reader& in, Check check) {
  if (in.left() == 0) return false;
  while (in.left() > 0) {
    const unsigned type = type_size == 1 ? in.u8() : in.be16();
    const std::size_t size = in.be16();
    if (in.take(size).size() != size || !in.ok() || !check(type, size)) return false;
  }
  return true;
}

// RFC 8669 section 3: a label index of 7 octets, and ranges of 6 each behind 2 of flags.
bool read_prefix_sid(Reader& in, Incoming&) {
  return read_tlvs<1>(in, [](unsigned type, std::size_t size) {
    constexpr unsigned label_index = 1, originator_srgb = 3;
    if (type == label_index) return size == 7;
    return type != originator_srgb || (size >= 8 && size % 6 == 2);
  });
}

bool read_link_state(Reader& in, Incoming&) {
  return read_tlvs<2>(in, [](unsigned, std::size_t) { return true; });
}

// RFC 7311 section 3: here the length counts type and length too. Only the first TLV of type 1
// says something, and it is 11 octets long.
bool read_aigp(Reader& in, Incoming&) {
  constexpr unsigned metric = 1, tlv_head = 3, metric_size = 11;
  if (in.left() == 0) return false;
  while (in.left() > 0) {
    const unsigned type = in.u8(), size = in.be16();
    if (size < tlv_head || (type == metric && size != metric_size)) return false;
    in.take(size - tlv_head);
  }
  return in.ok();
}

// RFC 9234 section 5: whoever is only to customers has a number.
bool read_only_to_customer(Reader& in, Incoming&) {
  return in.be32() != 0;
}

// RFC 6368 section 5: an AS, then attributes, none of which says where the routes are.
bool read_attribute_set(Reader& in, Incoming&) {
  in.be32();
  while (in.left() > 0) {
    const std::uint8_t flags = in.u8(), code = in.u8();
    in.take((flags & extended_length) != 0 ? in.be16() : in.u8());
    if (code == next_hop_code || code == mp_reach_code || code == mp_unreach_code) return false;
  }
  return in.ok();
}

constexpr std::uint8_t well_known = transitive;
constexpr std::uint8_t optional_transitive = optional | transitive;
constexpr Damage discard = Damage::discard_attribute;
constexpr Damage withdraw = Damage::treat_as_withdraw;
constexpr Damage reset = Damage::reset_session;
constexpr auto everywhere = Scope::everywhere, internal = Scope::internal;
constexpr auto kept = Use::kept, carried = Use::carried, dropped = Use::dropped;

// The original's own three (241 to 243) decide where packets go or whether a route loops, so a
// route is not kept without them. RFC 6514 is silent about a malformed PMSI_TUNNEL; a route that
// asks for a tunnel is not kept without it either.
// clang-format off
constexpr AttributeRow rows[] = {
    {1, "ORIGIN", well_known, withdraw, withdraw, everywhere, kept, read_origin, always, write_origin},
    {3, "NEXT_HOP", well_known, withdraw, withdraw, everywhere, kept, read_classic_next_hop, classic_next_hop_sent, write_classic_next_hop},
    {4, "MULTI_EXIT_DISC", optional, withdraw, withdraw, everywhere, kept, read_med, med_sent, write_med},
    {5, "LOCAL_PREF", well_known, withdraw, withdraw, internal, kept, read_local_pref, always, write_local_pref},
    {6, "ATOMIC_AGGREGATE", well_known, withdraw, discard, everywhere, kept, read_atomic_aggregate, atomic_aggregate_sent, write_nothing},
    {7, "AGGREGATOR", optional_transitive, withdraw, discard, everywhere, kept, read_aggregator, aggregator_sent, write_aggregator},
    {18, "AS4_AGGREGATOR", optional_transitive, withdraw, discard, everywhere, kept, read_aggregator4, aggregator4_sent, write_aggregator4},
    {9, "ORIGINATOR_ID", optional, withdraw, withdraw, internal, kept, read_originator, originator_sent, write_originator},
    {10, "CLUSTER_LIST", optional, withdraw, withdraw, internal, kept, read_clusters, clusters_sent, write_clusters},
    {2, "AS_PATH", well_known, withdraw, withdraw, everywhere, kept, read_path, always, write_path},
    {17, "AS4_PATH", optional_transitive, withdraw, discard, everywhere, kept, read_path4, path4_sent, write_path4},
    {241, "EDGE_DISCOVERY", optional_transitive, withdraw, withdraw, everywhere, kept, read_discovery, discovery_sent, write_discovery},
    {242, "EDGE_FORWARDING", optional_transitive, withdraw, withdraw, everywhere, kept, read_forwarding, forwarding_sent, write_forwarding},
    {8, "COMMUNITIES", optional_transitive, withdraw, withdraw, everywhere, kept, read_communities, communities_sent, write_communities},
    {16, "EXTENDED_COMMUNITIES", optional_transitive, withdraw, withdraw, everywhere, kept, read_ext_communities, ext_communities_sent, write_ext_communities},
    {243, "ORIGIN_VN_PATH", optional_transitive, withdraw, withdraw, everywhere, kept, read_origin_vn_path, origin_vn_path_sent, write_origin_vn_path},
    {22, "PMSI_TUNNEL", optional_transitive, withdraw, withdraw, everywhere, kept, read_pmsi, pmsi_sent, write_pmsi},
    {23, "TUNNEL_ENCAPSULATION", optional_transitive, withdraw, withdraw, everywhere, carried, read_tunnels, never, write_nothing},
    {25, "IPV6_EXTENDED_COMMUNITIES", optional_transitive, withdraw, withdraw, everywhere, carried, read_elements<20>, never, write_nothing},
    {26, "AIGP", optional, discard, discard, everywhere, dropped, read_aigp, never, write_nothing},
    {29, "LINK_STATE", optional, discard, discard, everywhere, dropped, read_link_state, never, write_nothing},
    {32, "LARGE_COMMUNITIES", optional_transitive, withdraw, withdraw, everywhere, carried, read_elements<12>, never, write_nothing},
    {35, "ONLY_TO_CUSTOMER", optional_transitive, withdraw, withdraw, everywhere, carried, read_only_to_customer, never, write_nothing},
    {40, "PREFIX_SID", optional_transitive, discard, discard, internal, carried, read_prefix_sid, never, write_nothing},
    {128, "ATTR_SET", optional_transitive, withdraw, withdraw, everywhere, carried, read_attribute_set, never, write_nothing},
    {mp_reach_code, "MP_REACH_NLRI", optional, reset, reset, everywhere, kept, read_mp_reach, never, write_nothing},
    {mp_unreach_code, "MP_UNREACH_NLRI", optional, reset, reset, everywhere, kept, read_mp_unreach, never, write_nothing},
};
// clang-format on

// RFC 7606 sections 3.c and 7: only what hides the routes themselves may cost the session.
consteval bool only_the_carriers_of_routes_reset() {
  for (const AttributeRow& row : rows) {
    const bool carrier = row.code == mp_reach_code || row.code == mp_unreach_code;
    if ((row.malformed == Damage::reset_session) != carrier) return false;
    if ((row.wrong_flags == Damage::reset_session) != carrier) return false;
  }
  return true;
}
static_assert(only_the_carriers_of_routes_reset());

// What is carried must be transitive, and what is not transitive is nobody else's to keep.
consteval bool only_the_transitive_is_carried() {
  for (const AttributeRow& row : rows) {
    const bool is_transitive = (row.flags & transitive) != 0;
    if (row.use == Use::carried && !is_transitive) return false;
    if (row.use == Use::dropped && is_transitive) return false;
  }
  return true;
}
static_assert(only_the_transitive_is_carried());

consteval bool codes_are_unique() {
  for (const AttributeRow& a : rows)
    for (const AttributeRow& b : rows)
      if (&a != &b && a.code == b.code) return false;
  return true;
}
static_assert(codes_are_unique());

// By code: the place of its row and one; 0: none.
constexpr auto index = [] {
  std::array<std::uint8_t, 256> out{};
  for (std::size_t i = 0; i < std::size(rows); ++i)
    out[rows[i].code] = static_cast<std::uint8_t>(i + 1);
  return out;
}();

void write_attribute(Writer& out, std::uint8_t flags, std::uint8_t code, Bytes value) {
  const bool is_long = value.size() > 255;
  out.u8(static_cast<std::uint8_t>(flags | (is_long ? extended_length : 0)));
  out.u8(code);
  if (is_long)
    out.be16(static_cast<std::uint16_t>(value.size()));
  else
    out.u8(static_cast<std::uint8_t>(value.size()));
  out.bytes(value);
}

}  // namespace

std::span<const AttributeRow> attribute_rows() {
  return rows;
}

const AttributeRow* attribute_row(std::uint8_t code) {
  const std::uint8_t place = index[code];
  return place == 0 ? nullptr : &rows[place - 1];
}

bool says_vxlan(const Attributes& set) {
  const auto is_vxlan = [](ExtCommunity c) { return c.as_encapsulation() == Encap::vxlan; };
  return std::ranges::any_of(set.ext_communities, is_vxlan);
}

bool write_attributes(Writer& out, const Outgoing& from) {
  std::array<std::byte, longest_extended_message> room;
  const auto stays_home = [&](Scope scope) {
    return scope == Scope::internal && !from.dialect.ibgp;
  };
  for (const AttributeRow& row : rows) {
    if (row.use != Use::kept || stays_home(row.scope) || !row.sent(from)) continue;
    Writer value{room};
    row.write(value, from);
    if (!value.ok()) return false;
    write_attribute(out, row.flags, row.code, value.written());
  }
  for (const CarriedAttribute& each : from.set.carried) {
    const AttributeRow* row = attribute_row(each.code);
    if (row == nullptr || !stays_home(row->scope))
      write_attribute(out, each.flags, each.code, each.value);
  }
  return out.ok();
}

}  // namespace tflab::bgp
