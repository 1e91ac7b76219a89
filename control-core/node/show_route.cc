// ShowRouteReq: routes of all tables that pass the filters, a thousand at a time.

#include <algorithm>
#include <array>
#include <optional>

#include "control-core/base/text.h"
#include "control-core/introspect/query.h"
#include "control-core/node/agent_routes.h"
#include "control-core/node/pages.h"

namespace tflab::node {
namespace {

using namespace introspect;

constexpr std::size_t most_routes = 1000;
constexpr std::string_view separator = "||";

struct Wanted {
  std::string table, instance, prefix;
  bool longer = false, shorter = false;
  std::size_t count = 0;  // 0: as many as there are
  std::string start_table, start_instance, start_prefix;
  std::string source, protocol, family;
};

std::size_t count_of(const std::string& text) {
  return parse_u32(text).value_or(0);
}

// Fields in the order in which the request declares them.
Wanted wanted_of(const Query& query) {
  constexpr auto declared = std::to_array<std::string_view>(
      {"routing_table", "routing_instance", "prefix", "longer_match", "shorter_match", "count",
       "start_routing_table", "start_routing_instance", "start_prefix", "source", "protocol",
       "family"});
  const auto is = match_fields(query, declared);
  return {is[0], is[1], is[2], is_true(is[3]), is_true(is[4]), count_of(is[5]),
          is[6], is[7], is[8], is[9],          is[10],         is[11]};
}

std::vector<std::string> split(std::string_view text) {
  std::vector<std::string> out;
  for (;;) {
    const auto end = text.find(separator);
    out.emplace_back(text.substr(0, end));
    if (end == text.npos) return out;
    text.remove_prefix(end + separator.size());
  }
}

// What an earlier answer left for us in its next_batch.
std::optional<Wanted> wanted_of_batch(std::string_view text) {
  const auto is = split(text);
  if (is.size() != 12) return {};
  Wanted out;
  out.instance = is[0];
  out.table = is[1];
  out.prefix = is[2];
  out.start_instance = is[3];
  out.start_table = is[4];
  out.start_prefix = is[5];
  out.count = count_of(is[6]);
  out.source = is[7];
  out.protocol = is[8];
  out.family = is[9];
  out.longer = is_true(is[10]);
  out.shorter = is_true(is[11]);
  return out;
}

std::string next_batch(const Wanted& is, const rib::Table& table, const Nlri& next,
                       std::size_t left) {
  const std::array<std::string, 12> fields = {is.instance,
                                              is.table,
                                              is.prefix,
                                              table.instance(),
                                              table.name(),
                                              to_text(next),
                                              std::to_string(left),
                                              is.source,
                                              is.protocol,
                                              is.family,
                                              is.longer ? "true" : "false",
                                              is.shorter ? "true" : "false"};
  std::string out = fields[0];
  for (std::size_t i = 1; i < fields.size(); ++i) out.append(separator) += fields[i];
  return out;
}

// --- filters

bool related(const IpPrefix& route, const IpPrefix& asked, const Wanted& is) {
  return (is.longer && asked.covers(route)) || (is.shorter && route.covers(asked));
}

class PrefixFilter {
public:
  explicit PrefixFilter(const Wanted& wanted)
      : wanted_{wanted},
        by_length_{wanted.longer || wanted.shorter},
        text_{by_length_ ? std::string{} : wanted.prefix},
        inet_{parse_prefix(wanted.prefix)},
        vpn_{parse_nlri(Family::inet_vpn, wanted.prefix)} {
    if (!vpn_) vpn_ = parse_nlri(Family::inet6_vpn, wanted.prefix);
  }

