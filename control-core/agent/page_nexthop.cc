#include "control-core/agent/page_nexthop.h"

#include <vector>

#include "control-core/base/text.h"

namespace tflab::agent {
namespace {

using namespace introspect;
using Kind = NexthopKey::Kind;

const char* kind_text(Kind kind) {
  switch (kind) {
    case Kind::discard:
      return "discard";
    case Kind::receive:
      return "receive";
    case Kind::resolve:
      return "resolve";
    case Kind::interface:
    case Kind::bridge:
      return "interface";
    case Kind::arp:
      return "arp";
    case Kind::tunnel:
      return "tunnel";
    case Kind::vrf:
    case Kind::bridge_vrf:
      return "vrf";
    case Kind::l2_receive:
      return "l2-receive";
    case Kind::ecmp:
    case Kind::flood:
    case Kind::tree:
    case Kind::outsiders:
      return "Composite";
  }
  return "unknown";
}

VrfId vrf_shown(const NexthopKey& key) {
  const bool has_vrf = key.kind == Kind::interface || key.kind == Kind::bridge ||
                       key.kind == Kind::vrf || key.kind == Kind::bridge_vrf ||
                       key.kind == Kind::l2_receive || key.composite();
  return has_vrf ? key.vrf : fabric_vrf;
}

bool policy(const State& s, const NexthopKey& key) {
  const auto& interfaces = s.interfaces.by_vif();
  const auto it = interfaces.find(key.vif);
  return key.kind == Kind::interface && it != interfaces.end() &&
         (it->second->vif.flags & vr::vif_policy) != 0;
}

void add_addresses(std::vector<Tree>& fields, const State& s, const NexthopKey& key) {
  if (key.kind == Kind::tunnel) {
    fields.push_back(string_of("sip", 5, to_text(s.underlay.address)));
    fields.push_back(string_of("dip", 6, to_text(key.ip)));
  }
  if (key.kind == Kind::arp) fields.push_back(string_of("sip", 5, to_text(key.ip)));
}

void add_interface(std::vector<Tree>& fields, const State& s, const NexthopKey& key,
                   const Mac& mac) {
  const bool has_none = key.kind == Kind::discard || key.kind == Kind::vrf ||
                        key.kind == Kind::bridge_vrf || key.kind == Kind::l2_receive ||
                        key.composite();
  if (has_none) return;
  const bool underlay = key.kind == Kind::arp || key.kind == Kind::tunnel;
  fields.push_back(string_of("itf", 8, vif_text(s, underlay ? fabric_vif : key.vif)));
  if (!mac.zero() || key.kind == Kind::interface || key.kind == Kind::arp) {
    fields.push_back(string_of("mac", 9, to_text(mac)));
  }
}

}  // namespace

// A nexthop that no route uses at the moment has no number: 0 is shown.
Tree nexthop_row(const State& s, const NexthopKey& key) {
  const std::optional<Nexthops::Row> row = s.nexthops.row(key);
  const NexthopId id = row ? row->id : NexthopId{};
  const Mac mac = row ? s.nexthops.content(id, key).dst : key.mac;
  const bool waits = (key.kind == Kind::arp || key.kind == Kind::tunnel) && mac.zero();

  std::vector<Tree> fields = {string_of("type", 1, kind_text(key.kind)),
                              u32_of("ref_count", 2, row ? row->references : 0),
                              string_of("valid", 3, waits ? "false" : "true"),
                              string_of("policy", 4, policy(s, key) ? "enabled" : "disabled")};
  add_addresses(fields, s, key);
  fields.push_back(string_of("vrf", 7, instance_of_vrf(s, vrf_shown(key))));
  add_interface(fields, s, key, mac);
  if (key.kind == Kind::tunnel) fields.push_back(string_of("tunnel_type", 16, tunnel_text(key)));
  fields.push_back(u32_of("nh_index", 21, id.raw()));
  return struct_of("NhSandeshData", std::move(fields));
}

std::string tunnel_text(const NexthopKey& key) {
  if (key.kind != Kind::tunnel) return "";
  if ((key.encap & vr::nh_tunnel_vxlan) != 0) return "VXLAN";
  return key.encap == vr::nh_tunnel_gre ? "MPLSoGRE" : "MPLSoUDP";
}

std::string vif_text(const State& s, VifId vif) {
  if (vif == fabric_vif) return "fabric";
  if (vif == host_vif) return "vhost0";
  if (vif == agent_vif) return "pkt0";
  const auto& interfaces = s.interfaces.by_vif();
  const auto it = interfaces.find(vif);
  return it == interfaces.end() ? "" : it->second->port.name;
}

std::string instance_of_vrf(const State& s, VrfId vrf) {
  const Vrf* found = s.vrfs.find(vrf);
  return found != nullptr ? found->instance : "";
}
std::string network_of_vrf(const State& s, VrfId vrf) {
  const Vrf* found = s.vrfs.find(vrf);
  return found != nullptr ? found->network : "";
}

std::string source_text(const State& s, Source control_node) {
  const auto& node = s.controllers.nodes()[slot_of(control_node)];
  return node ? to_text(node->address) : "gone";
}

std::uint32_t label_towards(const State& s, const NexthopKey& key) {
  for (const auto& [label, binding] : s.labels.bindings())
    if (binding.key == key) return label.raw();
  return 0;
}

}  // namespace tflab::agent
