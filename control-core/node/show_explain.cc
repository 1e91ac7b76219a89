// ShowRouteExplainReq, a page of our own: of each path who brought it, by which target it came into
// the table and why it is not the best one; of each route who is told of it, and why the others are
// not.

#include <algorithm>

#include "control-core/base/text.h"
#include "control-core/introspect/query.h"
#include "control-core/node/agent_routes.h"
#include "control-core/node/pages.h"

namespace tflab::node {
namespace {

using namespace introspect;

std::string list_text(const std::vector<std::string>& list) {
  std::string out;
  for (const std::string& each : list) out += (out.empty() ? "" : ", ") + each;
  return out;
}

std::string speaker_of(const rib::Path& path) {
  if (!path.peer) return "this node";
  if (!path.peer->bgp()) return "XMPP publish of agent " + path.peer->name;
  const std::string update =
      "BGP UPDATE of " + path.peer->name + " (" + to_text(path.peer->address) + ")";
  const bool aliased = (path.flags & rib::aliased_path) != 0;
  return aliased ? update + ", which is on the same Ethernet segment" : update;
}

// The targets that the instance imports or, on the way out of a VRF, those that were added.
std::vector<std::string> targets_of(const vpn::Instance& instance, const rib::Path& path) {
  std::vector<std::string> out;
  for (RouteTarget target : path.attributes->targets())
    if (instance.master() || std::ranges::binary_search(instance.imports, target))
      out.push_back(to_text(target));
  return out;
}

std::string standing_of(const rib::Path& path) {
  const std::vector<std::string> flags = marks_of(path);
  const std::string marks = flags.empty() ? "" : " (" + list_text(flags) + ")";
  if (path.lost == rib::Lost::none) return (path.feasible() ? "best" : "infeasible") + marks;
  if (path.lost == rib::Lost::infeasible) return "infeasible" + marks;
  return "not best: " + std::string{rib::to_text(path.lost)} + marks;
}

Tree explained(const View& view, const vpn::Instance& instance, const vpn::Row& row,
               const rib::Path& path) {
  const rib::Table* from = view.core.routing->table(path.key.primary);
  return struct_of(
      "ShowPathExplain",
      {string_of("brought_by", 1, speaker_of(path)),
       string_of("next_hop", 2, to_text(path.attributes->next_hop)),
       string_of("standing", 3, standing_of(path)), string_of("since", 4, view.at(path.changed)),
       string_of("copied_from", 5, path.replicated() && from ? from->name() : std::string{}),
       list_of_strings("by_targets", 6,
                       path.replicated() ? targets_of(instance, path) : std::vector<std::string>{}),
       list_of_strings("copied_to", 7, view.core.routing->leak().copies_of(row, path.key))});
}

Tree audience(std::string kind, std::string name, bool told, std::string why) {
  return struct_of("ShowAudienceExplain",
                   {string_of("kind", 1, std::move(kind)), string_of("name", 2, std::move(name)),
                    bool_of("told", 3, told), string_of("why", 4, std::move(why))});
}

Tree peer_row(const View& view, const Peer& peer, const rib::Table& table, const vpn::Row& row) {
  const rib::Group::Interested interested = [&](const Attributes& attributes) {
    return view.core.routing->targets().interested(attributes);
  };
  if (!peer.group) return audience("BGP", peer.config.name, false, "the session is not up");
  const rib::Untold why = peer.group->why(peer.peer, table.family(), row.second, interested);
  const bool told = why == rib::Untold::no;
  return audience("BGP", peer.config.name, told, told ? "" : std::string{rib::to_text(why)});
}

// Why an agent that listens is not told; empty: it is.
std::string untold(const View& view, const vpn::Instance& instance, const vpn::Row& row,
                   const rib::Peer& agent) {
  if (row.second.equal_cost_paths() == 0) return "no usable path";
  if (told_to_agents(row.first)) return {};
  const auto& route = std::get<EvpnRoute>(row.first);
  if (route.type != EvpnRoute::mac_ip) return "agents are told what follows from it";
  if (row.second.best()->peer != &agent) return "only its own agent is told whom to send copies to";
  const bool alone = view.core.routing->flooding().olists(instance.config.name, route).empty();
  return alone ? "there is nobody outside the multicast tree to send copies to" : "";
}

// BGP peers are told of the master's tables, agents of those they subscribed to.
std::vector<Tree> audiences(const View& view, const vpn::Instance& instance,
                            const rib::Table& table, const vpn::Row& row) {
  std::vector<Tree> out;
  if (instance.master())
    for (const auto& [name, peer] : view.peers.all())
      out.push_back(peer_row(view, *peer, table, row));
  if (table.family() != Family::inet && table.family() != Family::inet6 &&
      table.family() != Family::evpn)
    return out;
  for (const auto& [stream, agent] : view.agents.all())
    if (agent->up() && agent->standing->listens_to(instance.config.name)) {
      const std::string why = untold(view, instance, row, agent->standing->peer);
      out.push_back(audience("XMPP", agent->name(), why.empty(), why));
    }
  return out;
}

Tree explained(const View& view, const vpn::Instance& instance, const rib::Table& table,
               const vpn::Row& row) {
  std::vector<Tree> paths;
  for (const rib::Path& path : row.second.paths)
    paths.push_back(explained(view, instance, row, path));
  return struct_of(
      "ShowRouteExplain",
      {string_of("routing_table", 1, table.name()), string_of("prefix", 2, to_text(row.first)),
       list_of_structs("paths", 3, std::move(paths)),
       list_of_structs("audience", 4, audiences(view, instance, table, row))});
}

}  // namespace

// Both fields are whole names; an empty one means all.
Tree show_explanations(const View& view) {
  constexpr std::string_view declared[] = {"routing_table", "prefix"};
  const auto is = match_fields(view.request.query, declared);
  std::vector<Tree> out;
  for (const auto& [name, instance] : view.core.routing->instances())
    for (const rib::Table* table : tables_by_name(*instance)) {
      if (!is[0].empty() && is[0] != table->name()) continue;
      for (const vpn::Row& row : table->rows())
        if (!row.second.paths.empty() && (is[1].empty() || is[1] == to_text(row.first)))
          out.push_back(explained(view, *instance, *table, row));
    }
  return page("ShowRouteExplainResp", {list_of_structs("routes", 1, std::move(out))});
}

}  // namespace tflab::node