  bool passes(const Nlri& nlri) const {
    if (wanted_.prefix.empty()) return true;
    if (!by_length_) return text_.finds(to_text(nlri));
    if (const auto* inet = std::get_if<InetRoute>(&nlri))
      return inet_ && related(inet->prefix, *inet_, wanted_);
    const auto* vpn = std::get_if<VpnRoute>(&nlri);
    const auto* asked = vpn_ ? std::get_if<VpnRoute>(&*vpn_) : nullptr;
    return vpn && asked && vpn->rd == asked->rd && related(vpn->prefix, asked->prefix, wanted_);
  }

private:
  const Wanted& wanted_;
  bool by_length_;
  Search text_;
  std::optional<IpPrefix> inet_;
  std::optional<Nlri> vpn_;
};

std::string source_text(const rib::Path& path) {
  if (!path.peer) return {};
  return path.peer->bgp() ? to_text(path.peer->address) : path.peer->name;
}

bool passes(const Wanted& wanted, const rib::Path& path) {
  return (wanted.source.empty() || wanted.source == source_text(path)) &&
         (wanted.protocol.empty() || wanted.protocol == rib::to_text(path.key.source));
}

bool passes(const Wanted& wanted, const rib::Table& table) {
  return (wanted.table.empty() || wanted.table == table.name()) &&
         (wanted.instance.empty() || wanted.instance == table.instance()) &&
         (wanted.family.empty() || wanted.family == row_of(table.family()).filter);
}

// --- one path

std::string_view to_text(SubProtocol sub) {
  constexpr std::array<std::string_view, 5> names = {"", "interface", "interface-static",
                                                     "service-interface", "bgpaas"};
  return names[static_cast<std::size_t>(sub)];
}

std::string protocol_text(const rib::Path& path) {
  std::string out{rib::to_text(path.key.source)};
  const std::string_view sub = to_text(path.attributes->sub_protocol);
  if (!sub.empty()) out.append(" (").append(sub).append(")");
  return out;
}

std::string origin_text(Origin origin) {
  constexpr std::array<const char*, 3> names = {"igp", "egp", "incomplete"};
  return names[static_cast<std::size_t>(origin)];
}

std::vector<std::string> communities_of(const Attributes& attributes) {
  std::vector<std::string> out;
  for (Community community : attributes.communities) out.push_back(tflab::to_text(community));
  for (ExtCommunity community : attributes.ext_communities)
    out.push_back(tflab::to_text(community));
  return out;
}

std::vector<std::string> encaps_of(const Attributes& attributes) {
  std::vector<std::string> out;
  for (Encap encap : attributes.encaps()) out.emplace_back(tflab::to_text(encap));
  return out;
}

std::vector<std::string> flags_of(const rib::Path& path) {
  std::vector<std::string> out = marks_of(path);
  if (out.empty()) out.emplace_back("None");
  return out;
}

std::string sequence_text(const Attributes& attributes) {
  for (ExtCommunity community : attributes.ext_communities)
    if (const auto mobility = community.as_mac_mobility())
      return std::to_string(mobility->sequence);
  return {};
}

std::vector<std::string> origin_vn_path_of(const Attributes& attributes,
                                           const vpn::Routing& routing) {
  std::vector<std::string> out;
  for (ExtCommunity community : attributes.origin_vn_path)
    out.push_back(routing.network_name(community.as_origin_vn().value_or(0)));
  return out;
}

std::vector<std::string> cluster_list_of(const Attributes& attributes) {
  std::vector<std::string> out;
  for (Ip4 cluster : attributes.cluster_list) out.push_back(tflab::to_text(cluster));
  return out;
}

std::string block_text(LabelBlock block) {
  return std::to_string(block.first) + "-" + std::to_string(block.last);
}

Tree edge_discovery_of(const Attributes& attributes) {
  std::vector<Tree> out;
  for (const EdgeDiscovery& edge : attributes.edge_discovery) {
    std::string labels;
    for (LabelBlock block : edge.labels) labels += (labels.empty() ? "" : " ") + block_text(block);
    out.push_back(struct_of(
        "ShowEdgeDiscovery",
        {string_of("address", 1, tflab::to_text(edge.address)), string_of("labels", 2, labels)}));
  }
  return list_of_structs("edge_discovery", 28, std::move(out));
}

Tree edge_forwarding_of(const Attributes& attributes) {
  const auto end = [](Ip4 address, std::uint32_t label) {
    return tflab::to_text(address) + ":" + std::to_string(label);
  };
  std::vector<Tree> out;
  for (const EdgeForwarding& edge : attributes.edge_forwarding)
    out.push_back(
        struct_of("ShowEdgeForwarding",
                  {string_of("in_address_label", 1, end(edge.in_address, edge.in_label)),
                   string_of("out_address_label", 2, end(edge.out_address, edge.out_label))}));
  return list_of_structs("edge_forwarding", 29, std::move(out));
}

std::string type_of(const PmsiTunnel& tunnel) {
  if (tunnel.type == PmsiTunnel::ingress_replication) return "IngressReplication";
  if (tunnel.type == PmsiTunnel::assisted_replication) return "AssistedReplication";
  return std::to_string(tunnel.type);
}

const char* role_of(const PmsiTunnel& tunnel) {
  constexpr const char* roles[] = {"RegularNVE", "ARReplicator", "ARLeaf", "3"};
  return roles[(tunnel.flags & PmsiTunnel::ar_role) >> 3];
}

Tree pmsi_tunnel_of(const PmsiTunnel& tunnel) {
  const auto identifier = tunnel.address();
  std::vector<std::string> flags;
  if ((tunnel.flags & PmsiTunnel::edge_replication) != 0)
    flags.emplace_back("EdgeReplicationSupported");
  if ((tunnel.flags & PmsiTunnel::leaf_info_required) != 0) flags.emplace_back("LeafInfoRequired");
  return struct_field(
      "pmsi_tunnel", 21,
      struct_of("ShowPmsiTunnel",
                {string_of("type", 1, type_of(tunnel)), string_of("ar_type", 2, role_of(tunnel)),
                 string_of("identifier", 3, identifier ? tflab::to_text(*identifier) : ""),
                 u32_of("label", 4, tunnel.label), list_of_strings("flags", 5, flags)}));
}

Tree load_balance_of(const LoadBalance& choice) {
  std::vector<std::string> fields;
  for (const HashFieldRow& row : hash_field_rows)
    if ((choice.fields & row.field) != 0) fields.emplace_back(row.name);
  return struct_field(
      "load_balance", 22,
      struct_of("ShowLoadBalance",
                {string_of("decision_type", 1, choice.source_bias ? "source-bias" : "field-hash"),
                 list_of_strings("fields", 2, fields)}));
}

struct Place {
  const View& view;
  const vpn::Instance& instance;
  const rib::Table& table;
};

std::string primary_table_of(const Place& place, const rib::Path& path) {
  const rib::Table* table = place.view.core.routing->table(path.key.primary);
  return table ? table->name() : std::string{};
}

void add_identity(const Place& place, const rib::Path& path, std::vector<Tree>& out) {
  const Attributes& attributes = *path.attributes;
  out.push_back(string_of("protocol", 1, protocol_text(path)));
  out.push_back(string_of("last_modified", 3, place.view.at(path.changed)));
  out.push_back(u32_of("local_preference", 5, attributes.effective_local_pref()));
  out.push_back(u32_of("med", 25, attributes.med.value_or(0)));
  const bool bgp = path.peer && path.peer->bgp();
  out.push_back(u32_of("local_as", 6, bgp ? place.view.core.config.as.raw() : 0));
  out.push_back(u32_of("peer_as", 7, bgp ? path.peer->as.raw() : 0));
  out.push_back(
      string_of("peer_router_id", 8, bgp ? tflab::to_text(path.peer->router_id) : std::string{}));
  out.push_back(string_of("source", 9, source_text(path)));
}

void add_forwarding(const Place& place, const vpn::Row& row, const rib::Path& path,
                    std::vector<Tree>& out) {
  const Attributes& attributes = *path.attributes;
  const vpn::Routing& routing = *place.view.core.routing;
  out.push_back(string_of("as_path", 10, tflab::to_text(attributes.as_path)));
  out.push_back(string_of("next_hop", 11, tflab::to_text(attributes.next_hop)));
  out.push_back(u32_of("label", 12, path.label));
  out.push_back(string_of("origin", 26, origin_text(attributes.origin)));
  out.push_back(bool_of("replicated", 13, path.replicated()));
  out.push_back(
      linked(string_of("primary_table", 14, primary_table_of(place, path)), "ShowRouteReq"));
  out.push_back(list_of_strings("secondary_tables", 24, routing.leak().copies_of(row, path.key)));
  out.push_back(list_of_strings("communities", 15, communities_of(attributes)));
  out.push_back(string_of("origin_vn", 16, origin_network(path, place.instance, routing)));
  out.push_back(list_of_strings("flags", 17, flags_of(path)));
  out.push_back(list_of_strings("tunnel_encap", 18, encaps_of(attributes)));
  out.push_back(string_of("sequence_no", 19, sequence_text(attributes)));
  out.push_back(list_of_strings("origin_vn_path", 20, origin_vn_path_of(attributes, routing)));
}

Tree path_of(const Place& place, const vpn::Row& row, const rib::Path& path) {
  const Attributes& attributes = *path.attributes;
  std::vector<Tree> out;
  add_identity(place, path, out);
  add_forwarding(place, row, path, out);
  if (attributes.pmsi_tunnel) out.push_back(pmsi_tunnel_of(*attributes.pmsi_tunnel));
  for (ExtCommunity community : attributes.ext_communities)
    if (const auto choice = community.as_load_balance()) out.push_back(load_balance_of(*choice));
  out.push_back(list_of_strings("cluster_list", 23, cluster_list_of(attributes)));
  out.push_back(string_of(
      "originator_id", 27,
      attributes.originator_id ? tflab::to_text(*attributes.originator_id) : std::string{}));
  if (!attributes.edge_discovery.empty()) out.push_back(edge_discovery_of(attributes));
  if (!attributes.edge_forwarding.empty()) out.push_back(edge_forwarding_of(attributes));
  return struct_of("ShowRoutePath", std::move(out));
}

// --- routes and tables

std::optional<Tree> route_of_row(const Place& place, const vpn::Row& row, const Wanted& wanted) {
  std::vector<Tree> paths;
  for (const rib::Path& path : row.second.paths)
    if (passes(wanted, path)) paths.push_back(path_of(place, row, path));
  if (paths.empty()) return {};
  return struct_of("ShowRoute", {string_of("prefix", 1, to_text(row.first)),
                                 string_of("last_modified", 2, place.view.at(row.second.changed)),
                                 list_of_structs("paths", 3, std::move(paths))});
}

Tree table_of(const rib::Table& table, std::vector<Tree> routes) {
  const rib::Counts& counts = table.counts();
  return struct_of(
      "ShowRouteTable",
      {string_of("routing_instance", 1, table.instance()),
       string_of("routing_table_name", 2, table.name()), bool_of("deleted", 9, false),
       string_of("deleted_at", 11, ""), u64_of("prefixes", 3, counts.prefixes),
       u64_of("paths", 4, counts.paths()), u64_of("primary_paths", 5, counts.primary),
       u64_of("secondary_paths", 6, counts.secondary),
       u64_of("infeasible_paths", 7, counts.infeasible), u64_of("stale_paths", 12, counts.stale),
       u64_of("llgr_stale_paths", 13, counts.llgr_stale),
       list_of_structs("routes", 8, std::move(routes)),
       u64_of("listeners", 10, table.listeners())});
}

// Walks tables in order and fills one answer.
class Answer {
public:
  Answer(const View& view, const Wanted& wanted)
      : view_{view},
        wanted_{wanted},
        prefix_{wanted},
        room_{wanted.count == 0 ? most_routes : std::min(wanted.count, most_routes)} {}

