#include "control-core/agent/pages.h"

#include <algorithm>
#include <array>
#include <string_view>

namespace tflab::agent {
namespace {

struct Page {
  std::string_view name;
  introspect::Tree (*make)(const PageContext&);
  DatapathPart datapath = DatapathPart::none;
};

// clang-format off
constexpr std::array<Page, 22> all_pages = {{
    {"ItfReq",                       interfaces_page},
    {"VnListReq",                    networks_page},
    {"VrfListReq",                   vrfs_page},
    {"Inet4UcRouteReq",              inet_routes_page},
    {"Inet6UcRouteReq",              inet6_routes_page},
    {"EvpnRouteReq",                 evpn_routes_page},
    {"Inet4McRouteReq",              multicast_routes_page},
    {"NhListReq",                    nexthops_page},
    {"MplsReq",                      labels_page},
    {"AgentXmppConnectionStatusReq", sessions_page},
    {"ShowArpCache",                 neighbours_page},
    {"RefusedOpsReq",                refusals_page},
    {"LinkLocalServiceInfo",         link_local_services_page},
    {"HealthCheckSandeshReq",        health_checks_page},
    {"KInterfaceReq",                kernel_interfaces_page, DatapathPart::interfaces},
    {"KRouteReq",                    kernel_routes_page, DatapathPart::all},
    {"KNHReq",                       kernel_nexthops_page, DatapathPart::all},
    {"KMplsReq",                     kernel_labels_page, DatapathPart::all},
    {"KFlowReq",                     kernel_flows_page, DatapathPart::all},
    {"FetchAllFlowRecords",          flow_records_page, DatapathPart::all},
    {"KDropStatsReq",                drop_statistics_page, DatapathPart::interfaces},
    {"KVrfStatsReq",                 vrf_statistics_page, DatapathPart::interfaces},
}};
// clang-format on

}  // namespace

std::optional<introspect::Tree> page_of(const PageContext& context) {
  for (const Page& page : all_pages)
    if (page.name == context.request.name) return page.make(context);
  return {};
}

DatapathPart datapath_on(std::string_view page) {
  const auto known = std::ranges::find(all_pages, page, &Page::name);
  return known == all_pages.end() ? DatapathPart::none : known->datapath;
}

}  // namespace tflab::agent
