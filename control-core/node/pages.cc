#include "control-core/node/pages.h"

#include <algorithm>
#include <regex>

#include "control-core/introspect/query.h"

namespace tflab::node {
namespace {

struct Page {
  std::string_view name;
  Tree (*show)(const View& view);
};

constexpr Page all_pages[] = {
    {"SandeshUVECacheReq", show_status},
    {"BgpNeighborReq", show_neighbors},
    {"ShowRouteSummaryReq", show_summary},
    {"ShowRouteReq", show_route},
    {"ShowRouteReqIterate", show_route_iterate},
    {"ShowRouteExplainReq", show_explanations},
    {"ShowRoutingInstanceReq", show_instances},
    {"ShowRtGroupSummaryReq", show_target_group_summary},
    {"ShowRtGroupReq", show_target_groups},
    {"ShowRtGroupPeerReq", show_target_groups_of_peer},
    {"ShowXmppServerReq", show_xmpp_server},
    {"ShowXmppConnectionReq", show_xmpp_connections},
    {"ShowBgpServerReq", show_bgp_server},
    {"ShowMulticastManagerReq", show_multicast},
    {"ShowMulticastManagerDetailReq", show_multicast_detail},
};

constexpr std::size_t longest_pattern = 512;

}  // namespace

std::optional<Tree> page_of(const View& view) {
  for (const Page& page : all_pages)
    if (page.name == view.request.name) return page.show(view);
  return {};
}

std::string asked(const View& view, std::string_view field) {
  const std::string_view declared[] = {field};
  return introspect::match_fields(view.request.query, declared).front();
}

std::vector<const rib::Table*> tables_by_name(const vpn::Instance& instance) {
  std::vector<const rib::Table*> out;
  for (const vpn::Instance::Held& held : instance.tables)
    if (held.table) out.push_back(held.table.get());
  std::ranges::sort(out, {}, &rib::Table::name);
  return out;
}

// Patterns come from outside: one that is too long or makes no sense finds nothing, and none may
// take exponential time.
struct Search::Impl {
  bool everything = false, nothing = false;
  std::regex pattern;
};

Search::Search(const std::string& pattern) : impl_{std::make_unique<Impl>()} {
  impl_->everything = pattern.empty();
  impl_->nothing = pattern.size() > longest_pattern;
  if (impl_->everything || impl_->nothing) return;
  try {
    impl_->pattern =
        std::regex{pattern, std::regex::ECMAScript | std::regex_constants::__polynomial};
  } catch (const std::regex_error&) {
    impl_->nothing = true;
  }
}
Search::~Search() = default;

bool Search::finds(const std::string& text) const {
  if (impl_->everything || impl_->nothing) return impl_->everything;
  return std::regex_search(text, impl_->pattern);
}

}  // namespace tflab::node
