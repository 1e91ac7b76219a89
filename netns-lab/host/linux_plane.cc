#include "netns-lab/host/linux_plane.h"

#include <algorithm>
#include <fstream>
#include <map>
#include <stdexcept>
#include <utility>

#include "control-core/base/text.h"
#include "control-core/config/gateway.h"
#include "netns-lab/host/fd.h"
#include "netns-lab/host/names.h"
#include "netns-lab/lab/command.h"

namespace tflab::netns {
namespace {

using Lines = std::vector<std::string>;
using node::RouterPath;
using node::RouterRoute;

const std::string mpls_port = "6635";     // RFC 7510 section 3
const std::string mpls_protocol = "137";  // RFC 4023 section 3: MPLS-in-IP
const std::string vxlan_port = "4789";    // RFC 7348 section 5
constexpr unsigned vxlan_mtu = 1500 - 50;
constexpr std::uint32_t first_table = 1000;

std::string vrf_device(const config::Vrf& vrf) {
  return "vrf" + std::to_string(vrf.instance);
}
std::string vxlan_device(const config::Vrf& vrf) {
  return "vxlan" + std::to_string(vrf.instance);
}
std::string table_of(const config::Vrf& vrf) {
  return std::to_string(first_table + vrf.instance);
}

std::string own_address(const IpPrefix& prefix) {
  const bool one = prefix.length() == 32;
  return to_text(one ? prefix.base() : config::gateway_of(prefix, Ip4{})) + "/" +
         std::to_string(prefix.length());
}

bool announces(const config::Vrf& vrf, const IpPrefix& prefix) {
  return std::ranges::find(vrf.prefixes, prefix) != vrf.prefixes.end();
}

LinuxTunnel tunnel_of(const RouterPath& path) {
  return {path.encap, path.next_hop};
}

std::string way(const config::Vrf& vrf, const RouterPath& path) {
  if (path.encap == Encap::vxlan)
    return " via " + to_text(path.next_hop) + " dev " + vxlan_device(vrf) + " onlink";
  return " encap mpls " + std::to_string(path.label) + " dev " + device_of(tunnel_of(path));
}

std::string ways(const config::Vrf& vrf, const RouterRoute& route) {
  if (route.paths.size() == 1) return way(vrf, route.paths.front());
  std::string out;
  for (const RouterPath& path : route.paths) out += " nexthop" + way(vrf, path);
  return out;
}

const config::Vrf& vrf_named(const std::vector<config::Vrf>& vrfs, const std::string& name) {
  const auto found = std::ranges::find(vrfs, name, &config::Vrf::name);
  if (found == vrfs.end()) throw std::logic_error{"a route of VRF " + name + ", which is not here"};
  return *found;
}

// Where a route stands, and what it says there.
using Standing = std::map<std::string, std::string>;
Standing standing(const std::vector<config::Vrf>& vrfs, const std::vector<RouterRoute>& routes) {
  Standing out;
  for (const RouterRoute& route : routes) {
    const config::Vrf& vrf = vrf_named(vrfs, route.vrf);
    out[to_text(route.prefix) + " table " + table_of(vrf)] = ways(vrf, route);
  }
  return out;
}

void write_value(const std::string& key, const std::string& value) {
  const std::string file = "/proc/sys/net/" + key;
  if (!(std::ofstream{file} << value << std::flush)) fail("write " + file);
}

}  // namespace

std::string device_of(const LinuxTunnel& tunnel) {
  const std::string kind = tunnel.encap == Encap::udp ? "udp" : "gre";
  return tunnel.remote == Ip4{} ? kind + "-all" : link_name(kind + "-", to_text(tunnel.remote));
}

Lines lines_for(const LinuxTunnel& tunnel, Ip4 local) {
  const bool udp = tunnel.encap == Encap::udp;
  return {"link add " + device_of(tunnel) + " type " + (udp ? "ipip mode mplsip" : "gre") +
              " local " + to_text(local) +
              (tunnel.remote == Ip4{} ? "" : " remote " + to_text(tunnel.remote)) + " ttl 64" +
              (udp ? " encap fou encap-sport auto encap-dport " + mpls_port : ""),
          "link set " + device_of(tunnel) + " up"};
}

// Everything that others send is for its MAC. RFC 7348 section 5 wants no checksum over IPv4.
Lines lines_for_vxlan(const config::Vrf& vrf) {
  const std::string device = vxlan_device(vrf);
  return {"link add " + device + " address " + to_text(vrf.mac) + " mtu " +
              std::to_string(vxlan_mtu) + " type vxlan id " + std::to_string(vrf.vni) + " local " +
              to_text(vrf.next_hop) + " dstport " + vxlan_port + " nolearning noudpcsum",
          "link set " + device + " master " + vrf_device(vrf), "link set " + device + " up"};
}

// Without its last line, what a VRF does not know would be looked up in the main table.
Lines lines_for(const config::Vrf& vrf) {
  Lines lines{"link add " + vrf_device(vrf) + " type vrf table " + table_of(vrf),
              "link set " + vrf_device(vrf) + " up"};
  for (const IpPrefix& prefix : vrf.prefixes)
    lines.push_back("addr add " + own_address(prefix) + " dev " + vrf_device(vrf));
  lines.push_back("route add unreachable default metric 4278198272 table " + table_of(vrf));
  if (vrf.vni != 0) std::ranges::copy(lines_for_vxlan(vrf), std::back_inserter(lines));
  return lines;
}

std::string label_line(const config::Vrf& vrf) {
  return "route replace " + std::to_string(vrf.label) + " dev " + vrf_device(vrf);
}

std::string neighbour_line(const config::Vrf& vrf, const LinuxNeighbour& neighbour) {
  return "neigh replace " + to_text(neighbour.remote) + " lladdr " + to_text(neighbour.mac) +
         " dev " + vxlan_device(vrf) + " nud permanent";
}

std::string frames_line(const config::Vrf& vrf, const LinuxNeighbour& neighbour) {
  return "fdb replace " + to_text(neighbour.mac) + " dev " + vxlan_device(vrf) + " self dst " +
         to_text(neighbour.remote) + " vni " + std::to_string(neighbour.vni);
}

Lines change_of_prefixes(const config::Vrf& before, const config::Vrf& after) {
  Lines lines;
  for (const IpPrefix& prefix : before.prefixes)
    if (!announces(after, prefix))
      lines.push_back("addr del " + own_address(prefix) + " dev " + vrf_device(after));
  for (const IpPrefix& prefix : after.prefixes)
    if (!announces(before, prefix))
      lines.push_back("addr add " + own_address(prefix) + " dev " + vrf_device(after));
  return lines;
}

Lines change_of_routes(const std::vector<config::Vrf>& vrfs, const std::vector<RouterRoute>& before,
                       const std::vector<RouterRoute>& after) {
  const Standing old = standing(vrfs, before), now = standing(vrfs, after);
  Lines lines;
  for (const auto& [where, what] : old)
    if (!now.contains(where)) lines.push_back("route del " + where);
  for (const auto& [where, what] : now) {
    const auto was = old.find(where);
    if (was == old.end() || was->second != what) lines.push_back("route replace " + where + what);
  }
  return lines;
}

LinuxPlane::LinuxPlane(const config::ControlNode& router) : router_{router} {
  run_or_fail({.argv = {"modprobe", "-a", "mpls_router", "mpls_iptunnel", "mpls_gso", "ip_gre",
                        "ipip", "fou", "vrf", "vxlan"}},
              "load MPLS, GRE, FOU, VXLAN and VRFs of Linux");
  write_value("ipv4/ip_forward", "1");
  write_value("mpls/platform_labels", std::to_string(router.vrfs.back().label + 1));
  Lines lines{"fou add port " + mpls_port + " ipproto " + mpls_protocol};
  for (const config::Vrf& vrf : router.vrfs)
    std::ranges::copy(lines_for(vrf), std::back_inserter(lines));
  ip_batch({}, lines, "make VRFs of Linux");
  std::string labels;
  for (const config::Vrf& vrf : router.vrfs)
    if (vrf.vni == 0) labels += label_line(vrf) + "\n";
  run_or_fail({.argv = {"ip", "-family", "mpls", "-batch", "-"}, .input = labels},
              "bind labels to VRFs of Linux");
  for (const Encap encap : {Encap::gre, Encap::udp}) make({encap, Ip4{}});
}

void LinuxPlane::make(const LinuxTunnel& tunnel) {
  if (!tunnels_.insert(tunnel).second) return;
  ip_batch({}, lines_for(tunnel, router_.address.v4()), "make a tunnel of Linux");
  write_value("mpls/conf/" + device_of(tunnel) + "/input", "1");
}

void LinuxPlane::know(const config::Vrf& vrf, const LinuxNeighbour& neighbour) {
  const auto [at, fresh] = neighbours_.try_emplace({vrf.instance, neighbour.remote}, neighbour);
  if (!fresh && std::exchange(at->second, neighbour) == neighbour) return;
  run_or_fail({.argv = {"bridge", "-batch", "-"}, .input = frames_line(vrf, neighbour) + "\n"},
              "say where frames of Linux go");
  ip_batch({}, {neighbour_line(vrf, neighbour)}, "say who is a neighbour of Linux");
}

// What a route is to lead into has to be there first.
void LinuxPlane::lead_to(const RouterRoute& route) {
  for (const RouterPath& path : route.paths)
    if (path.encap == Encap::vxlan)
      know(vrf_named(router_.vrfs, route.vrf), {path.next_hop, path.mac, path.label});
    else
      make(tunnel_of(path));
}

void LinuxPlane::follow(std::vector<RouterRoute> routes) {
  for (const RouterRoute& route : routes) lead_to(route);
  ip_batch({}, change_of_routes(router_.vrfs, routes_, routes), "change routes of Linux");
  routes_ = std::move(routes);
}

void LinuxPlane::configure(const config::ControlNode& router) {
  std::vector<config::Vrf> same = router.vrfs;
  for (std::size_t i = 0; i < std::min(same.size(), router_.vrfs.size()); ++i)
    same[i].prefixes = router_.vrfs[i].prefixes;
  if (same != router_.vrfs || router.address != router_.address)
    throw std::runtime_error{
        "of a router that Linux forwards for, of its VRFs only prefixes can change while it runs"};
  Lines lines;
  for (std::size_t i = 0; i < same.size(); ++i)
    std::ranges::copy(change_of_prefixes(router_.vrfs[i], router.vrfs[i]),
                      std::back_inserter(lines));
  ip_batch({}, lines, "change prefixes of Linux");
  router_ = router;
}

}  // namespace tflab::netns
