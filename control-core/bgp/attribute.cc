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
  auto path = read_as_path(in, AsWidth::four);
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
  message.next_hop = Ip4{in.be32()};
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

// RFC 6514 section 5. The label stays raw here: whether it is a VNI is known only at the end.
bool read_pmsi(Reader& in, Incoming& message) {
  constexpr std::uint8_t ingress_replication = 6;
  PmsiTunnel tunnel;
  tunnel.flags = in.u8();
  tunnel.type = in.u8();
  tunnel.label = in.be24();
  if (!in.ok()) return false;
  const std::size_t size = in.left();
  if (tunnel.type == ingress_replication && size != 4 && size != 16) return false;
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
    const auto address = read_next_hop(*reach.family, next_hop);
    if (!address) return false;
    reach.next_hop = *address;
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

constexpr std::uint8_t well_known = transitive;
constexpr std::uint8_t optional_transitive = optional | transitive;
constexpr Damage discard = Damage::discard_attribute;
constexpr Damage withdraw = Damage::treat_as_withdraw;
constexpr Damage reset = Damage::reset_session;

// The original's own three (241 to 243) decide where packets go or whether a route loops, so a
// route is not kept without them.
// clang-format off
constexpr AttributeRow rows[] = {
    {1, "ORIGIN", well_known, withdraw, false, read_origin, always, write_origin},
    {3, "NEXT_HOP", well_known, withdraw, false, read_classic_next_hop, classic_next_hop_sent, write_classic_next_hop},
    {4, "MULTI_EXIT_DISC", optional, withdraw, false, read_med, med_sent, write_med},
    {5, "LOCAL_PREF", well_known, withdraw, true, read_local_pref, always, write_local_pref},
    {6, "ATOMIC_AGGREGATE", well_known, discard, false, read_atomic_aggregate, atomic_aggregate_sent, write_nothing},
    {7, "AGGREGATOR", optional_transitive, discard, false, read_aggregator, aggregator_sent, write_aggregator},
    {18, "AS4_AGGREGATOR", optional_transitive, discard, false, read_aggregator4, aggregator4_sent, write_aggregator4},
    {9, "ORIGINATOR_ID", optional, withdraw, true, read_originator, originator_sent, write_originator},
    {10, "CLUSTER_LIST", optional, withdraw, true, read_clusters, clusters_sent, write_clusters},
    {2, "AS_PATH", well_known, withdraw, false, read_path, always, write_path},
    {17, "AS4_PATH", optional_transitive, discard, false, read_path4, path4_sent, write_path4},
    {241, "EDGE_DISCOVERY", optional_transitive, withdraw, false, read_discovery, discovery_sent, write_discovery},
    {242, "EDGE_FORWARDING", optional_transitive, withdraw, false, read_forwarding, forwarding_sent, write_forwarding},
    {8, "COMMUNITIES", optional_transitive, withdraw, false, read_communities, communities_sent, write_communities},
    {16, "EXTENDED_COMMUNITIES", optional_transitive, withdraw, false, read_ext_communities, ext_communities_sent, write_ext_communities},
    {243, "ORIGIN_VN_PATH", optional_transitive, withdraw, false, read_origin_vn_path, origin_vn_path_sent, write_origin_vn_path},
    {22, "PMSI_TUNNEL", optional_transitive, withdraw, false, read_pmsi, pmsi_sent, write_pmsi},
    {mp_reach_code, "MP_REACH_NLRI", optional, reset, false, read_mp_reach, never, write_nothing},
    {mp_unreach_code, "MP_UNREACH_NLRI", optional, reset, false, read_mp_unreach, never, write_nothing},
};
// clang-format on

// RFC 7606 sections 3.c and 7: only what hides the routes themselves may cost the session.
consteval bool only_the_carriers_of_routes_reset() {
  for (const AttributeRow& row : rows) {
    const bool carrier = row.code == mp_reach_code || row.code == mp_unreach_code;
    if ((row.damage == Damage::reset_session) != carrier) return false;
  }
  return true;
}
static_assert(only_the_carriers_of_routes_reset());

consteval bool codes_are_unique() {
  for (const AttributeRow& a : rows)
    for (const AttributeRow& b : rows)
      if (&a != &b && a.code == b.code) return false;
  return true;
}
static_assert(codes_are_unique());

void write_attribute(Writer& out, const AttributeRow& row, Bytes value) {
  const bool is_long = value.size() > 255;
  out.u8(static_cast<std::uint8_t>(row.flags | (is_long ? extended_length : 0)));
  out.u8(row.code);
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
  for (const AttributeRow& row : rows)
    if (row.code == code) return &row;
  return nullptr;
}

bool says_vxlan(const Attributes& set) {
  const auto is_vxlan = [](ExtCommunity c) { return c.as_encapsulation() == Encap::vxlan; };
  return std::ranges::any_of(set.ext_communities, is_vxlan);
}

bool write_attributes(Writer& out, const Outgoing& from) {
  for (const AttributeRow& row : rows) {
    if ((row.internal_only && !from.dialect.ibgp) || !row.sent(from)) continue;
    std::array<std::byte, longest_message> room;
    Writer value{room};
    row.write(value, from);
    if (!value.ok()) return false;
    write_attribute(out, row, value.written());
  }
  return out.ok();
}

}  // namespace tflab::bgp
