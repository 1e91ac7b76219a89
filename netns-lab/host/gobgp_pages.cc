#include "netns-lab/host/gobgp_pages.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <map>

#include "control-core/base/text.h"

namespace tflab::netns {
namespace {

using introspect::list_of_strings;
using introspect::list_of_structs;
using introspect::page;
using introspect::string_of;
using introspect::struct_of;
using introspect::Tree;
using introspect::u32_of;
using introspect::u64_of;
using Json = nlohmann::json;

// Which table of ours each of its tables is, and what to ask for.
struct TableName {
  std::string name, instance;
  std::vector<std::string> words;
};
std::vector<TableName> tables_of(const config::ControlNode& router) {
  const std::string master = "default-domain:default-project:ip-fabric:__default__";
  std::vector<TableName> out{{"bgp.l3vpn.0", master, {"global", "rib", "-a", "vpnv4"}},
                             {"bgp.rtarget.0", master, {"global", "rib", "-a", "rtc"}}};
  for (const config::Vrf& vrf : router.vrfs)
    out.push_back({vrf.name + ".inet.0", vrf.name, {"vrf", vrf.name, "rib", "-a", "ipv4"}});
  return out;
}

// "64512:64512:100" there, "64512:target:64512:100" here; the default route has no numbers.
std::string membership(const std::string& text) {
  const auto colon = text.find(':');
  if (colon == std::string::npos) return "0:target:0:0";
  return text.substr(0, colon) + ":target" + text.substr(colon);
}

std::string name_of(const config::ControlNode& router, const std::string& address) {
  for (const config::BgpPeer& peer : router.peers)
    if (to_text(peer.address) == address) return peer.name;
  return address;
}

constexpr int type_local_pref = 5, type_communities = 16;

Tree path_of(const Json& path) {
  const std::string from = path.value("neighbor-ip", "");
  const bool heard = !from.empty() && from.find('.') != from.npos;
  std::string next_hop;
  std::uint32_t preference = 100, label = 0;
  std::vector<std::string> targets;
  for (const Json& attribute : path.value("attrs", Json::array())) {
    if (attribute.contains("nexthop")) next_hop = attribute["nexthop"].get<std::string>();
    if (attribute.value("type", 0) == type_local_pref) preference = attribute.value("value", 100u);
    if (attribute.value("type", 0) != type_communities) continue;
    for (const Json& community : attribute.value("value", Json::array()))
      if (community.value("subtype", 0) == 2 && community.contains("value"))
        targets.push_back("target:" + community["value"].get<std::string>());
  }
  const Json nlri = path.value("nlri", Json::object());
  if (const auto labels = nlri.find("labels"); labels != nlri.end() && !labels->empty())
    label = labels->front().get<std::uint32_t>();
  return struct_of(
      "ShowRoutePath",
      {string_of("protocol", 1, heard ? "BGP" : "Local"), u32_of("local_preference", 3, preference),
       string_of("source", 6, heard ? from : ""), string_of("next_hop", 8, next_hop),
       u32_of("label", 9, label), list_of_strings("communities", 12, targets)});
}

// A VRF's table shows VPN routes there, by their distinguishers; without them, several may be one.
std::string prefix_of(const TableName& table, const std::string& key, const Json& path) {
  if (table.name == "bgp.rtarget.0") return membership(key);
  if (table.name == "bgp.l3vpn.0") return key;
  return path.value("nlri", Json::object()).value("prefix", key);
}

Tree table_of(const TableName& table, const Json& rib) {
  std::map<std::string, std::vector<Tree>> paths;
  std::uint64_t count = 0;
  for (const auto& [key, heard] : rib.items())
    for (const Json& path : heard) {
      paths[prefix_of(table, key, path)].push_back(path_of(path));
      ++count;
    }
  std::vector<Tree> routes;
  for (auto& [prefix, all] : paths)
    routes.push_back(struct_of("ShowRoute", {string_of("prefix", 1, prefix),
                                             list_of_structs("paths", 3, std::move(all))}));
  const std::uint64_t prefixes = routes.size();
  return struct_of("ShowRouteTable",
                   {string_of("routing_instance", 1, table.instance),
                    string_of("routing_table_name", 2, table.name), u64_of("prefixes", 3, prefixes),
                    u64_of("paths", 4, count), list_of_structs("routes", 8, std::move(routes))});
}

Tree summary_of(const Tree& table) {
  const std::string paths{introspect::text_of(table, "paths")};
  return struct_of(
      "ShowRouteTableSummary",
      {string_of("name", 1, std::string{introspect::text_of(table, "routing_table_name")}),
       string_of("prefixes", 3, std::string{introspect::text_of(table, "prefixes")}),
       string_of("paths", 4, paths), string_of("primary_paths", 5, paths)});
}

std::optional<std::vector<Tree>> tables(const config::ControlNode& router, const AskGobgp& ask) {
  std::vector<Tree> out;
  for (const TableName& table : tables_of(router)) {
    const Json rib = Json::parse(ask(table.words), nullptr, false);
    if (!rib.is_object() || rib.contains("error")) return {};
    out.push_back(table_of(table, rib));
  }
  return out;
}

// In the order of its API's SessionState.
constexpr std::array<std::string_view, 7> states = {
    "Idle", "Idle", "Connect", "Active", "OpenSent", "OpenConfirm", "Established"};

std::optional<Tree> neighbors(const config::ControlNode& router, const AskGobgp& ask) {
  const Json list = Json::parse(ask({"neighbor"}), nullptr, false);
  if (!list.is_array()) return {};
  std::vector<Tree> rows;
  for (const Json& neighbor : list) {
    const Json state = neighbor.value("state", Json::object());
    const std::string address = state.value("neighbor_address", "");
    const std::size_t number = state.value("session_state", std::size_t{0});
    rows.push_back(struct_of(
        "BgpNeighborResp",
        {string_of("peer", 1, name_of(router, address)), string_of("peer_address", 2, address),
         u32_of("peer_asn", 3, state.value("peer_asn", 0u)), string_of("encoding", 6, "BGP"),
         string_of("state", 8, std::string{states[std::min(number, states.size() - 1)]})}));
  }
  return page("BgpNeighborListResp", {list_of_structs("neighbors", 1, std::move(rows))});
}

}  // namespace

std::optional<Tree> gobgp_page(std::string_view name, const config::ControlNode& router,
                               const AskGobgp& ask) {
  if (name == "BgpNeighborReq") return neighbors(router, ask);
  if (name != "ShowRouteReq" && name != "ShowRouteSummaryReq") return {};
  auto all = tables(router, ask);
  if (!all) return {};
  if (name == "ShowRouteReq")
    return page("ShowRouteResp", {list_of_structs("tables", 1, std::move(*all))});
  std::vector<Tree> rows;
  for (const Tree& table : *all) rows.push_back(summary_of(table));
  return page("ShowRouteSummaryResp", {list_of_structs("tables", 1, std::move(rows))});
}

}  // namespace tflab::netns
