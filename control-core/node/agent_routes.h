#pragma once
// Between what agents say (xmpp/item.h) and what tables hold: an item to a key, attributes and a
// label; the best paths of a destination to an item.

#include <optional>
#include <string>
#include <vector>

#include "control-core/rib/table.h"
#include "control-core/vpn/routing.h"
#include "control-core/xmpp/item.h"

namespace tflab::node {

// Who speaks, as far as it enters into the route.
struct Publisher {
  const rib::Peer* peer = nullptr;
  std::uint32_t instance_id = 0;  // the agent's number for the instance: the RD's
  Asn fabric_as;
};

struct AgentRoute {
  Family family = Family::inet;
  Nlri nlri;
  Attributes attributes;
  std::uint32_t label = 0;
  std::uint16_t flags = 0;
};

// What this item puts into the instance's table. Nothing: it has no place there (a layer 2 route in
// the master instance, an IPv6 next hop, which has no route distinguisher).
std::optional<AgentRoute> route_of(const xmpp::Item& item, const vpn::Instance& instance,
                                   const Publisher& publisher,
                                   std::optional<std::uint32_t> primary_instance);
// The key a retract speaks of; agents leave much out then, a next hop of zero included.
std::optional<Nlri> retracted_key(const xmpp::Item& item, const vpn::Instance& instance,
                                  const Publisher& publisher);
rib::PathKey key_of(const rib::Peer& agent);

// How a path may be taken, as whoever forwards is told: GRE is GRE there, and a label without any
// encapsulation means GRE, too.
std::vector<Encap> encaps_of(const Attributes& attributes, std::uint32_t label);
// The other end's, where it routes what is bridged to it (RFC 9135 section 8.1).
std::optional<Mac> router_mac(const Attributes& attributes);

// Is this a route that agents are told of? Multicast has its own ways (tree_item, flood_item).
bool told_to_agents(const Nlri& nlri);
xmpp::Item item_of(const Nlri& nlri, const rib::Destination& destination,
                   const vpn::Instance& instance, const vpn::Routing& routing);
std::string item_id(const Nlri& nlri);
// What the publisher of a native route is told: its label and its neighbours in the tree.
xmpp::Item tree_item(const ErmvpnRoute& route, const vpn::Forwarder& forwarder,
                     const std::vector<Encap>& encaps);

// What the publisher of a broadcast MAC is told: whom it sends copies to.
xmpp::Item flood_item(const EvpnRoute& route, const rib::Destination& destination,
                      const vpn::Olists& olists, const vpn::Instance& instance,
                      const vpn::Routing& routing);

// The network a path began in, as it is shown: its OriginVn's, or the table's own.
std::string origin_network(const rib::Path& path, const vpn::Instance& instance,
                           const vpn::Routing& routing);

}  // namespace tflab::node
