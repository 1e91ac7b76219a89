// BgpNeighborReq: BGP peers by name, then agents by name, in one form.

#include <algorithm>
#include <map>

#include "control-core/base/text.h"
#include "control-core/config/names.h"
#include "control-core/node/pages.h"

namespace tflab::node {
namespace {

using namespace introspect;

std::vector<std::string> names_of(const std::vector<Family>& families) {
  std::vector<std::string> out;
  for (Family family : families) out.emplace_back(row_of(family).config);
  return out;
}

Tree primary_path_count(const rib::Peer& peer) {
  return u64_of("primary_path_count", 46, peer.primary_paths);
}

Tree proto_stats(std::string name, int identifier, std::uint64_t opens, std::uint64_t keepalives,
                 std::uint64_t closes, std::uint64_t updates) {
  return struct_field(
      std::move(name), identifier,
      struct_of("PeerProtoStats", {u64_of("total", 1, opens + keepalives + closes + updates),
                                   u64_of("open", 2, opens), u64_of("keepalive", 3, keepalives),
                                   u64_of("close", 4, closes), u64_of("update", 5, updates),
                                   u64_of("notification", 6, closes)}));
}

Tree flap_time(const View& view, std::uint32_t flaps, Instant when) {
  return string_of("flap_time", 24, flaps == 0 ? std::string{} : view.at(when));
}

std::int32_t whole_seconds(Duration time) {
  return static_cast<std::int32_t>(time.ns / seconds(1).ns);
}

// --- BGP

std::string send_state(const Peer& peer) {
  if (!peer.up) return "not advertising";
  return peer.timers.armed(Peer::Timer::route_targets) ? "not in sync" : "in sync";
}

void add_who(const View& view, const Peer& peer, std::vector<Tree>& out) {
  const Link& link = peer.shown();
  out.push_back(string_of("instance_name", 53, std::string{config::master_instance}));
  out.push_back(string_of("peer", 1, peer.config.name));
  out.push_back(bool_of("deleted", 36, false));
  out.push_back(string_of("peer_address", 2, to_text(peer.config.address)));
  out.push_back(string_of("peer_id", 25, peer.up ? to_text(peer.peer.router_id) : ""));
  out.push_back(u32_of("peer_asn", 3, peer.peer.as.raw()));
  out.push_back(string_of("encoding", 6, "BGP"));
  out.push_back(
      string_of("peer_type", 7, peer.peer.kind == rib::Peer::ibgp ? "internal" : "external"));
  out.push_back(string_of("state", 8, std::string{bgp::to_text(link.session.state())}));
  out.push_back(string_of("closed_at", 43, ""));
  out.push_back(string_of("router_type", 52, "control-node"));
  out.push_back(bool_of("admin_down", 47, false));
  out.push_back(bool_of("passive", 48, peer.config.passive));
  out.push_back(bool_of("as_override", 55, peer.config.rewriting.as_override));
  out.push_back(bool_of("as4_supported", 67, link.session.dialect().four_byte_as));
  out.push_back(
      string_of("private_as_action", 61, std::string{to_text(peer.config.rewriting.private_as)}));
  out.push_back(bool_of("send_ready", 62, true));
  out.push_back(u32_of("peer_port", 50, peer.config.port));
  out.push_back(string_of("transport_address", 51, to_text(peer.config.address)));
  out.push_back(string_of("local_address", 4,
                          to_text(peer.up ? peer.local.address : view.core.config.address)));
  out.push_back(string_of("local_id", 26, to_text(view.core.config.router_id)));
  out.push_back(u32_of("local_asn", 5, view.core.config.as.raw()));
  out.push_back(string_of(
      "cluster_id", 64,
      view.core.config.cluster_id ? to_text(*view.core.config.cluster_id) : std::string{}));
}

std::string octets_as_text(Bytes octets) {
  constexpr std::size_t enough = 32;
  constexpr std::string_view digits = "0123456789abcdef";
  std::string out;
  for (std::byte octet : octets.first(std::min(octets.size(), enough))) {
    out += digits[std::to_integer<unsigned>(octet) >> 4];
    out += digits[std::to_integer<unsigned>(octet) & 15];
  }
  return out + (octets.size() > enough ? "..." : "");
}

// What was wrong with UPDATEs and did not cost the session (RFC 7606). The original has this
// element for agents only; what is in it is ours.
Tree rx_errors(const bgp::Session& session) {
  const bgp::Statistics in = session.received();
  const bgp::Notification& last = session.last_damage();
  return struct_field(
      "rx_error_stats", 42,
      struct_of("PeerRxErrorStats",
                {u64_of("treated_as_withdraw", 1, in.treated_as_withdraw),
                 u64_of("attributes_discarded", 2, in.attributes_discarded),
                 string_of("last_error", 3, last.code == 0 ? std::string{} : bgp::to_text(last)),
                 string_of("last_error_octets", 4, octets_as_text(last.data))}));
}

void add_how(const View& view, const Peer& peer, std::vector<Tree>& out) {
  const Link& link = peer.shown();
  out.push_back(string_of("send_state", 9, send_state(peer)));
  out.push_back(string_of("last_state_at", 12, view.at(peer.changed)));
  out.push_back(string_of("last_error", 13, peer.last_error.text));
  out.push_back(list_of_strings("configured_address_families", 38, names_of(peer.config.families)));
  out.push_back(list_of_strings("negotiated_address_families", 39, names_of(peer.families)));
  const std::int32_t hold = whole_seconds(link.session.config().hold);
  out.push_back(i32_of("configured_hold_time", 40, hold));
  out.push_back(primary_path_count(peer.peer));
  out.push_back(u32_of("flap_count", 23, peer.flaps));
  out.push_back(flap_time(view, peer.flaps, peer.last_flap));
  out.push_back(list_of_strings("routing_instances", 37, {std::string{config::master_instance}}));
  const bgp::Statistics in = link.session.received(), sent = link.session.sent();
  out.push_back(
      proto_stats("rx_proto_stats", 30, in.opens, in.keepalives, in.notifications, in.updates));
  out.push_back(proto_stats("tx_proto_stats", 31, sent.opens, sent.keepalives, sent.notifications,
                            sent.updates));
  out.push_back(rx_errors(link.session));
}

Tree bgp_row(const View& view, const Peer& peer) {
  std::vector<Tree> out;
  add_who(view, peer, out);
  add_how(view, peer, out);
  return struct_of("BgpNeighborResp", std::move(out));
}

// --- XMPP

std::vector<std::string> subscribed(const Agent& agent) {
  std::vector<std::string> out;
  for (const auto& [name, subscription] : agent.standing->subscriptions()) out.push_back(name);
  return out;
}

std::vector<std::string> subscribed_tables(const View& view, const Agent& agent) {
  std::vector<std::string> out;
  for (const auto& [name, subscription] : agent.standing->subscriptions())
    if (const vpn::Instance* instance = view.core.routing->find(name))
      for (const rib::Table* table : tables_by_name(*instance)) out.push_back(table->name());
  return out;
}

void add_agent_who(const View& view, const Agent& agent, std::vector<Tree>& out) {
  out.push_back(string_of("peer", 1, agent.standing->peer.name));
  out.push_back(bool_of("deleted", 36, false));
  out.push_back(string_of("peer_address", 2, to_text(agent.remote.address)));
  out.push_back(string_of("peer_id", 25, to_text(agent.standing->peer.router_id)));
  out.push_back(u32_of("peer_asn", 3, 0));
  out.push_back(string_of("encoding", 6, "XMPP"));
  out.push_back(string_of("peer_type", 7, "internal"));
  out.push_back(string_of("state", 8, std::string{xmpp::to_text(agent.session.state())}));
  out.push_back(string_of("closed_at", 43, ""));
  out.push_back(bool_of("send_ready", 62, !agent.blocked));
  out.push_back(u32_of("peer_port", 50, agent.remote.port));
  out.push_back(string_of("local_address", 4, to_text(view.core.config.address)));
  out.push_back(string_of("local_id", 26, to_text(view.core.config.router_id)));
  out.push_back(u32_of("local_asn", 5, view.core.config.as.raw()));
}

Tree agent_row(const View& view, const Agent& agent) {
  std::vector<Tree> out;
  add_agent_who(view, agent, out);
  const AgentHistory history = *view.agents.history(agent.standing->peer.name);
  const std::int32_t hold = whole_seconds(view.core.config.xmpp_hold);
  out.push_back(string_of("send_state", 9, agent.blocked ? "not in sync" : "in sync"));
  out.push_back(string_of("last_state_at", 12, view.at(history.changed)));
  out.push_back(string_of("last_error", 13, history.last_error));
  out.push_back(i32_of("configured_hold_time", 40, hold));
  out.push_back(i32_of("negotiated_hold_time", 41, hold));
  out.push_back(primary_path_count(agent.standing->peer));
  out.push_back(u32_of("flap_count", 23, history.flaps));
  out.push_back(flap_time(view, history.flaps, history.last_flap));
  out.push_back(list_of_strings("routing_instances", 37, subscribed(agent)));
  out.push_back(list_of_strings("routing_tables", 29, subscribed_tables(view, agent)));
  const xmpp::Statistics in = agent.session.received(), sent = agent.session.sent();
  out.push_back(proto_stats("rx_proto_stats", 30, 1, in.keepalives, 0, in.stanzas));
  out.push_back(proto_stats("tx_proto_stats", 31, 1, sent.keepalives, 0, sent.stanzas));
  return struct_of("BgpNeighborResp", std::move(out));
}

std::map<std::string, const Agent*> agents_by_name(const View& view) {
  std::map<std::string, const Agent*> out;
  for (const auto& [stream, agent] : view.agents.all())
    if (agent->up()) out.emplace(agent->name(), agent.get());
  return out;
}

}  // namespace

Tree show_neighbors(const View& view) {
  const Search search{asked(view, "search_string")};
  const auto shown = [&](const std::string& name, const IpAddr& address) {
    return search.finds(name) || search.finds(to_text(address));
  };
  std::vector<Tree> rows;
  for (const auto& [name, peer] : view.peers.all())
    if (shown(name, peer->config.address)) rows.push_back(bgp_row(view, *peer));
  for (const auto& [name, agent] : agents_by_name(view))
    if (shown(name, agent->remote.address)) rows.push_back(agent_row(view, *agent));
  return page("BgpNeighborListResp",
              {list_of_structs("neighbors", 1, std::move(rows)),
               linked(string_of("next_batch", 2, ""), "BgpNeighborReqIterate", "next_batch")});
}

}  // namespace tflab::node
