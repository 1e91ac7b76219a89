#pragma once
// The address families we speak: their numbers on BGP and on XMPP, their names in configuration
// and in table names. Adding a family is a row here and a codec in bgp/.

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace tflab {

// Order is the order in which capabilities are offered in OPEN.
enum class Family : std::uint8_t {
  inet,
  inet6,
  inet_vpn,
  inet6_vpn,
  route_target,
  evpn,
  ermvpn,
  inet_labeled
};
inline constexpr std::size_t families = 8;

struct FamilyRow {
  Family family;
  std::uint16_t afi;
  std::uint8_t safi;        // on BGP
  std::uint8_t xmpp_safi;   // on XMPP; 0: not carried there
  std::string_view config;  // in configuration: "e-vpn"
  std::string_view suffix;  // table of an instance: "<instance>.evpn.0"; empty: none
  std::string_view master;  // table of the master instance: "bgp.evpn.0", "inet.0"
  std::string_view filter;  // what `ist.py ctr route show -f` calls it
};

// clang-format off
inline constexpr std::array<FamilyRow, families> family_rows = {{
    {Family::inet,         1,    1,   1, "inet",         "inet",   "inet.0",            "inet"},
    {Family::inet6,        2,    1,   1, "inet6",        "inet6",  "inet6.0",           "inet6"},
    {Family::inet_vpn,     1,  128,   0, "inet-vpn",     "",       "bgp.l3vpn.0",       "l3vpn"},
    {Family::inet6_vpn,    2,  128,   0, "inet6-vpn",    "",       "bgp.l3vpn-inet6.0", "l3vpn-inet6"},
    {Family::route_target, 1,  132,   0, "route-target", "",       "bgp.rtarget.0",     "rtarget"},
    {Family::evpn,        25,   70, 242, "e-vpn",        "evpn",   "bgp.evpn.0",        "evpn"},
    {Family::ermvpn,       1,  243, 241, "erm-vpn",      "ermvpn", "bgp.ermvpn.0",      "ermvpn"},
    {Family::inet_labeled, 1,    4,   4, "inet-labeled", "",       "inet.3",            "inet"},
}};
// clang-format on

constexpr const FamilyRow& row_of(Family family) {
  return family_rows[static_cast<std::size_t>(family)];
}
constexpr std::optional<Family> family_of_bgp(std::uint16_t afi, std::uint8_t safi) {
  for (const FamilyRow& row : family_rows)
    if (row.afi == afi && row.safi == safi) return row.family;
  return {};
}
constexpr std::optional<Family> family_of_xmpp(std::uint16_t afi, std::uint8_t safi) {
  for (const FamilyRow& row : family_rows)
    if (row.xmpp_safi != 0 && row.afi == afi && row.xmpp_safi == safi) return row.family;
  return {};
}
constexpr std::optional<Family> family_of_config(std::string_view name) {
  for (const FamilyRow& row : family_rows)
    if (row.config == name) return row.family;
  return {};
}

}  // namespace tflab
