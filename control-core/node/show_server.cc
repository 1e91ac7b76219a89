// Pages about the node itself: status, XMPP server and its connections, BGP server.

#include <algorithm>
#include <optional>

#include "control-core/base/text.h"
#include "control-core/node/pages.h"

namespace tflab::node {
namespace {

using namespace introspect;

std::string text_of_endpoint(const Endpoint& endpoint) {
  return to_text(endpoint.address) + ":" + std::to_string(endpoint.port);
}

// The original lists the back ends it depends on. We have none; what we do have is the server that
// agents connect to.
Tree xmpp_listener(const View& view) {
  const auto up =
      std::ranges::count_if(view.agents.all(), [](const auto& each) { return each.second->up(); });
  const Endpoint here{view.core.config.address, view.core.config.xmpp_port};
  return struct_of(
      "ConnectionInfo",
      {string_of("type", 1, "XMPP"), string_of("name", 2, "agents"),
       list_of_strings("server_addrs", 3, {text_of_endpoint(here)}), string_of("status", 4, "Up"),
       string_of("description", 5, std::to_string(up) + " established")});
}

Tree node_status(const View& view) {
  const Tree process = struct_of(
      "ProcessStatus", {string_of("module_id", 1, "contrail-control"),
                        string_of("instance_id", 2, "0"), string_of("state", 3, "Functional"),
                        list_of_structs("connection_infos", 4, {xmpp_listener(view)}),
                        list_of_structs("flag_infos", 5, {}), string_of("description", 6, "")});
  return struct_of("NodeStatus", {string_of("name", 1, view.core.config.name),
                                  list_of_structs("process_status", 4, {process})});
}

struct Traffic {
  std::uint64_t messages = 0;
  std::optional<std::uint64_t> bytes{};  // where they are counted
};

Tree socket_stats(std::string name, int identifier, const Traffic& traffic) {
  std::vector<Tree> fields = {u64_of("calls", 1, traffic.messages)};
  if (traffic.bytes) fields.push_back(u64_of("bytes", 2, *traffic.bytes));
  return struct_field(std::move(name), identifier, struct_of("SocketIOStats", std::move(fields)));
}

std::string state_text(const Agent& agent) {
  return std::string{xmpp::to_text(agent.session.state())};
}

Tree connection_row(const View& view, const Agent& agent) {
  return struct_of(
      "ShowXmppConnection",
      {string_of("name", 1, agent.name()), bool_of("deleted", 2, false),
       string_of("remote_endpoint", 3, text_of_endpoint(agent.remote)),
       string_of("local_endpoint", 4, text_of_endpoint(agent.local)),
       string_of("state", 5, state_text(agent)), string_of("last_event", 6, ""),
       string_of("last_state", 7, ""), string_of("last_state_at", 8, view.at(agent.up_at)),
       list_of_strings("receivers", 9, {"bgp-peer"}), string_of("server_auth_type", 10, "NIL"),
       u32_of("dscp_value", 11, 0)});
}

}  // namespace

Tree show_status(const View& view) {
  Tree uve = page("NodeStatusUVE", {struct_field("data", 1, node_status(view))});
  Tree rest = page("SandeshUVECacheResp", {u32_of("returned", 1, 1), u32_of("period", 2, 0)});
  Tree out = pages({std::move(uve), std::move(rest)});
  return out;
}

Tree show_xmpp_server(const View& view) {
  Traffic in{0, 0}, sent{0, 0};
  std::uint32_t connections = 0;
  for (const auto& [stream, agent] : view.agents.all()) {
    in.messages += agent->session.received().stanzas;
    *in.bytes += agent->session.received().bytes;
    sent.messages += agent->session.sent().stanzas;
    *sent.bytes += agent->session.sent().bytes;
    ++connections;
  }
  const auto most = static_cast<std::uint32_t>(view.agents.most_at_once());
  return page("ShowXmppServerResp",
              {socket_stats("rx_socket_stats", 1, in), socket_stats("tx_socket_stats", 2, sent),
               u32_of("current_connections", 3, connections),
               u32_of("max_connections", 4, std::max(most, connections))});
}

Tree show_xmpp_connections(const View& view) {
  const Search search{asked(view, "search_string")};
  std::vector<Tree> rows;
  for (const auto& [stream, agent] : view.agents.all())
    if (search.finds(agent->name())) rows.push_back(connection_row(view, *agent));
  return page("ShowXmppConnectionResp", {list_of_structs("connections", 1, std::move(rows))});
}

Tree show_bgp_server(const View& view) {
  Traffic in, sent;
  for (const auto& [name, peer] : view.peers.all()) {
    const auto sum = [](const bgp::Statistics& s) {
      return s.opens + s.updates + s.keepalives + s.notifications;
    };
    in.messages += sum(peer->shown().session.received());
    sent.messages += sum(peer->shown().session.sent());
  }
  return page("ShowBgpServerResp",
              {socket_stats("rx_socket_stats", 1, in), socket_stats("tx_socket_stats", 2, sent)});
}

}  // namespace tflab::node
