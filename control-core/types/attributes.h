#pragma once
// One set of path attributes. Immutable once shared: many routes and many peers point at one set,
// and equal sets are one object (intern.h).

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "control-core/types/community.h"
#include "control-core/types/esi.h"
#include "control-core/types/intern.h"
#include "control-core/types/rd.h"
#include "vrouter-core/base/addr.h"

namespace tflab {

enum class Origin : std::uint8_t { igp = 0, egp = 1, incomplete = 2 };

// RFC 4271 section 4.3 and RFC 6793.
struct AsSegment {
  enum Type : std::uint8_t { set = 1, sequence = 2 };
  std::uint8_t type = sequence;
  std::vector<Asn> asns;
  friend auto operator<=>(const AsSegment&, const AsSegment&) = default;
};
struct AsPath {
  std::vector<AsSegment> segments;
  friend auto operator<=>(const AsPath&, const AsPath&) = default;
  unsigned length() const;  // a set counts one (RFC 4271 section 9.1.2.2)
  bool contains(Asn as) const;
  bool empty() const { return segments.empty(); }
  bool has_sets() const;
  void prepend(Asn as);
  std::optional<Asn> neighbour() const;  // first AS of a leading sequence
};
std::string to_text(const AsPath& path);  // "65001 65002 {1 2}", empty for none

struct Aggregator {
  Asn as;
  Ip4 address;
  friend auto operator<=>(const Aggregator&, const Aggregator&) = default;
};

// RFC 6514 section 5. `label` is the raw 24-bit field's meaning: an MPLS label or a VNI, decided by
// the encapsulation community.
struct PmsiTunnel {
  // Assisted replication, whose identifier is a leaf's replicator, is the original's own.
  enum Type : std::uint8_t { ingress_replication = 6, assisted_replication = 252 };
  // The role is RFC 9574 section 4's; that a vRouter is in edge-replicated trees, the original's.
  enum Flag : std::uint8_t {
    leaf_info_required = 0x01,
    ar_role = 0x18,  // both bits; none: neither of
    ar_replicator = 0x08,
    ar_leaf = 0x10,
    edge_replication = 0x80
  };
  std::uint8_t flags = 0;
  std::uint8_t type = ingress_replication;
  std::uint32_t label = 0;
  std::vector<std::uint8_t> identifier;
  void set_address(Ip4 address);  // in the identifier
  std::optional<Ip4> address() const;
  friend auto operator<=>(const PmsiTunnel&, const PmsiTunnel&) = default;
};

struct LabelBlock {
  std::uint32_t first = 0, last = 0;
  friend auto operator<=>(const LabelBlock&, const LabelBlock&) = default;
};

// The original's attributes 241 and 242: what a control node offers and what the tree builder says.
struct EdgeDiscovery {
  Ip4 address;
  std::vector<LabelBlock> labels;
  friend auto operator<=>(const EdgeDiscovery&, const EdgeDiscovery&) = default;
};
struct EdgeForwarding {
  Ip4 in_address;
  std::uint32_t in_label = 0;
  Ip4 out_address;
  std::uint32_t out_label = 0;
  friend auto operator<=>(const EdgeForwarding&, const EdgeForwarding&) = default;
};

// An attribute sent on as it came: one that is checked and not used, or one we do not know (RFC
// 4271 section 5).
struct CarriedAttribute {
  std::uint8_t code = 0, flags = 0;  // the flags without "extended length"
  std::vector<std::byte> value;
  friend auto operator<=>(const CarriedAttribute&, const CarriedAttribute&) = default;
};

// Set by an agent's publish or by a local origin; never on the BGP wire.
enum class SubProtocol : std::uint8_t {
  none,
  interface,
  interface_static,
  service_interface,
  bgpaas
};

struct Attributes {
  Origin origin = Origin::igp;
  AsPath as_path;
  IpAddr next_hop;
  std::optional<std::uint32_t> med;
  std::optional<std::uint32_t> local_pref;  // absent: shown and compared as 100
  bool atomic_aggregate = false;
  std::optional<Aggregator> aggregator;
  std::optional<Ip4> originator_id;
  std::vector<Ip4> cluster_list;
  std::vector<Community> communities;
  std::vector<ExtCommunity> ext_communities;  // in order of arrival: `encap` is printed in it
  std::optional<PmsiTunnel> pmsi_tunnel;
  std::vector<EdgeDiscovery> edge_discovery;
  std::vector<EdgeForwarding> edge_forwarding;
  std::vector<ExtCommunity> origin_vn_path;  // most recent first
  std::vector<CarriedAttribute> carried;     // by code
  // What an e-vpn route of type 2 says besides its key and its label: not an attribute on the wire,
  // but as common to many routes as one, and passed on with them.
  Esi esi;
  std::uint32_t l3_label = 0;  // RFC 9135 section 5.1
  // Known only to the control node that has the agent:
  RouteDistinguisher source_rd;
  SubProtocol sub_protocol = SubProtocol::none;
  std::optional<LabelBlock> label_block;

  friend auto operator<=>(const Attributes&, const Attributes&) = default;

  std::uint32_t effective_local_pref() const { return local_pref.value_or(100); }
  std::vector<RouteTarget> targets() const;
  std::vector<Encap> encaps() const;
};

// What tells sets apart in practice; equality looks at everything.
std::size_t hash_of(const Attributes& attributes);

using AttributesRef = Interned<Attributes>;
using AttributePool = InternPool<Attributes>;

}  // namespace tflab
