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
constexpr std::uint32_t first_table = 1000;

std::string vrf_device(const config::Vrf& vrf) {
  return "vrf" + std::to_string(vrf.instance);
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

std::string way(const RouterPath& path) {
  return " encap mpls " + std::to_string(path.label) + " dev " + device_of(tunnel_of(path));
}

std::string ways(const RouterRoute& route) {
  if (route.paths.size() == 1) return way(route.paths.front());
  std::string out;
  for (const RouterPath& path : route.paths) out += " nexthop" + way(path);
  return out;
}

// Where a route stands, and what it says there.
using Standing = std::map<std::string, std::string>;
Standing standing(const std::vector<config::Vrf>& vrfs, const std::vector<RouterRoute>& routes) {
  std::map<std::string, std::string> tables;
  for (const config::Vrf& vrf : vrfs) tables[vrf.name] = table_of(vrf);
  Standing out;
  for (const RouterRoute& route : routes)
    out[to_text(route.prefix) + " table " + tables.at(route.vrf)] = ways(route);
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

// Without its last line, what a VRF does not know would be looked up in the main table.
Lines lines_for(const config::Vrf& vrf) {
  Lines lines{"link add " + vrf_device(vrf) + " type vrf table " + table_of(vrf),
              "link set " + vrf_device(vrf) + " up"};
  for (const IpPrefix& prefix : vrf.prefixes)
    lines.push_back("addr add " + own_address(prefix) + " dev " + vrf_device(vrf));
  lines.push_back("route add unreachable default metric 4278198272 table " + table_of(vrf));
  return lines;
}

std::string label_line(const config::Vrf& vrf) {
  return "route replace " + std::to_string(vrf.label) + " dev " + vrf_device(vrf);
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
                        "ipip", "fou", "vrf"}},
              "load MPLS, GRE, FOU and VRFs of Linux");
  write_value("ipv4/ip_forward", "1");
  write_value("mpls/platform_labels", std::to_string(router.vrfs.back().label + 1));
  Lines lines{"fou add port " + mpls_port + " ipproto " + mpls_protocol};
  for (const config::Vrf& vrf : router.vrfs)
    std::ranges::copy(lines_for(vrf), std::back_inserter(lines));
  ip_batch({}, lines, "make VRFs of Linux");
  std::string labels;
  for (const config::Vrf& vrf : router.vrfs) labels += label_line(vrf) + "\n";
  run_or_fail({.argv = {"ip", "-family", "mpls", "-batch", "-"}, .input = labels},
              "bind labels to VRFs of Linux");
  for (const Encap encap : {Encap::gre, Encap::udp}) make({encap, Ip4{}});
}

void LinuxPlane::make(const LinuxTunnel& tunnel) {
  if (!tunnels_.insert(tunnel).second) return;
  ip_batch({}, lines_for(tunnel, router_.address.v4()), "make a tunnel of Linux");
  write_value("mpls/conf/" + device_of(tunnel) + "/input", "1");
}

void LinuxPlane::follow(std::vector<RouterRoute> routes) {
  for (const RouterRoute& route : routes)
    for (const RouterPath& path : route.paths) make(tunnel_of(path));
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
