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
           ' ' + tflab::to_text(op.address);
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
           route_letters(op.flags);
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
};

constexpr std::array<std::string_view, 10> result_names = {
    "done",          "no_such_vrf", "no_such_vif",  "no_such_nexthop", "no_such_route",
    "no_such_label", "in_use",      "out_of_range", "table_full",      "bad_value"};
constexpr std::array<std::string_view, 9> nexthop_names = {
    "dead",    "receive",   "encap",         "tunnel",    "resolve",
    "discard", "composite", "vrf_translate", "l2_receive"};
constexpr std::array<std::string_view, 4> vif_names = {"host", "agent", "physical", "virtual"};

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
std::string_view to_text(vr::VifType type) {
  return name_in(vif_names, static_cast<std::size_t>(type));
}

std::string vif_letters(std::uint32_t flags) {
  constexpr std::array<Letter, 6> table = {{{vr::vif_policy, "P"},
                                            {vr::vif_xconnect, "X"},
                                            {vr::vif_l3, "L3"},
                                            {vr::vif_l2, "L2"},
                                            {vr::vif_dhcp, "D"},
                                            {vr::vif_vhost_phys, "Vp"}}};
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
