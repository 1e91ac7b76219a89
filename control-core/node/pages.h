#pragma once
// The introspect pages of a control node: the original's requests, answered with its elements in
// its order, from the tables and sessions as they stand.

#include <optional>
#include <string>
#include <vector>

#include "control-core/introspect/tree.h"
#include "control-core/node/agents.h"
#include "control-core/node/core.h"
#include "control-core/node/peers.h"

namespace tflab::node {

struct View {
  const Core& core;
  const Peers& peers;
  const Agents& agents;
  const introspect::PageRequest& request;

  std::string at(Instant when) const { return introspect::timestamp(request, when); }
};

// Nothing: no page of this name.
std::optional<introspect::Tree> page_of(const View& view);

using introspect::Tree;
Tree show_route(const View& view);  // show_route.cc
Tree show_route_iterate(const View& view);
Tree show_explanations(const View& view);  // show_explain.cc
Tree show_neighbors(const View& view);     // show_neighbor.cc
Tree show_summary(const View& view);       // show_tables.cc
Tree show_instances(const View& view);
Tree show_target_groups(const View& view);
Tree show_target_group_summary(const View& view);
Tree show_target_groups_of_peer(const View& view);
Tree show_multicast(const View& view);
Tree show_multicast_detail(const View& view);
Tree show_status(const View& view);  // show_server.cc
Tree show_xmpp_server(const View& view);
Tree show_xmpp_connections(const View& view);
Tree show_bgp_server(const View& view);

// For all of them.
std::string asked(const View& view, std::string_view field);  // the only or first field
std::vector<std::string> marks_of(const rib::Path& path);     // names of its flags
std::vector<const rib::Table*> tables_by_name(const vpn::Instance& instance);
// Does the pattern (a regular expression) occur in one of the texts? An empty one always does.
class Search {
public:
  explicit Search(const std::string& pattern);
  ~Search();
  bool finds(const std::string& text) const;

private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace tflab::node