  Tree make() {
    for (const auto& [name, instance] : view_.core.routing->instances()) {
      if (name < wanted_.start_instance) continue;
      for (const rib::Table* table : tables_by_name(*instance))
        if (!full_ && passes(wanted_, *table) && !before_start(*table)) add(*instance, *table);
    }
    return page("ShowRouteResp",
                {list_of_structs("tables", 1, std::move(tables_)),
                 linked(string_of("next_batch", 2, next_), "ShowRouteReqIterate", "next_batch")});
  }

private:
  bool starts_in(const rib::Table& table) const {
    return !wanted_.start_table.empty() && table.name() == wanted_.start_table;
  }
  bool before_start(const rib::Table& table) const {
    const bool here = wanted_.start_instance.empty() || table.instance() == wanted_.start_instance;
    return here && table.name() < wanted_.start_table;
  }

  auto first_row(const rib::Table& table) const {
    const auto& rows = table.rows();
    if (!starts_in(table) || wanted_.start_prefix.empty()) return rows.begin();
    const auto start = parse_nlri(table.family(), wanted_.start_prefix);
    return start ? rows.lower_bound(*start) : rows.begin();
  }

  void add(const vpn::Instance& instance, const rib::Table& table) {
    const Place place{view_, instance, table};
    std::vector<Tree> routes;
    for (auto row = first_row(table); row != table.rows().end() && !full_; ++row) {
      if (!prefix_.passes(row->first)) continue;
      auto route = route_of_row(place, *row, wanted_);
      if (!route) continue;
      if (room_ == taken_) {
        stop_before(table, row->first);
        break;
      }
      routes.push_back(std::move(*route));
      ++taken_;
    }
    if (!routes.empty()) tables_.push_back(table_of(table, std::move(routes)));
  }

