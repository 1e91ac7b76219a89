#pragma once
// The forwarding tables as simply as they can be told, and a stern reader of operations: whoever
// names what does not exist, or takes away what is still named, gets a sentence back.

#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "control-core/agent/op_text.h"
#include "control-core/agent/output.h"
#include "vrouter-core/ops/op.h"

namespace tflab::agent {

class NaiveVrouter {
public:
  // Empty: taken.
  std::string apply(const vr::Op& op) {
    const std::string fault = std::visit([this](const auto& each) { return take(each); }, op);
    return fault.empty() ? fault : to_text(op) + ": " + fault;
  }
  std::string apply(const Attach& attach) {
    if (!vifs.contains(attach.vif)) return "attached before there is a vif";
    return attached.emplace(attach.vif, attach.port).second ? "" : "attached twice";
  }
  std::string apply(const Detach& detach) {
    if (!vifs.contains(detach.vif)) return "detached after its vif";
    return attached.erase(detach.vif) == 1 ? "" : "detached what is not attached";
  }

  std::vector<vr::Op> snapshot() const {
    std::vector<vr::Op> ops;
    for (const VrfId vrf : vrfs) ops.push_back(vr::SetVrf{vrf});
    for (const auto& [id, forwarding_class] : classes) ops.push_back(forwarding_class);
    for (const auto& [number, map] : qos_maps) ops.push_back(map);
    for (const auto& [id, vif] : vifs) ops.push_back(vif);
    for (const auto& [id, nexthop] : nexthops) ops.push_back(nexthop);
    for (const auto& [key, route] : routes) ops.push_back(route);
    for (const auto& [label, bind] : labels) ops.push_back(bind);
    for (const auto& [place, member] : members) ops.push_back(member);
    for (const auto& [key, entry] : macs) ops.push_back(entry);
    for (const auto& [vni, bind] : vnis) ops.push_back(bind);
    for (const auto& [key, flow] : flows) ops.push_back(flow);
    return ops;
  }

  std::set<VrfId> vrfs;
  std::map<std::uint8_t, vr::SetForwardingClass> classes;
  std::map<std::uint16_t, vr::SetQosMap> qos_maps;
  std::map<VifId, vr::SetVif> vifs;
  std::map<NexthopId, vr::SetNexthop> nexthops;
  std::map<std::pair<VrfId, IpPrefix>, vr::SetRoute> routes;
  std::map<Label, vr::BindLabel> labels;
  std::map<std::pair<NexthopId, std::uint16_t>, vr::SetMember> members;
  std::map<std::pair<VrfId, Mac>, vr::SetMac> macs;
  std::map<Vni, vr::BindVni> vnis;
  std::map<vr::FlowKey, vr::SetFlow> flows;
  std::map<VifId, std::string> attached;

private:
  using Type = vr::NexthopType;

  bool known(NexthopId id) const { return id == NexthopId{} || nexthops.contains(id); }
  static bool names_vif(const vr::SetNexthop& n) {
    return n.type == Type::receive || n.type == Type::encap || n.type == Type::tunnel;
  }
  static bool names_vrf(const vr::SetNexthop& n) {
    return n.type == Type::encap || n.type == Type::vrf_translate || n.type == Type::l2_receive;
  }

