// Pages about tables and what governs them: route summary, instances, route-target groups, trees.

#include <algorithm>

#include "control-core/base/text.h"
#include "control-core/node/pages.h"

namespace tflab::node {
namespace {

using namespace introspect;

Tree last_batch(const std::string& request) {
  return linked(string_of("next_batch", 2, ""), request + "Iterate", "next_batch");
}

Tree summary_of(const rib::Table& table) {
  const rib::Counts& counts = table.counts();
  return struct_of(
      "ShowRouteTableSummary",
      {string_of("name", 1, table.name()), u64_of("prefixes", 3, counts.prefixes),
       u64_of("paths", 4, counts.paths()), u64_of("primary_paths", 5, counts.primary),
       u64_of("secondary_paths", 6, counts.secondary),
       u64_of("infeasible_paths", 7, counts.infeasible), u64_of("stale_paths", 18, counts.stale),
       u64_of("llgr_stale_paths", 19, counts.llgr_stale), u64_of("pending_updates", 11, 0),
       u64_of("listeners", 14, table.listeners()), bool_of("deleted", 2, false),
       string_of("deleted_at", 13, "")});
}

std::vector<std::string> texts(const std::vector<RouteTarget>& targets) {
  std::vector<std::string> out;
  for (RouteTarget target : targets) out.push_back(to_text(target));
  return out;
}

Tree instance_tables(const vpn::Instance& instance) {
  std::vector<Tree> out;
  for (const rib::Table* table : tables_by_name(instance))
    out.push_back(struct_of("ShowRoutingInstanceTable",
                            {string_of("name", 1, table->name()), bool_of("deleted", 2, false),
                             u64_of("prefixes", 3, table->counts().prefixes),
                             u64_of("paths", 4, table->counts().paths())}));
  return list_of_structs("tables", 2, std::move(out));
}

Tree instance_row(const vpn::Instance& instance) {
  return struct_of(
      "ShowRoutingInstance",
      {string_of("name", 1, instance.config.name),
       string_of("virtual_network", 3, instance.config.network),
       i32_of("vn_index", 6, static_cast<std::int32_t>(instance.config.network_id)),
       i32_of("vxlan_id", 8, static_cast<std::int32_t>(instance.config.network_id)),
       list_of_strings("import_target", 4, texts(instance.imports)),
       list_of_strings("export_target", 5, texts(instance.config.exports)),
       bool_of("always_subscribe", 10, false), bool_of("allow_transit", 12, false),
       bool_of("pbb_evpn_enable", 13, false), bool_of("deleted", 7, false),
       string_of("deleted_at", 9, ""), instance_tables(instance),
       list_of_structs("routing_policies", 11, {}), list_of_strings("neighbors", 14, {})});
}

// --- route targets

Tree members_of(std::string name, int identifier, const vpn::Instances& instances) {
  std::vector<Tree> out;
  for (const vpn::Replicated& pair : vpn::replicated_families) {
    std::vector<std::string> tables;
    for (const vpn::Instance* instance : instances)
      tables.push_back(instance->table(pair.vrf)->name());
    if (!tables.empty())
      out.push_back(struct_of("ShowRtGroupMemberTableList",
                              {string_of("family", 1, std::string{row_of(pair.vpn).config}),
                               list_of_strings("tables", 2, tables)}));
  }
  return list_of_structs(std::move(name), identifier, std::move(out));
}

std::vector<std::string> interested(const View& view, const vpn::TargetGroup& group) {
  std::vector<std::string> out;
  for (const auto& [name, peer] : view.peers.all())
    if (group.interested.has(peer->peer.slot)) out.push_back(name);
  return out;
}

std::vector<std::string> dependents(const vpn::TargetGroup& group) {
  std::vector<std::pair<Family, const Nlri*>> rows;
  group.each_dependent(
      [&](Family family, const vpn::Row& row) { rows.emplace_back(family, &row.first); });
  std::ranges::sort(rows, {}, [](const auto& row) { return std::pair{row.first, *row.second}; });
  std::vector<std::string> out;
  for (const auto& [family, nlri] : rows) out.push_back(to_text(*nlri));
  return out;
}

Tree target_groups(const View& view, const std::string& request, bool detail) {
  const Search search{asked(view, "search_string")};
  std::vector<Tree> rows;
  for (const auto& [target, group] : view.core.routing->targets().groups()) {
    if (!search.finds(to_text(target))) continue;
    std::vector<Tree> row = {string_of("rtarget", 1, to_text(target)),
                             members_of("import_members", 2, group.importers),
                             members_of("export_members", 3, group.exporters)};
    if (detail) {
      row.push_back(list_of_strings("peers_interested", 4, interested(view, group)));
      row.push_back(list_of_strings("dep_route", 5, dependents(group)));
    }
    rows.push_back(struct_of("ShowRtGroupInfo", std::move(row)));
  }
  const std::string response = request.substr(0, request.size() - 3) + "Resp";
  return page(response, {list_of_structs("rtgroup_list", 1, std::move(rows)), last_batch(request)});
}

// The targets a peer, given by its whole name, is interested in.
Tree targets_of_peer(const View& view, const std::string& request, const std::string& peer) {
  const auto found = view.peers.all().find(peer);
  std::vector<Tree> rows;
  if (found != view.peers.all().end())
    for (const auto& [target, group] : view.core.routing->targets().groups())
      if (group.interested.has(found->second->peer.slot))
        rows.push_back(struct_of(
            "ShowRtGroupInfo", {string_of("rtarget", 1, to_text(target)),
                                list_of_strings("peers_interested", 4, interested(view, group))}));
  return page("ShowRtGroupPeerResp",
              {list_of_structs("rtgroup_list", 1, std::move(rows)), last_batch(request)});
}

// --- trees

Tree forwarder_of(const vpn::Forwarder& forwarder) {
  std::vector<Tree> links;
  for (const vpn::TreeLink& link : forwarder.links)
    links.push_back(struct_of(
        "ShowMulticastTreeLink",
        {string_of("address", 1, to_text(link.address)), u32_of("label", 2, link.label)}));
  return struct_of("ShowMulticastForwarder",
                   {string_of("address", 1, to_text(forwarder.address)),
                    string_of("label_block", 2,
                              std::to_string(forwarder.block.first) + "-" +
                                  std::to_string(forwarder.block.last)),
                    u32_of("label", 3, forwarder.label.value_or(0)),
                    string_of("router_id", 5, to_text(forwarder.router_id)),
                    list_of_structs("links", 4, std::move(links))});
}

Tree forwarders_of(std::string name, int identifier, const std::vector<vpn::Forwarder>& all) {
  std::vector<Tree> out;
  for (const vpn::Forwarder& each : all) out.push_back(forwarder_of(each));
  return list_of_structs(std::move(name), identifier, std::move(out));
}

}  // namespace

Tree show_summary(const View& view) {
  const Search search{asked(view, "search_string")};
  std::vector<Tree> rows;
  for (const auto& [name, instance] : view.core.routing->instances())
    for (const rib::Table* table : tables_by_name(*instance))
      if (search.finds(table->name())) rows.push_back(summary_of(*table));
  return page("ShowRouteSummaryResp",
              {list_of_structs("tables", 1, std::move(rows)), last_batch("ShowRouteSummaryReq")});
}

Tree show_instances(const View& view) {
  const Search search{asked(view, "search_string")};
  std::vector<Tree> rows;
  for (const auto& [name, instance] : view.core.routing->instances())
    if (search.finds(name)) rows.push_back(instance_row(*instance));
  return page("ShowRoutingInstanceResp", {list_of_structs("instances", 1, std::move(rows)),
                                          last_batch("ShowRoutingInstanceReq")});
}

Tree show_target_groups(const View& view) {
  return target_groups(view, "ShowRtGroupReq", true);
}
Tree show_target_group_summary(const View& view) {
  return target_groups(view, "ShowRtGroupSummaryReq", false);
}

Tree show_target_groups_of_peer(const View& view) {
  return targets_of_peer(view, "ShowRtGroupPeerReq", asked(view, "search_string"));
}

Tree show_multicast(const View& view) {
  const Search search{asked(view, "search_string")};
  std::vector<Tree> rows;
  for (const auto& [name, instance] : view.core.routing->instances()) {
    const std::string table = instance->table(Family::ermvpn)->name();
    if (instance->master() || !search.finds(table)) continue;
    const auto* trees = view.core.routing->ermvpn().trees(name);
    const auto count = static_cast<std::uint32_t>(trees ? trees->size() : 0);
    rows.push_back(struct_of("ShowMulticastManager",
                             {string_of("name", 1, table), u32_of("total_trees", 2, count),
                              bool_of("deleted", 3, false), string_of("deleted_at", 4, "")}));
  }
  return page("ShowMulticastManagerResp", {list_of_structs("managers", 1, std::move(rows)),
                                           last_batch("ShowMulticastManagerReq")});
}

Tree show_multicast_detail(const View& view) {
  const std::string wanted = asked(view, "name");
  std::vector<Tree> rows;
  for (const auto& [name, instance] : view.core.routing->instances()) {
    const auto* trees = view.core.routing->ermvpn().trees(name);
    if (!trees || instance->table(Family::ermvpn)->name() != wanted) continue;
    for (const auto& [key, tree] : *trees)
      rows.push_back(struct_of(
          "ShowMulticastTree",
          {string_of("group", 1, to_text(key.group)), string_of("source", 2, to_text(key.source)),
           forwarders_of("level0_forwarders", 3, tree.native),
           forwarders_of("level1_forwarders", 4, tree.local)}));
  }
  return page("ShowMulticastManagerDetailResp", {list_of_structs("trees", 1, std::move(rows)),
                                                 last_batch("ShowMulticastManagerDetailReq")});
}

}  // namespace tflab::node
