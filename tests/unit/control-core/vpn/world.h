#pragma once
// Routing tables without sessions: instances, paths of agents and of BGP peers put in by hand.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <string>
#include <vector>

#include "control-core/base/text.h"
#include "control-core/rib/best_path.h"
#include "control-core/vpn/routing.h"

namespace tflab::vpn::test {

inline Ip4 ip(const std::string& text) {
  return *parse_ip4(text);
}
inline IpPrefix prefix(const std::string& text) {
  return *parse_prefix(text);
}
inline RouteTarget rt(std::uint32_t n) {
  return RouteTarget::as2(64512, n);
}
inline const Identity us{Asn{64512}, Asn{64512}, Ip4{0x0a000001}};

inline rib::Peer peer_of(rib::Peer::Kind kind, std::uint32_t id) {
  rib::Peer out;
  out.id = rib::PeerId{id};
  out.slot = id;
  out.kind = kind;
  out.name = "peer" + std::to_string(id);
  out.address = Ip4{0x0a000100 + id};
  out.router_id = Ip4{0x0a000100 + id};
  return out;
}

inline config::Instance instance_of(std::uint32_t index, std::vector<RouteTarget> imports,
                                    std::vector<RouteTarget> exports) {
  config::Instance out;
  out.network = "n" + std::to_string(index);
  out.name = out.network + ":" + out.network;
  out.index = out.network_id = index;
  out.imports = std::move(imports);
  out.exports = std::move(exports);
  std::ranges::sort(out.imports);
  std::ranges::sort(out.exports);
  return out;
}
// Imports and exports target `index`.
inline config::Instance own(std::uint32_t index) {
  return instance_of(index, {rt(index)}, {rt(index)});
}

struct World {
  AttributePool pool;
  Routing routing{us, pool};
  rib::Peer agent = peer_of(rib::Peer::agent, 1), other_agent = peer_of(rib::Peer::agent, 2);
  rib::Peer router = peer_of(rib::Peer::ibgp, 3);
  Instant now;

  World() {
    routing.start(now);
    settle();
  }
  void settle() {
    routing.settle(now);
    while (rib::Table* table = routing.poll_changed()) table->forget();
  }
  void add(config::Instance instance) {
    routing.add(now, std::move(instance));
    settle();
  }
  rib::Table& table(const std::string& instance, Family family) {
    return *routing.find(instance)->table(family);
  }
  rib::Path path(const rib::Peer& peer, Attributes attributes, std::uint32_t label = 16) {
    rib::Path out;
    out.peer = &peer;
    out.key.peer = peer.id;
    out.key.source = peer.bgp() ? rib::Source::bgp : rib::Source::xmpp;
    out.attributes = pool.intern(std::move(attributes));
    out.label = label;
    return out;
  }
  // As an agent says it: its own address is next hop and route distinguisher.
  Attributes agents(const rib::Peer& peer, std::uint16_t vrf = 1) {
    Attributes out;
    out.next_hop = peer.address;
    out.local_pref = 200;
    out.source_rd = RouteDistinguisher::ip4(peer.address.v4(), vrf);
    return out;
  }
  void put(const std::string& instance, const std::string& where, const rib::Peer& peer) {
    table(instance, Family::inet).put(now, InetRoute{prefix(where)}, path(peer, agents(peer)));
    settle();
  }
  void put_vpn(const std::string& rd, const std::string& where, std::vector<RouteTarget> targets,
               std::vector<ExtCommunity> more = {}) {
    Attributes attributes;
    attributes.next_hop = router.address;
    for (RouteTarget target : targets)
      attributes.ext_communities.push_back(ExtCommunity::target(target));
    attributes.ext_communities.insert(attributes.ext_communities.end(), more.begin(), more.end());
    routing.master(Family::inet_vpn)
        .put(now, VpnRoute{*parse_rd(rd), prefix(where)}, path(router, attributes));
    settle();
  }
  std::vector<std::string> keys(const rib::Table& table) const {
    std::vector<std::string> out;
    for (const auto& [nlri, destination] : table.rows())
      if (!destination.paths.empty()) out.push_back(to_text(nlri));
    return out;
  }
  std::vector<std::string> inet(const std::string& instance) {
    return keys(table(instance, Family::inet));
  }
  std::vector<std::string> vpn() { return keys(routing.master(Family::inet_vpn)); }
  const rib::Path* best(const rib::Table& table, const Nlri& nlri) {
    const auto* row = table.find(nlri);
    return row ? row->best() : nullptr;
  }

  // Everything there is, as text: two worlds with the same routes print the same. Table ids differ
  // by history, so copies name their table.
  std::map<std::string, std::vector<std::string>> print() const {
    std::map<std::string, std::vector<std::string>> out;
    for (const auto& [name, instance] : routing.instances())
      for (const auto& held : instance->tables)
        if (held.table)
          for (const auto& [nlri, row] : held.table->rows())
            for (const rib::Path& path : row.paths) {
              const rib::Table* primary = routing.table(path.key.primary);
              std::string line =
                  to_text(nlri) + " " + std::string{to_text(path.key.source)} + " " +
                  (path.peer ? path.peer->name : "-") + " " + (primary ? primary->name() : "-") +
                  " " + std::to_string(path.label) + " " + to_text(path.attributes->next_hop) +
                  " " + to_text(path.attributes->source_rd) + " " + std::string{to_text(path.lost)};
              for (ExtCommunity each : path.attributes->ext_communities)
                line += " " + to_text(each);
              out[held.table->name()].push_back(line);
            }
    return out;
  }
};

}  // namespace tflab::vpn::test
