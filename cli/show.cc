#include "cli/show.h"

#include <algorithm>
#include <map>

#include "cli/table.h"
#include "control-core/base/text.h"

namespace tflab::cli {
namespace {

using introspect::Query;
using introspect::Tree;
using scenario::NodeRef;

// A page as a table: which request, which structs in it, which of their fields.
struct Row {
  std::string_view words, about;
  NodeRef::Kind kind;
  std::string_view request;
  std::string_view query_name, query_value;
  std::string_view element;
  std::vector<std::string_view> columns;
};

const std::vector<Row>& rows() {
  constexpr auto control = NodeRef::control_node, vrouter = NodeRef::vrouter;
  static const std::vector<Row> table = {
      {"status",
       "module state and connections of a control node",
       control,
       "SandeshUVECacheReq",
       "tname",
       "NodeStatus",
       "ConnectionInfo",
       {"type", "name", "server_addrs", "status", "description"}},
      {"nei",
       "BGP and XMPP neighbours",
       control,
       "BgpNeighborReq",
       "",
       "",
       "BgpNeighborResp",
       {"peer", "peer_address", "peer_asn", "encoding", "peer_type", "state", "send_state",
        "flap_count", "flap_time"}},
      {"ri",
       "routing instances",
       control,
       "ShowRoutingInstanceReq",
       "",
       "",
       "ShowRoutingInstance",
       {"name", "vn_index", "vxlan_id", "import_target", "export_target"}},
      {"route summary",
       "tables and their counters",
       control,
       "ShowRouteSummaryReq",
       "",
       "",
       "ShowRouteTableSummary",
       {"name", "prefixes", "paths", "primary_paths", "secondary_paths", "infeasible_paths"}},
      {"route tables",
       "names of the tables",
       control,
       "ShowRouteSummaryReq",
       "",
       "",
       "ShowRouteTableSummary",
       {"name"}},
      {"intf",
       "interfaces of a vRouter",
       vrouter,
       "ItfReq",
       "",
       "",
       "ItfSandeshData",
       {"index", "name", "active", "mac_addr", "ip_addr", "vm_name", "vn_name"}},
      {"vrf",
       "VRFs of a vRouter",
       vrouter,
       "VrfListReq",
       "",
       "",
       "VrfSandeshData",
       {"name", "ucindex", "vxlan_id", "vn"}},
      {"nh",
       "next hops of the agent",
       vrouter,
       "NhListReq",
       "",
       "",
       "NhSandeshData",
       {"type", "nh_index", "policy", "itf", "mac", "vrf", "valid", "ref_count", "tunnel_type",
        "sip", "dip"}},
      {"mpls", "labels", vrouter, "MplsReq", "", "", "MplsSandeshData", {"label", "type", "nh"}},
      {"xmpp",
       "control nodes of an agent",
       vrouter,
       "AgentXmppConnectionStatusReq",
       "",
       "",
       "AgentXmppData",
       {"controller_ip", "state", "peer_name", "peer_address", "cfg_controller", "flap_count",
        "flap_time"}},
      {"vif",
       "interfaces of the forwarding core, with counters",
       vrouter,
       "KInterfaceReq",
       "",
       "",
       "KInterfaceInfo",
       {}},
      {"rt4", "routes of the forwarding core", vrouter, "KRouteReq", "", "", "KRouteInfo", {}},
      {"knh", "next hops of the forwarding core", vrouter, "KNHReq", "", "", "KNHInfo", {}},
      {"flow",
       "flows of the agent: what was decided, and why",
       vrouter,
       "FetchAllFlowRecords",
       "",
       "",
       "SandeshFlowData",
       {"sip", "src_port", "dip", "dst_port", "protocol", "action_str", "drop_reason", "nat",
        "interface", "direction", "packets", "bytes"}},
      {"vrfstats",
       "which next hops a VRF's packets took",
       vrouter,
       "KVrfStatsReq",
       "",
       "",
       "KVrfStatsInfo",
       {}},
  };
  return table;
}

std::string flat(const Tree& tree) {
  if (tree.children.empty()) return tree.type == "list" ? "" : tree.text;
  std::string text;
  for (const Tree& child : tree.children) text += (text.empty() ? "" : ", ") + flat(child);
  return text;
}

const Tree* field(const Tree& tree, std::string_view name) {
  for (const Tree& child : tree.children)
    if (child.name == name) return &child;
  return nullptr;
}

// Routers have the pages of control nodes.
std::vector<NodeRef> nodes_of(const Options& options, Pages& pages, NodeRef::Kind kind) {
  std::vector<NodeRef> found;
  const auto wanted = [kind](NodeRef::Kind one) {
    return one == kind || (one == NodeRef::router && kind == NodeRef::control_node);
  };
  for (const NodeRef& node : pages.nodes())
    if (wanted(node.kind) && (options.of.empty() || glob(options.of, node.name)))
      found.push_back(node);
  if (found.empty())
    throw UsageError{options.of.empty() ? "no node here can answer that"
                                        : "no such node here: " + options.of};
  return found;
}

// ctr rt: a target's tables by family, told as the instances they belong to.
std::string instances_in(const Tree& members) {
  std::vector<std::string> names;
  for (const Tree* tables : introspect::all(members, "tables"))
    for (const Tree& table : tables->children) {
      // <instance>.<family>.0
      const auto family = table.text.rfind('.', table.text.size() - 3);
      std::string name = table.text.substr(0, family);
      if (std::find(names.begin(), names.end(), name) == names.end())
        names.push_back(std::move(name));
    }
  std::string text;
  for (const auto& name : names) text += (text.empty() ? "" : ", ") + name;
  return text;
}

std::string cell_text(const Tree& value) {
  return value.name.ends_with("_members") ? instances_in(value) : flat(value);
}

void show_rows(std::ostream& out, const Options& options, Pages& pages, const Row& row) {
  Table table;
  const auto nodes = nodes_of(options, pages, row.kind);
  for (const NodeRef& node : nodes) {
    Query query;
    if (!row.query_name.empty()) query.emplace_back(row.query_name, row.query_value);
    const auto page = whole_page(pages, node, row.request, query);
    if (!page) throw UsageError{node.name + " does not answer " + std::string{row.request}};
    for (const Tree* found : introspect::all(*page, row.element)) {
      if (found->children.empty()) continue;
      if (table.columns.empty()) {
        if (nodes.size() > 1) table.columns.push_back("node");
        for (auto name : row.columns) table.columns.emplace_back(name);
        if (row.columns.empty())
          for (const Tree& child : found->children) table.columns.push_back(child.name);
      }
      std::vector<std::string> cells;
      for (const auto& column : table.columns) {
        if (column == "node" && nodes.size() > 1 && cells.empty()) {
          cells.push_back(node.name);
          continue;
        }
        const Tree* value = field(*found, column);
        std::string text = value ? cell_text(*value) : "-";
        cells.push_back(text.empty() ? "n/a" : text);
      }
      table.rows.push_back(std::move(cells));
    }
  }
  print(out, table, options.format);
}

// Agents whose subscriptions brought a route-target route: "64512:target:1:2" by target.
std::map<std::string, std::string> subscribers(Pages& pages, const NodeRef& node) {
  std::map<std::string, std::string> out;
  const auto page = whole_page(pages, node, "ShowRouteReq", {});
  if (!page) return out;
  for (const Tree* table : introspect::all(*page, "ShowRouteTable")) {
    if (introspect::text_of(*table, "routing_table_name") != "bgp.rtarget.0") continue;
    for (const Tree* route : introspect::all(*table, "ShowRoute"))
      for (const Tree* path : introspect::all(*route, "ShowRoutePath")) {
        if (!introspect::text_of(*path, "protocol").starts_with("XMPP")) continue;
        const std::string prefix{introspect::text_of(*route, "prefix")};
        std::string& agents = out[prefix.substr(prefix.find(':') + 1)];
        agents += (agents.empty() ? "" : ", ") + std::string{introspect::text_of(*path, "source")};
      }
  }
  return out;
}

// `show rt`: who imports a target: instances here, agents by their subscriptions, BGP peers by
// their route-target routes; who exports it, and how many VPN routes carry it.
void show_targets(std::ostream& out, const Options& options, Pages& pages) {
  Table table{{"node", "rtarget", "import_members", "agents", "peers_interested", "export_members",
               "routes"},
              {}};
  for (const NodeRef& node : nodes_of(options, pages, NodeRef::control_node)) {
    const auto page = pages.page(node, "ShowRtGroupReq", {});
    if (!page) continue;
    const auto agents = subscribers(pages, node);
    const auto cell = [](std::string text) { return text.empty() ? "n/a" : text; };
    for (const Tree* row : introspect::all(*page, "ShowRtGroupInfo")) {
      const std::string target{introspect::text_of(*row, "rtarget")};
      const auto text = [&](std::string_view name) {
        const Tree* value = field(*row, name);
        return cell(value ? cell_text(*value) : "");
      };
      const Tree* routes = field(*row, "dep_route");
      const auto asked = agents.find(target);
      table.rows.push_back({node.name, target, text("import_members"),
                            cell(asked == agents.end() ? "" : asked->second),
                            text("peers_interested"), text("export_members"),
                            std::to_string(routes ? routes->children.size() : 0)});
    }
  }
  print(out, table, options.format);
}

void show_drops(std::ostream& out, const Options& options, Pages& pages) {
  Table table{{"node", "reason", "packets"}, {}};
  for (const NodeRef& node : nodes_of(options, pages, NodeRef::vrouter)) {
    const auto page = pages.page(node, "KDropStatsReq", {});
    if (!page) continue;
    for (const Tree& counter : page->children)
      if (counter.children.empty() && (counter.text != "0" || options.verbose))
        table.rows.push_back({node.name, counter.name, counter.text});
  }
  print(out, table, options.format);
}

// What `route show` was asked: a table, a prefix (part of its text; a bare address means every
// prefix that covers it, longest first being what forwards), details.
struct RouteQuery {
  std::string table, text;
  std::optional<IpAddr> address;
  bool detail = false;
};

RouteQuery route_query(const std::vector<std::string>& words) {
  RouteQuery query;
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (words[i] == "-t" || words[i] == "--table") {
      if (++i == words.size()) throw UsageError{"route show -t wants the name of a table"};
      query.table = words[i];
    } else if (words[i] == "-d" || words[i] == "detail" || words[i] == "--detail") {
      query.detail = true;
    } else if (!words[i].empty() && words[i][0] == '-') {
      throw UsageError{"route show: unknown option " + words[i] +
                       "; it takes [PREFIX] [-t TABLE] [detail]"};
    } else {
      query.text = words[i];
      query.address = parse_ip(words[i]);
    }
  }
  return query;
}

bool wanted(const RouteQuery& query, const std::string& prefix) {
  if (query.text.empty()) return true;
  if (query.address) {
    const auto parsed = parse_prefix(prefix);
    return parsed && parsed->covers(*query.address);
  }
  return prefix.find(query.text) != std::string::npos;
}

std::string list_text(const Tree& path, std::string_view name) {
  std::string text = "[";
  if (const Tree* list = field(path, name))
    for (const Tree& element : list->children)
      text += (text.size() > 1 ? ", '" : "'") + element.text + "'";
  return text + "]";
}

std::string or_none(std::string_view text) {
  return text.empty() ? "None" : std::string{text};
}

void print_path(std::ostream& out, const Tree& path, bool detail) {
  using introspect::text_of;
  out << "    [" << text_of(path, "protocol") << '|' << or_none(text_of(path, "source"))
      << "] localpref: " << text_of(path, "local_preference")
      << ", nh: " << text_of(path, "next_hop") << ", encap: " << list_text(path, "tunnel_encap")
      << ", label: " << text_of(path, "label") << ", AS path: " << or_none(text_of(path, "as_path"))
      << '\n';
  if (!detail) return;
  out << "        primary table: " << text_of(path, "primary_table")
      << ", origin vn: " << or_none(text_of(path, "origin_vn"))
      << ", flags: " << list_text(path, "flags") << '\n'
      << "        communities: " << list_text(path, "communities") << '\n';
}

void print_table(std::ostream& out, const Tree& table, const RouteQuery& query) {
  using introspect::text_of;
  bool headed = false;
  for (const Tree* route : introspect::all(table, "ShowRoute")) {
    const std::string prefix{text_of(*route, "prefix")};
    if (!wanted(query, prefix)) continue;
    if (!headed)
      out << '\n'
          << text_of(table, "routing_table_name") << ": " << text_of(table, "prefixes")
          << " destinations, " << text_of(table, "paths") << " routes ("
          << text_of(table, "primary_paths") << " primary, " << text_of(table, "secondary_paths")
          << " secondary, " << text_of(table, "infeasible_paths") << " infeasible)\n";
    headed = true;
    out << '\n' << prefix << '\n';
    for (const Tree* path : introspect::all(*route, "ShowRoutePath"))
      print_path(out, *path, query.detail);
  }
}

Table flat_routes(const std::vector<std::pair<NodeRef, Tree>>& pages, const RouteQuery& query) {
  using introspect::text_of;
  Table out{{"node", "table", "prefix", "protocol", "source", "local_preference", "next_hop",
             "encap", "label"},
            {}};
  for (const auto& [node, page] : pages)
    for (const Tree* table : introspect::all(page, "ShowRouteTable")) {
      const std::string name{text_of(*table, "routing_table_name")};
      if (!query.table.empty() && name != query.table) continue;
      for (const Tree* route : introspect::all(*table, "ShowRoute")) {
        const std::string prefix{text_of(*route, "prefix")};
        if (!wanted(query, prefix)) continue;
        for (const Tree* path : introspect::all(*route, "ShowRoutePath"))
          out.rows.push_back({node.name, name, prefix, std::string{text_of(*path, "protocol")},
                              std::string{text_of(*path, "source")},
                              std::string{text_of(*path, "local_preference")},
                              std::string{text_of(*path, "next_hop")},
                              list_text(*path, "tunnel_encap"),
                              std::string{text_of(*path, "label")}});
      }
    }
  return out;
}

void show_routes(std::ostream& out, const Options& options, Pages& pages,
                 const std::vector<std::string>& words) {
  const RouteQuery query = route_query(words);
  const auto nodes = nodes_of(options, pages, NodeRef::control_node);
  std::vector<std::pair<NodeRef, Tree>> answers;
  for (const NodeRef& node : nodes)
    if (auto page = whole_page(pages, node, "ShowRouteReq", {}))
      answers.emplace_back(node, std::move(*page));
  if (options.format != "table") return print(out, flat_routes(answers, query), options.format);
  for (const auto& [node, page] : answers) {
    if (nodes.size() > 1) out << "\n== " << node.name << " ==\n";
    for (const Tree* table : introspect::all(page, "ShowRouteTable"))
      if (query.table.empty() || introspect::text_of(*table, "routing_table_name") == query.table)
        print_table(out, *table, query);
  }
}

// `show route [VRF] [PREFIX]` of vRouters, as `ist.py vr route`.
void show_agent_routes(std::ostream& out, const Options& options, Pages& pages,
                       const std::vector<std::string>& words) {
  using introspect::text_of;
  std::string vrf_wanted;
  RouteQuery query;
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (words[i] == "-v" && i + 1 < words.size()) {
      vrf_wanted = words[++i];
    } else {
      query.text = words[i];
      query.address = parse_ip(words[i]);
    }
  }
  Table table{{"node", "vrf", "prefix", "peer", "nh_type", "nh_index", "to", "label"}, {}};
  for (const NodeRef& node : nodes_of(options, pages, NodeRef::vrouter)) {
    const auto vrfs = pages.page(node, "VrfListReq", {});
    if (!vrfs) continue;
    for (const Tree* vrf : introspect::all(*vrfs, "VrfSandeshData")) {
      const std::string index{text_of(*vrf, "ucindex")};
      if (!vrf_wanted.empty() && vrf_wanted != index && vrf_wanted != text_of(*vrf, "name"))
        continue;
      const auto routes = pages.page(node, "Inet4UcRouteReq", {{"vrf_index", index}});
      if (!routes) continue;
      for (const Tree* route : introspect::all(*routes, "RouteUcSandeshData")) {
        const std::string prefix =
            std::string{text_of(*route, "src_ip")} + "/" + std::string{text_of(*route, "src_plen")};
        if (!wanted(query, prefix)) continue;
        for (const Tree* path : introspect::all(*route, "PathSandeshData")) {
          const Tree* nh = introspect::find(*path, "NhSandeshData");
          const Tree empty;
          const Tree& hop = nh ? *nh : empty;
          const std::string itf{text_of(hop, "itf")}, dip{text_of(hop, "dip")};
          table.rows.push_back({node.name, index, prefix, std::string{text_of(*path, "peer")},
                                std::string{text_of(hop, "type")},
                                std::string{text_of(hop, "nh_index")}, dip.empty() ? itf : dip,
                                std::string{text_of(*path, "label")}});
        }
      }
    }
  }
  print(out, table, options.format);
}

}  // namespace

