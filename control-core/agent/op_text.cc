#include "control-core/agent/op_text.h"

#include <array>
#include <cstddef>
#include <utility>

#include "control-core/base/text.h"

namespace tflab::agent {
namespace {

template <class Number>
std::string number(const char* word, Number value) {
  return std::string{word} + ' ' + std::to_string(value.raw());
}

struct Line {
  std::string operator()(const vr::SetVrf& op) const { return "SetVrf" + number("", op.vrf); }
  std::string operator()(const vr::DeleteVrf& op) const { return "DeleteVrf" + number("", op.vrf); }
  std::string operator()(const vr::SetVif& op) const {
    return "SetVif" + number("", op.vif) + ' ' + std::string{to_text(op.type)} +
           number(" vrf", op.vrf) + ' ' + vif_letters(op.flags) + ' ' + tflab::to_text(op.mac) +
           ' ' + tflab::to_text(op.address) +
           (op.qos != 0 ? " qos " + std::to_string(op.qos) : std::string{});
  }
  std::string operator()(const vr::DeleteVif& op) const { return "DeleteVif" + number("", op.vif); }
  std::string operator()(const vr::SetNexthop& op) const {
    std::string line = "SetNexthop" + number("", op.nexthop) + ' ' + std::string{to_text(op.type)} +
                       " flags " + std::to_string(op.flags) + number(" vrf", op.vrf) +
                       number(" out", op.out);
    if (!op.dst.zero()) line += ' ' + tflab::to_text(op.src) + " > " + tflab::to_text(op.dst);
    if (op.dip != Ip4{}) line += ' ' + tflab::to_text(op.sip) + " > " + tflab::to_text(op.dip);
    return line;
  }
  std::string operator()(const vr::DeleteNexthop& op) const {
    return "DeleteNexthop" + number("", op.nexthop);
  }
  std::string operator()(const vr::SetRoute& op) const {
    return number("SetRoute vrf", op.vrf) + ' ' + tflab::to_text(op.prefix) +
           number(" nexthop", op.nexthop) + number(" label", op.label) + ' ' +
           route_letters(op.flags) + (op.mac.zero() ? "" : ' ' + tflab::to_text(op.mac));
  }
  std::string operator()(const vr::DeleteRoute& op) const {
    return number("DeleteRoute vrf", op.vrf) + ' ' + tflab::to_text(op.prefix);
  }
  std::string operator()(const vr::BindLabel& op) const {
    return "BindLabel" + number("", op.label) + number(" nexthop", op.nexthop);
  }
  std::string operator()(const vr::UnbindLabel& op) const {
    return "UnbindLabel" + number("", op.label);
  }
  std::string operator()(const vr::SetMember& op) const {
    return "SetMember" + number("", op.composite) + " place " + std::to_string(op.index) +
           number(" nexthop", op.member) + " number " + std::to_string(op.number);
  }
  std::string operator()(const vr::DeleteMember& op) const {
    return "DeleteMember" + number("", op.composite) + " place " + std::to_string(op.index);
  }
  std::string operator()(const vr::SetMac& op) const {
    return number("SetMac vrf", op.vrf) + ' ' + tflab::to_text(op.mac) +
           number(" nexthop", op.nexthop) + number(" label", op.label) + number(" vni", op.vni) +
           " flags " + std::to_string(op.flags);
  }
  std::string operator()(const vr::DeleteMac& op) const {
    return number("DeleteMac vrf", op.vrf) + ' ' + tflab::to_text(op.mac);
  }
  std::string operator()(const vr::BindVni& op) const {
    return "BindVni" + number("", op.vni) + number(" nexthop", op.nexthop);
  }
  std::string operator()(const vr::UnbindVni& op) const { return "UnbindVni" + number("", op.vni); }
  std::string operator()(const vr::SetFlow& op) const {
    return "SetFlow " + told(op.key) + ' ' + std::string{to_text(op.action)} + " flags " +
           std::to_string(op.flags) + number(" source", op.source) + number(" vrf", op.vrf) +
           " reverse " + told(op.reverse);
  }
  std::string operator()(const vr::DeleteFlow& op) const { return "DeleteFlow " + told(op.key); }
  std::string operator()(const vr::SetMirror& op) const {
    return "SetMirror " + std::to_string(op.mirror) + number(" nexthop", op.nexthop) + " number " +
           std::to_string(op.number);
  }
  std::string operator()(const vr::DeleteMirror& op) const {
    return "DeleteMirror " + std::to_string(op.mirror);
  }
  std::string operator()(const vr::SetForwardingClass& op) const {
    return "SetForwardingClass " + std::to_string(op.id) + " dscp " + std::to_string(op.dscp) +
           " priority " + std::to_string(op.priority) + " exp " + std::to_string(op.exp) +
           " queue " + std::to_string(op.queue);
  }
  std::string operator()(const vr::DeleteForwardingClass& op) const {
    return "DeleteForwardingClass " + std::to_string(op.id);
  }
  std::string operator()(const vr::SetQosMap& op) const {
    return "SetQosMap " + std::to_string(op.map) + " dscp" + runs(op.dscp) + " priority" +
           runs(op.priority) + " exp" + runs(op.exp);
  }
  std::string operator()(const vr::DeleteQosMap& op) const {
    return "DeleteQosMap " + std::to_string(op.map);
  }

private:
  // " 0-45:0 46:3 47-63:0"
  template <std::size_t N>
  static std::string runs(const std::array<std::uint8_t, N>& classes) {
    std::string text;
    for (std::size_t first = 0, last = 0; first < N; first = ++last) {
      while (last + 1 < N && classes[last + 1] == classes[first]) ++last;
      text += ' ' + std::to_string(first);
      if (last != first) text += '-' + std::to_string(last);
      text += ':' + std::to_string(classes[first]);
    }
    return text;
  }
  static std::string told(const vr::FlowKey& key) {
    return tflab::to_text(key.src) + ':' + std::to_string(key.src_port) + " > " +
           tflab::to_text(key.dst) + ':' + std::to_string(key.dst_port) + " protocol " +
           std::to_string(key.protocol) + number(" nexthop", key.nexthop);
  }
};

constexpr std::array<std::string_view, 17> result_names = {
    "done",           "no_such_vrf",    "no_such_vif",  "no_such_nexthop", "no_such_route",
    "no_such_label",  "in_use",         "out_of_range", "table_full",      "bad_value",
    "no_such_member", "no_such_mac",    "no_such_vni",  "no_such_flow",    "no_such_mirror",
    "no_such_class",  "no_such_qos_map"};
constexpr std::array<std::string_view, 4> action_names = {"drop", "hold", "forward", "nat"};
constexpr std::array<std::string_view, 9> nexthop_names = {
    "dead",    "receive",   "encap",         "tunnel",    "resolve",
    "discard", "composite", "vrf_translate", "l2_receive"};
// The names of 4, 5, 7 and 8 are kinds the original has and this vrouter has not.
constexpr std::array<std::string_view, 10> vif_names = {
    "host",    "agent",        "physical", "virtual", "xen_ll_host",
    "gateway", "virtual_vlan", "stats",    "vlan",    "monitoring"};

template <std::size_t N>
std::string_view name_in(const std::array<std::string_view, N>& names, std::size_t index) {
  return index < N ? names[index] : std::string_view{"unknown"};
}

using Letter = std::pair<std::uint32_t, const char*>;
template <std::size_t N>
std::string letters(std::uint32_t flags, const std::array<Letter, N>& table) {
  std::string text;
  for (const auto& [flag, letter] : table)
    if ((flags & flag) != 0) text += letter;
  return text;
}

}  // namespace

std::string to_text(const vr::Op& op) {
  return std::visit(Line{}, op);
}

std::string_view to_text(vr::Result result) {
  return name_in(result_names, static_cast<std::size_t>(result));
}
std::string_view to_text(vr::NexthopType type) {
  return name_in(nexthop_names, static_cast<std::size_t>(type));
}
std::string_view to_text(vr::FlowAction action) {
  return name_in(action_names, static_cast<std::size_t>(action));
}
std::string_view to_text(vr::VifType type) {
  return name_in(vif_names, static_cast<std::size_t>(type));
}

std::string vif_letters(std::uint32_t flags) {
  constexpr std::array<Letter, 14> table = {{{vr::vif_policy, "P"},
                                             {vr::vif_xconnect, "X"},
                                             {vr::vif_mirror_rx, "Mr"},
                                             {vr::vif_mirror_tx, "Mt"},
                                             {vr::vif_l3, "L3"},
                                             {vr::vif_l2, "L2"},
                                             {vr::vif_dhcp, "D"},
                                             {vr::vif_vhost_phys, "Vp"},
                                             {vr::vif_no_arp_proxy, "Mnp"},
                                             {vr::vif_monitored, "Mon"},
                                             {vr::vif_unknown_flood, "Uuf"},
                                             {vr::vif_drop_new_flows, "Df"},
                                             {vr::vif_mac_learn, "L"},
                                             {vr::vif_mac_proxy, "Proxy"}}};
  return letters(flags, table);
}
std::string route_letters(std::uint32_t flags) {
  constexpr std::array<Letter, 4> table = {{{vr::route_label_valid, "L"},
                                            {vr::route_arp_proxy, "P"},
                                            {vr::route_arp_trap, "T"},
                                            {vr::route_arp_flood, "F"}}};
  return letters(flags, table);
}

}  // namespace tflab::agent
