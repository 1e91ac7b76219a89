#pragma once
// What agents and control nodes tell each other about a route: the entries of the end-system draft
// as the original extends them, as plain values. Reading and writing the XML is in entry.h.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "control-core/types/attributes.h"
#include "control-core/types/family.h"
#include "control-core/types/intern.h"
#include "control-core/types/load_balance.h"
#include "control-core/types/nlri.h"
#include "vrouter-core/base/addr.h"

namespace tflab::xmpp {

struct NextHop {
  IpAddr address;
  std::optional<Mac> mac;   // agent only: its vhost0, becomes the router MAC
  std::uint32_t label = 0;  // MPLS label, or VNI
  // In the sender's order. Names we do not know are left out; if no other was sent, one
  // Encap::unspecified says that there were some (the path is infeasible then).
  std::vector<Encap> encaps;
  std::string virtual_network;  // origin VN, or "unresolved"
  std::uint32_t l3_label{};     // e-vpn: for packets instead of frames (RFC 9135 section 5.1)
  std::vector<std::uint32_t> tags{};
  friend bool operator==(const NextHop&, const NextHop&) = default;
};

// inet, inet6 (1/1, 2/1), inet-labeled (1/4)
struct UnicastItem {
  IpPrefix prefix;
  std::vector<NextHop> next_hops;  // one from an agent, one a path from a control node
  std::string virtual_network;
  std::uint32_t sequence = 0;
  bool sticky = false;
  std::vector<std::uint32_t> security_groups;
  std::vector<std::string> community_tags;
  std::uint32_t local_preference = 100, med = 0;
  LoadBalance load_balance;
  SubProtocol sub_protocol = SubProtocol::none;
  bool labeled = false;  // 1/4 instead: the master instance's inet.3
  friend bool operator==(const UnicastItem&, const UnicastItem&) = default;
};

// e-vpn (25/242); route type by content: MAC non-zero is type 2, zero is type 5
struct EvpnItem {
  std::uint32_t tag = 0;
  Mac mac;
  IpPrefix address;  // 0.0.0.0/32: MAC only or broadcast
  std::vector<NextHop> next_hops;
  // Of a broadcast MAC, from a control node: whom this agent sends copies to, and those of its
  // leaves if it replicates for others.
  std::vector<NextHop> olist, leaf_olist;
  std::string virtual_network;
  std::uint32_t sequence = 0;
  bool sticky = false;
  std::vector<std::uint32_t> security_groups;
  std::uint32_t local_preference = 100, med = 0;
  bool etree_leaf = false;
  // Of a broadcast MAC, from an agent: it is in no multicast tree; it replicates for leaves; it is
  // a leaf of this replicator.
  bool no_edge_replication = false, assisted_replication = false;
  std::optional<Ip4> replicator;
  friend bool operator==(const EvpnItem&, const EvpnItem&) = default;
};

// erm-vpn (1/241)
struct MulticastItem {
  Ip4 group, source;
  std::uint32_t source_label = 0;         // control node: the label this agent must expect
  std::optional<IpAddr> next_hop;         // agent
  std::optional<LabelBlock> label_block;  // agent
  std::vector<Encap> encaps;              // agent
  std::vector<NextHop> olist;             // control node
  std::string id;                         // control node: "<RD>:<group>,<source>"
  friend bool operator==(const MulticastItem&, const MulticastItem&) = default;
};

using Item = std::variant<UnicastItem, EvpnItem, MulticastItem>;

// An item that is in memory once, however many routes and agents of a process say the same.
using SharedItem = Interned<Item>;
using ItemPool = InternPool<Item>;
std::size_t hash_of(const Item& item);

Family family_of(const Item& item);
// The id an item goes by in items and retracts: prefix, "[tag-]mac,ip/len", "RD:group,source".
std::string id_of(const Item& item);
// The other way round: an item of this family that has this id, and is empty otherwise.
std::optional<Item> item_named(Family family, std::string_view id);
// The agent's node id: "1/1/<instance>/10.0.0.3/32", "25/242/<mac>,<ip>/32",
// "1/241/<instance>/<group>". `native_vrf` is appended for fabric-forwarded routes.
std::string node_id(const Item& item, std::string_view instance,
                    std::optional<std::uint32_t> native_vrf);

}  // namespace tflab::xmpp