  // Full, and there is more: unless the user wanted no more than this, say where to go on.
  void stop_before(const rib::Table& table, const Nlri& next) {
    full_ = true;
    if (wanted_.count != 0 && wanted_.count == taken_) return;
    next_ = next_batch(wanted_, table, next, wanted_.count == 0 ? 0 : wanted_.count - taken_);
  }

  const View& view_;
  const Wanted& wanted_;
  PrefixFilter prefix_;
  std::size_t room_, taken_ = 0;
  bool full_ = false;
  std::vector<Tree> tables_;
  std::string next_;
};

}  // namespace

std::vector<std::string> marks_of(const rib::Path& path) {
  std::vector<std::string> out;
  for (unsigned bit = 0; bit < 12; ++bit)
    if (const auto flag = static_cast<rib::Flag>(1u << bit); (path.flags & flag) != 0)
      out.emplace_back(rib::to_text(flag));
  return out;
}

Tree show_route(const View& view) {
  const Wanted wanted = wanted_of(view.request.query);
  return Answer{view, wanted}.make();
}

Tree show_route_iterate(const View& view) {
  const auto wanted = wanted_of_batch(asked(view, "route_info"));
  if (!wanted)
    return page("ShowRouteResp",
                {list_of_structs("tables", 1, {}), string_of("next_batch", 2, "")});
  return Answer{view, *wanted}.make();
}

}  // namespace tflab::node
