#pragma once
// Introspect pages of an agent, under the original's names: what `ist.py vr ...` asks for, and what
// the original's own pages about the forwarding state (K...Req) show. Two are ours: KVrfStatsReq
// (what the vrfstats tool prints) and RefusedOpsReq (operations the vrouter did not take).

#include <optional>

#include "control-core/agent/datapath.h"
#include "control-core/agent/state.h"
#include "control-core/introspect/tree.h"

namespace tflab::agent {

struct PageContext {
  const State& state;
  const Refusals& refusals;
  const introspect::PageRequest& request;
  const Datapath& datapath;
};

// Nothing: no such page.
std::optional<introspect::Tree> page_of(const PageContext& context);

// By what they show; each takes the requests it knows.
introspect::Tree interfaces_page(const PageContext& context);        // ItfReq
introspect::Tree networks_page(const PageContext& context);          // VnListReq
introspect::Tree vrfs_page(const PageContext& context);              // VrfListReq
introspect::Tree inet_routes_page(const PageContext& context);       // Inet4UcRouteReq
introspect::Tree inet6_routes_page(const PageContext& context);      // Inet6UcRouteReq
introspect::Tree evpn_routes_page(const PageContext& context);       // EvpnRouteReq
introspect::Tree multicast_routes_page(const PageContext& context);  // Inet4McRouteReq
introspect::Tree nexthops_page(const PageContext& context);          // NhListReq
introspect::Tree labels_page(const PageContext& context);            // MplsReq
introspect::Tree sessions_page(const PageContext& context);          // AgentXmppConnectionStatusReq
introspect::Tree neighbours_page(const PageContext& context);        // ShowArpCache
introspect::Tree refusals_page(const PageContext& context);          // RefusedOpsReq
introspect::Tree link_local_services_page(const PageContext& context);  // LinkLocalServiceInfo
introspect::Tree health_checks_page(const PageContext& context);        // HealthCheckSandeshReq
introspect::Tree kernel_interfaces_page(const PageContext& context);    // KInterfaceReq
introspect::Tree kernel_routes_page(const PageContext& context);        // KRouteReq
introspect::Tree kernel_nexthops_page(const PageContext& context);      // KNHReq
introspect::Tree kernel_labels_page(const PageContext& context);        // KMplsReq
introspect::Tree kernel_flows_page(const PageContext& context);         // KFlowReq
introspect::Tree flow_records_page(const PageContext& context);         // FetchAllFlowRecords
introspect::Tree drop_statistics_page(const PageContext& context);      // KDropStatsReq
introspect::Tree vrf_statistics_page(const PageContext& context);       // KVrfStatsReq

}  // namespace tflab::agent
