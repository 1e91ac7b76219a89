#include "scenarios/observe.h"

#include <charconv>

#include "control-core/base/text.h"

namespace tflab::scenario {
namespace {

using introspect::Tree;

std::vector<std::string> strings_of(const Tree& row, std::string_view field) {
  std::vector<std::string> out;
  for (const Tree& child : row.children)
    if (child.name == field)
      for (const Tree& element : child.children) out.push_back(element.text);
  return out;
}

PathRow path_of(const Tree& row) {
  PathRow path;
  path.protocol = string_of(row, "protocol");
  path.source = string_of(row, "source");
  path.next_hop = string_of(row, "next_hop");
  path.primary_table = string_of(row, "primary_table");
  path.local_preference = static_cast<std::uint32_t>(number_of(row, "local_preference"));
  path.label = static_cast<std::uint32_t>(number_of(row, "label"));
  path.encap = strings_of(row, "tunnel_encap");
  path.flags = strings_of(row, "flags");
  path.communities = strings_of(row, "communities");
  return path;
}

}  // namespace

std::string string_of(const Tree& row, std::string_view field) {
  return std::string{introspect::text_of(row, field)};
}

std::uint64_t number_of(const Tree& row, std::string_view field) {
  const std::string_view text = introspect::text_of(row, field);
  std::uint64_t value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

std::vector<Tree> batches(Pages& lab, const NodeRef& node, std::string_view request,
                          const introspect::Query& query) {
  constexpr std::size_t most = 100'000;  // a node that never ends its answer must not end us
  std::vector<Tree> out;
  auto answer = lab.page(node, request, query);
  while (answer && out.size() < most) {
    const Tree* next = introspect::find(*answer, "next_batch");
    const std::string link = next != nullptr ? next->link : "";
    const std::string text = next != nullptr ? next->text : "";
    out.push_back(std::move(*answer));
    if (text.empty() || link.empty()) break;
    answer = lab.page(node, link, {{"x", text}});
  }
  return out;
}

std::vector<NodeRef> nodes_of(const Pages& lab, NodeRef::Kind kind) {
  std::vector<NodeRef> out;
  for (NodeRef& node : lab.nodes())
    if (node.kind == kind) out.push_back(std::move(node));
  return out;
}

NodeRef speaker(const Scenario& scenario, const std::string& name) {
  const bool router = find(scenario.physical_routers, name) != nullptr;
  return {router ? NodeRef::router : NodeRef::control_node, name};
}

std::vector<SessionRow> sessions(Pages& lab) {
  std::vector<SessionRow> out;
  std::vector<NodeRef> nodes = nodes_of(lab, NodeRef::control_node);
  for (NodeRef& router : nodes_of(lab, NodeRef::router)) nodes.push_back(std::move(router));
  for (const NodeRef& node : nodes)
    for (const Tree& page : batches(lab, node, "BgpNeighborReq", {}))
      for (const Tree* row : introspect::all(page, "BgpNeighborResp"))
        out.push_back({node.name, string_of(*row, "peer"), string_of(*row, "encoding"),
                       string_of(*row, "state")});
  return out;
}

std::vector<RefusalRow> refusals(Pages& lab) {
  std::vector<RefusalRow> rows;
  for (const NodeRef& node : nodes_of(lab, NodeRef::vrouter)) {
    const auto page = lab.page(node, "RefusedOpsReq", {});
    if (!page || number_of(*page, "count") == 0) continue;
    RefusalRow row{node.name, {}, number_of(*page, "count")};
    for (const Tree* op : introspect::all(*page, "RefusedOp"))
      row.last = string_of(*op, "op") + ": " + string_of(*op, "why");
    rows.push_back(std::move(row));
  }
  return rows;
}

std::optional<std::vector<TableRow>> tables(Pages& lab, const NodeRef& control_node,
                                            std::string_view search) {
  const auto pages =
      batches(lab, control_node, "ShowRouteSummaryReq", {{"search_string", std::string{search}}});
  if (pages.empty()) return {};
  std::vector<TableRow> out;
  for (const Tree& page : pages)
    for (const Tree* row : introspect::all(page, "ShowRouteTableSummary"))
      out.push_back({string_of(*row, "name"), number_of(*row, "prefixes"), number_of(*row, "paths"),
                     number_of(*row, "primary_paths"), number_of(*row, "secondary_paths"),
                     number_of(*row, "infeasible_paths")});
  return out;
}

bool Lab::each_vpn_route(const NodeRef& speaker, const VisitVpn& visit) {
  static constexpr const char* table = "bgp.l3vpn.0";
  const auto rows = routes(*this, speaker, {{"routing_table", table}});
  if (!rows) return false;
  for (const RouteRow& row : *rows) {
    if (row.table != table) continue;  // gobgpd's pages have all there is, whatever is asked
    const auto nlri = parse_nlri(Family::inet_vpn, row.prefix);
    const auto next_hop = parse_ip(row.paths.front().next_hop);
    if (nlri && next_hop) visit(std::get<VpnRoute>(*nlri), *next_hop);
  }
  return true;
}

std::optional<std::vector<RouteRow>> routes(Pages& lab, const NodeRef& control_node,
                                            const introspect::Query& query) {
  const auto pages = batches(lab, control_node, "ShowRouteReq", query);
  if (pages.empty()) return {};
  std::vector<RouteRow> out;
  for (const Tree& page : pages)
    for (const Tree* table : introspect::all(page, "ShowRouteTable"))
      for (const Tree* route : introspect::all(*table, "ShowRoute")) {
        RouteRow row{string_of(*table, "routing_table_name"), string_of(*route, "prefix"), {}};
        for (const Tree* path : introspect::all(*route, "ShowRoutePath"))
          row.paths.push_back(path_of(*path));
        out.push_back(std::move(row));
      }
  return out;
}

}  // namespace tflab::scenario
