// Pages about what the configuration made of this vrouter: interfaces, networks, VRFs.

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "control-core/agent/networks.h"
#include "control-core/agent/pages.h"
#include "control-core/base/text.h"
#include "control-core/config/names.h"
#include "control-core/introspect/query.h"
#include "control-core/types/rd.h"

namespace tflab::agent {
namespace {

using namespace introspect;

constexpr std::array<std::string_view, 6> itf_fields = {"name", "type", "uuid",
                                                        "vn",   "mac",  "ipv4_address"};
constexpr std::array<std::string_view, 1> vrf_name_fields = {"name"};
constexpr std::array<std::string_view, 2> vn_fields = {"name", "uuid"};

// What a row of ItfReq says, whatever kind of interface it is about.
struct Interface {
  VifId vif;
  std::string name, type, network, instance, machine;
  Mac mac;
  IpAddr address;
  std::uint32_t label = 0, bridge_label = 0;
  bool policy = false;
  std::vector<std::string> floating_ips;
};

bool contains(std::string_view text, std::string_view part) {
  return text.find(part) != text.npos;
}

// Names and networks match by a part of theirs, everything else exactly.
bool asked(const Interface& row, const std::vector<std::string>& fields) {
  const auto exactly = [](const std::string& wanted, const std::string& is) {
    return wanted.empty() || wanted == is;
  };
  return contains(row.name, fields[0]) && exactly(fields[1], row.type) &&
         exactly(fields[2], row.name) && contains(row.network, fields[3]) &&
         exactly(fields[4], to_text(row.mac)) && exactly(fields[5], to_text(row.address));
}

// The original's metadata address: link-local, its last half the interface's number.
std::string metadata_address(VifId vif) {
  return vif < first_port_vif ? "" : to_text(Ip4{0xa9fe0000u | vif.raw()});
}

Tree interface_row(const Interface& row) {
  return struct_of(
      "ItfSandeshData",
      {i32_of("index", 1, row.vif.raw()), linked(string_of("name", 2, row.name), "ItfReq"),
       string_of("uuid", 3, row.name), linked(string_of("vrf_name", 4, row.instance), "VrfListReq"),
       string_of("active", 5, "Active"), string_of("type", 9, row.type),
       u32_of("label", 10, row.label), u32_of("l2_label", 11, row.bridge_label),
       linked(string_of("vn_name", 12, row.network), "VnListReq"),
       string_of("vm_name", 14, row.machine), string_of("ip_addr", 15, to_text(row.address)),
       string_of("mac_addr", 16, to_text(row.mac)),
       string_of("policy", 17, row.policy ? "Enable" : "Disable"),
       list_of_strings("fip_list", 18, row.floating_ips),
       string_of("mdata_ip_addr", 19, metadata_address(row.vif))});
}

Interface vhost0(const State& s) {
  Interface row{.vif = host_vif,
                .name = "vhost0",
                .type = "vhost",
                .network = std::string{config::ip_fabric},
                .instance = config::instance_of(config::ip_fabric),
                .machine = {},
                .mac = s.config.mac,
                .address = s.config.address,
                .floating_ips = {}};
  if (s.host_labels.label) row.label = s.host_labels.label->raw();
  if (s.host_labels.bridge_label) row.bridge_label = s.host_labels.bridge_label->raw();
  return row;
}

Interface without_network(VifId vif, std::string name, std::string type, const Mac& mac) {
  return {.vif = vif,
          .name = std::move(name),
          .type = std::move(type),
          .network = {},
          .instance = std::string{config::master_instance},
          .machine = {},
          .mac = mac,
          .address = {},
          .floating_ips = {}};
}

Interface machine_port(const State& s, const VmInterface& interface) {
  const config::Port& port = interface.port;
  const Vrf* vrf = s.vrfs.find(interface.vif.vrf);
  Interface row{.vif = interface.vif.vif,
                .name = port.name,
                .type = "vmport",
                .network = port.network,
                .instance = vrf != nullptr ? vrf->instance : "",
                .machine = port.machine,
                .mac = port.mac,
                .address = port.address,
                .policy = (interface.vif.flags & vr::vif_policy) != 0,
                .floating_ips = {}};
  if (interface.label) row.label = interface.label->raw();
  if (interface.bridge_label) row.bridge_label = interface.bridge_label->raw();
  for (const config::FloatingIp& floating : port.floating_ips) {
    row.floating_ips.push_back(to_text(floating.address));
  }
  return row;
}

Tree network_row(const State& s, const config::Network& network) {
  const Vrf* vrf = s.vrfs.of_network(network.name);
  return struct_of(
      "VnSandeshData",
      {linked(string_of("name", 1, network.name), "VnListReq"), string_of("uuid", 2, network.name),
       linked(string_of("vrf_name", 5, vrf != nullptr ? vrf->instance : ""), "VrfListReq"),
       bool_of("layer2_forwarding", 7, layer2(network)),
       bool_of("ipv4_forwarding", 8, layer3(network)), bool_of("enable_rpf", 9, network.rpf),
       bool_of("bridging", 10, layer2(network)), u32_of("vxlan_id", 11, network.network_id),
       string_of("provider_network", 12, network.provider_network)});
}

// Each table of a VRF goes by the VRF's number.
Tree vrf_row(const State& s, const Vrf& vrf) {
  const auto index = static_cast<std::int32_t>(vrf.id.raw());
  const config::Network* network = find_network(s.config.fabric, vrf.network);
  const auto rd = RouteDistinguisher::ip4(s.config.address, vrf.id.raw());
  return struct_of(
      "VrfSandeshData",
      {linked(string_of("name", 1, vrf.instance), "VrfListReq"),
       linked(i32_of("ucindex", 2, index), "Inet4UcRouteReq"),
       linked(i32_of("mcindex", 3, index), "Inet4McRouteReq"), i32_of("brindex", 4, index),
       string_of("source", 5, "Config"), linked(i32_of("evpnindex", 6, index), "EvpnRouteReq"),
       u32_of("vxlan_id", 7, network != nullptr ? network->network_id : 0),
       linked(string_of("vn", 8, vrf.network), "VnListReq"),
       string_of("RD", 13, tflab::to_text(rd)),
       u32_of("uc_routes", 14, static_cast<std::uint32_t>(s.routes.count(vrf.id)))});
}

}  // namespace

Tree interfaces_page(const PageContext& context) {
  const State& s = context.state;
  const auto fields = match_fields(context.request.query, itf_fields);
  std::vector<Interface> interfaces = {without_network(fabric_vif, "fabric", "eth", s.config.mac),
                                       vhost0(s),
                                       without_network(agent_vif, "pkt0", "pkt", vrouter_mac)};
  for (const auto& [id, interface] : s.interfaces.by_vif()) {
    interfaces.push_back(machine_port(s, *interface));
  }
  std::vector<Tree> rows;
  for (const Interface& interface : interfaces)
    if (asked(interface, fields)) rows.push_back(interface_row(interface));
  return page("ItfResp", {list_of_structs("itf_list", 1, std::move(rows))});
}

Tree networks_page(const PageContext& context) {
  const State& s = context.state;
  const auto fields = match_fields(context.request.query, vn_fields);
  std::vector<Tree> rows;
  for (const auto& [id, vrf] : s.vrfs.all()) {
    const config::Network* network = find_network(s.config.fabric, vrf.network);
    const bool wanted = network != nullptr && contains(network->name, fields[0]) &&
                        (fields[1].empty() || fields[1] == network->name);
    if (wanted) rows.push_back(network_row(s, *network));
  }
  return page("VnListResp", {list_of_structs("vn_list", 1, std::move(rows))});
}

Tree vrfs_page(const PageContext& context) {
  const State& s = context.state;
  const auto fields = match_fields(context.request.query, vrf_name_fields);
  std::vector<Tree> rows;
  for (const auto& [id, vrf] : s.vrfs.all())
    if (contains(vrf.instance, fields[0])) rows.push_back(vrf_row(s, vrf));
  return page("VrfListResp", {list_of_structs("vrf_list", 1, std::move(rows))});
}

}  // namespace tflab::agent