std::vector<ShowVerb> show_verbs() {
  std::vector<ShowVerb> verbs;
  for (const Row& row : rows()) verbs.push_back({row.words, row.about});
  verbs.push_back({"route show", "routes of the control nodes: [PREFIX] [-t TABLE] [detail]"});
  verbs.push_back({"route", "routes of the vRouters' agents: [PREFIX] [-v VRF]"});
  verbs.push_back({"rt", "route targets: who imports, who asks for them, who exports"});
  verbs.push_back({"dropstats", "drop counters that are not zero (-v: all)"});
  return verbs;
}

void show(std::ostream& out, const Options& options, Pages& pages) {
  std::vector<std::string> words = options.words;
  auto starts = [&](std::initializer_list<std::string_view> with) {
    return words.size() >= with.size() && std::equal(with.begin(), with.end(), words.begin());
  };
  if (starts({"route", "show"}))
    return show_routes(out, options, pages, {words.begin() + 2, words.end()});
  if (starts({"rt"})) return show_targets(out, options, pages);
  if (starts({"dropstats"})) return show_drops(out, options, pages);
  std::string joined;
  for (const auto& word : words) joined += (joined.empty() ? "" : " ") + word;
  for (const Row& row : rows())
    if (row.words == joined) return show_rows(out, options, pages, row);
  if (starts({"route"}))
    return show_agent_routes(out, options, pages, {words.begin() + 1, words.end()});
  std::string grammar = "show what? One of:";
  for (const ShowVerb& verb : show_verbs())
    grammar += "\n  " + std::string{verb.words} +
               std::string(16 - std::min<std::size_t>(15, verb.words.size()), ' ') +
               std::string{verb.about};
  throw UsageError{grammar};
}

}  // namespace tflab::cli
