#pragma once
// Linux as the data plane of a router: MPLS, VXLAN, VRFs, GRE and FOU of this network namespace's
// kernel, told by ip(8) and bridge(8) what the router has learned. It never looks at a packet, and
// what it made goes with the namespace.

#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "control-core/config/model.h"
#include "control-core/node/router_routes.h"

namespace tflab::netns {

// Who sends to `remote` in this way, as a device.
struct LinuxTunnel {
  Encap encap = Encap::gre;
  Ip4 remote;  // zero: takes from everybody
  friend auto operator<=>(const LinuxTunnel&, const LinuxTunnel&) = default;
};

// Who routes at the other end of a VRF's VXLAN.
struct LinuxNeighbour {
  Ip4 remote;
  Mac mac;
  std::uint32_t vni = 0;  // that it wants, whatever ours is
  friend bool operator==(const LinuxNeighbour&, const LinuxNeighbour&) = default;
};

std::string device_of(const LinuxTunnel& tunnel);
// Lines for ip(8). A VRF of the router is a device of Linux with a table, and with a VNI a VXLAN;
// the last usable address of each of its prefixes is the router's own.
std::vector<std::string> lines_for(const LinuxTunnel& tunnel, Ip4 local);
std::vector<std::string> lines_for(const config::Vrf& vrf);
std::string label_line(const config::Vrf& vrf);  // for ip -family mpls
// A way in VXLAN is by the address of the tunnel's end, as if that were on the same wire: ip(8) is
// told the MAC it has there, bridge(8) where frames for the MAC go.
std::string neighbour_line(const config::Vrf& vrf, const LinuxNeighbour& neighbour);
std::string frames_line(const config::Vrf& vrf, const LinuxNeighbour& neighbour);
std::vector<std::string> change_of_prefixes(const config::Vrf& before, const config::Vrf& after);
// What is new or another replaces what was there; nothing is away for a moment.
std::vector<std::string> change_of_routes(const std::vector<config::Vrf>& vrfs,
                                          const std::vector<node::RouterRoute>& before,
                                          const std::vector<node::RouterRoute>& after);

class LinuxPlane {
public:
  // Loads what it needs of the kernel; throws when the kernel has no MPLS, say.
  explicit LinuxPlane(const config::ControlNode& router);

  void follow(std::vector<node::RouterRoute> routes);
  void configure(const config::ControlNode& router);  // throws when more than prefixes changed

private:
  void make(const LinuxTunnel& tunnel);
  void know(const config::Vrf& vrf, const LinuxNeighbour& neighbour);
  void lead_to(const node::RouterRoute& route);

  config::ControlNode router_;
  std::set<LinuxTunnel> tunnels_;  // whoever was sent to once may be again
  std::map<std::pair<std::uint32_t, Ip4>, LinuxNeighbour> neighbours_;  // by VRF; the same
  std::vector<node::RouterRoute> routes_;
};

}  // namespace tflab::netns