  std::string take(const vr::SetMember& op) {
    if (!nexthops.contains(op.composite)) return "no such composite";
    if (!nexthops.contains(op.member)) return "no such member";
    const auto [it, is_new] = members.try_emplace({op.composite, op.index}, op);
    if (!is_new && it->second == op) return "changes nothing";
    it->second = op;
    return "";
  }
  std::string take(const vr::DeleteMember& op) {
    return members.erase({op.composite, op.index}) == 1 ? "" : "no such member";
  }
  std::string take(const vr::SetFlow& op) {
    if (!nexthops.contains(op.key.nexthop)) return "no such nexthop";
    if (!known(op.source)) return "no such source";
    flows[op.key] = op;
    return "";
  }
  std::string take(const vr::DeleteFlow& op) {
    for (auto& [key, flow] : flows)
      if (flow.reverse == op.key) flow.reverse = {};
    return flows.erase(op.key) == 1 ? "" : "no such flow";
  }
  template <class Other>
  std::string take(const Other&) {
    return "no operation that agents use";
  }
  std::string take(const vr::SetForwardingClass& op) {
    const auto [it, is_new] = classes.try_emplace(op.id, op);
    if (!is_new && it->second == op) return "changes nothing";
    it->second = op;
    return "";
  }
  std::string take(const vr::DeleteForwardingClass& op) {
    return classes.erase(op.id) == 1 ? "" : "no such class";
  }
  std::string take(const vr::SetQosMap& op) {
    const auto [it, is_new] = qos_maps.try_emplace(op.map, op);
    if (!is_new && it->second == op) return "changes nothing";
    it->second = op;
    return "";
  }
  std::string take(const vr::DeleteQosMap& op) {
    for (const auto& [id, vif] : vifs)
      if (vif.qos == op.map) return "a vif names it";
    return qos_maps.erase(op.map) == 1 ? "" : "no such QoS map";
  }
  std::string take(const vr::SetVrf& op) { return vrfs.insert(op.vrf).second ? "" : "set twice"; }
  std::string take(const vr::DeleteVrf& op) {
    for (const auto& [id, vif] : vifs)
      if (vif.vrf == op.vrf) return "a vif is in it";
    for (const auto& [key, route] : routes)
      if (key.first == op.vrf) return "a route is in it";
    for (const auto& [key, entry] : macs)
      if (key.first == op.vrf) return "a MAC is in it";
    for (const auto& [id, nexthop] : nexthops)
      if (names_vrf(nexthop) && nexthop.vrf == op.vrf) return "a nexthop names it";
    return vrfs.erase(op.vrf) == 1 ? "" : "no such vrf";
  }
  std::string take(const vr::SetVif& op) {
    if (!vrfs.contains(op.vrf)) return "no such vrf";
    if (op.qos != 0 && !qos_maps.contains(op.qos)) return "no such QoS map";
    const auto [it, is_new] = vifs.try_emplace(op.vif, op);
    if (!is_new && it->second == op) return "changes nothing";
    it->second = op;
    return "";
  }
  std::string take(const vr::DeleteVif& op) {
    if (attached.contains(op.vif)) return "still attached";
    for (const auto& [id, nexthop] : nexthops)
      if (names_vif(nexthop) && nexthop.out == op.vif) return "a nexthop names it";
    return vifs.erase(op.vif) == 1 ? "" : "no such vif";
  }
  std::string take(const vr::SetNexthop& op) {
    if (op.nexthop == NexthopId{}) return "nexthop 0 is built in";
    if (names_vif(op) && !vifs.contains(op.out)) return "no such vif";
    if (names_vrf(op) && !vrfs.contains(op.vrf)) return "no such vrf";
    const auto [it, is_new] = nexthops.try_emplace(op.nexthop, op);
    if (!is_new && it->second == op) return "changes nothing";
    it->second = op;
    return "";
  }
  std::string take(const vr::DeleteNexthop& op) {
    for (const auto& [key, route] : routes)
      if (route.nexthop == op.nexthop) return "a route names it";
    for (const auto& [label, bind] : labels)
      if (bind.nexthop == op.nexthop) return "a label names it";
    for (const auto& [key, entry] : macs)
      if (entry.nexthop == op.nexthop) return "a MAC names it";
    for (const auto& [vni, bind] : vnis)
      if (bind.nexthop == op.nexthop) return "a VNI names it";
    for (const auto& [place, member] : members)
      if (member.member == op.nexthop) return "a composite nexthop names it";
    for (const auto& [key, flow] : flows)
      if (key.nexthop == op.nexthop || flow.source == op.nexthop) return "a flow names it";
    std::erase_if(members, [&](const auto& each) { return each.first.first == op.nexthop; });
    return nexthops.erase(op.nexthop) == 1 ? "" : "no such nexthop";
  }
  std::string take(const vr::SetRoute& op) {
    if (!vrfs.contains(op.vrf)) return "no such vrf";
    if (!known(op.nexthop)) return "no such nexthop";
    const auto [it, is_new] = routes.try_emplace({op.vrf, op.prefix}, op);
    if (!is_new && it->second == op) return "changes nothing";
    it->second = op;
    return "";
  }
  std::string take(const vr::DeleteRoute& op) {
    return routes.erase({op.vrf, op.prefix}) == 1 ? "" : "no such route";
  }
  std::string take(const vr::SetMac& op) {
    if (!vrfs.contains(op.vrf)) return "no such vrf";
    if (!nexthops.contains(op.nexthop)) return "no such nexthop";
    const auto [it, is_new] = macs.try_emplace({op.vrf, op.mac}, op);
    if (!is_new && it->second == op) return "changes nothing";
    it->second = op;
    return "";
  }
  std::string take(const vr::DeleteMac& op) {
    return macs.erase({op.vrf, op.mac}) == 1 ? "" : "no such MAC";
  }
  std::string take(const vr::BindVni& op) {
    if (!nexthops.contains(op.nexthop)) return "no such nexthop";
    return vnis.try_emplace(op.vni, op).second ? "" : "bound twice";
  }
  std::string take(const vr::UnbindVni& op) { return vnis.erase(op.vni) == 1 ? "" : "no such VNI"; }
  std::string take(const vr::BindLabel& op) {
    if (!known(op.nexthop)) return "no such nexthop";
    const auto [it, is_new] = labels.try_emplace(op.label, op);
    if (!is_new && it->second == op) return "changes nothing";
    it->second = op;
    return "";
  }
  std::string take(const vr::UnbindLabel& op) {
    return labels.erase(op.label) == 1 ? "" : "no such label";
  }
};

}  // namespace tflab::agent
