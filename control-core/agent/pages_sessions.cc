// Pages about who the agent talks to: control nodes, neighbours, the vrouter that refuses.

#include <cstdint>
#include <string>
#include <vector>

#include "control-core/agent/op_text.h"
#include "control-core/agent/pages.h"
#include "control-core/base/text.h"

namespace tflab::agent {
namespace {

using namespace introspect;

Tree session_row(const PageContext& context, const Controllers::Node& node, bool gives_config) {
  const bool flapped = node.client.flaps() > 0;
  const auto sent = node.client.sent(), received = node.client.received();
  return struct_of(
      "AgentXmppData",
      {string_of("controller_ip", 1, to_text(node.address)),
       string_of("state", 2, std::string{xmpp::to_text(node.client.state())}),
       string_of("peer_name", 3, context.state.config.name),
       string_of("peer_address", 4, to_text(node.address)),
       string_of("cfg_controller", 5, gives_config ? "Yes" : "No"),
       string_of("mcast_controller", 6, gives_config ? "Yes" : "No"),
       u32_of("flap_count", 7, node.client.flaps()),
       string_of("flap_time", 8, flapped ? timestamp(context.request, node.changed) : ""),
       bool_of("end_of_rib", 9, node.synced), u64_of("sent_stanzas", 10, sent.stanzas),
       u64_of("received_stanzas", 11, received.stanzas),
       u64_of("refused_items", 12, received.refused)});
}

const char* state_text(Neighbours::State state) {
  switch (state) {
    case Neighbours::State::resolving:
      return "Initing";
    case Neighbours::State::reachable:
      return "Active";
    case Neighbours::State::refreshing:
      return "Refreshing";
  }
  return "unknown";
}

}  // namespace

// The original takes configuration and trees from one control node: the first that is up.
Tree sessions_page(const PageContext& context) {
  std::vector<Tree> rows;
  bool first = true;
  for (const auto& node : context.state.controllers.nodes()) {
    if (!node) continue;
    rows.push_back(session_row(context, *node, node->up && first));
    first = first && !node->up;
  }
  return page("AgentXmppConnectionStatus", {list_of_structs("peer", 1, std::move(rows))});
}

Tree neighbours_page(const PageContext& context) {
  std::vector<Tree> rows;
  for (const auto& [ip, entry] : context.state.neighbours.entries()) {
    rows.push_back(struct_of(
        "ArpSandeshData",
        {string_of("ip", 1, to_text(ip)), string_of("mac", 2, to_text(entry.mac)),
         string_of("vrf", 3, context.state.vrfs.find(fabric_vrf)->instance),
         string_of("interface", 4, "fabric"), string_of("state", 5, state_text(entry.state)),
         u32_of("tries", 6, entry.tries)}));
  }
  return page("ArpCacheResp", {list_of_structs("arp_list", 1, std::move(rows))});
}

Tree refusals_page(const PageContext& context) {
  std::vector<Tree> rows;
  for (const Refusals::Record& record : context.refusals.last) {
    rows.push_back(struct_of(
        "RefusedOp",
        {string_of("time", 1, timestamp(context.request, record.when)),
         string_of("op", 2, record.op), string_of("why", 3, std::string{to_text(record.why)})}));
  }
  return page("RefusedOpsResp", {u64_of("count", 1, context.refusals.count),
                                 list_of_structs("last", 2, std::move(rows))});
}

}  // namespace tflab::agent
