#pragma once
// The forwarding state of all vrouters as values, read from their pages, with nexthop numbers
// resolved: what can be compared between hosts and walked from node to node.

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "scenarios/lab.h"
#include "vrouter-core/base/addr.h"

namespace tflab::scenario {

struct FibNexthop {
  std::string type;    // DISCARD RECEIVE ENCAP TUNNEL RESOLVE VRF_TRANSLATE ...
  unsigned out = 0;    // vif
  std::string dst;     // MAC, as text
  std::string tunnel;  // MPLSoGRE, MPLSoUDP, VXLAN; empty: none
  IpAddr sip, dip;     // of a tunnel
  unsigned vrf = 0;
  friend bool operator==(const FibNexthop&, const FibNexthop&) = default;
};
struct FibRoute {
  std::uint32_t nexthop = 0;
  std::optional<std::uint32_t> label;
  friend bool operator==(const FibRoute&, const FibRoute&) = default;
};
struct FibVif {
  std::string name, type, mac;  // type: HOST AGENT PHYSICAL VIRTUAL
};
struct Fib {
  std::string vrouter;
  IpAddr address;                                           // vhost0's
  std::map<unsigned, std::string> vrfs;                     // names, as far as known
  std::map<unsigned, std::map<IpPrefix, FibRoute>> routes;  // by vrf
  std::map<std::uint32_t, FibNexthop> nexthops;
  std::vector<std::pair<std::uint32_t, std::uint32_t>> labels;  // label, nexthop; as shown
  std::map<unsigned, FibVif> vifs;
  std::vector<IpAddr> neighbours;  // whose MAC was learned: how long it is known is chance

  const FibNexthop* nexthop(std::uint32_t id) const;
  const FibRoute* lookup(unsigned vrf, const IpAddr& address) const;  // longest match
  std::string vrf_name(unsigned vrf) const;
};

// Nothing: the vrouter does not answer.
std::optional<Fib> read_fib(Pages& lab, const NodeRef& vrouter);
std::vector<Fib> read_fibs(Pages& lab);
std::map<unsigned, std::string> vrf_names(Pages& lab, const NodeRef& vrouter);

// "tunnel MPLSoUDP 192.0.2.11 > 192.0.2.12", "interface vm1/eth0 02:...", "discard".
std::string describe(const Fib& fib, std::uint32_t nexthop);

// Every prefix of every VRF followed to its end: delivered, dropped, punted or out of the fabric.
// A sentence with the path for each that comes round or takes too many hops.
std::vector<std::string> forwarding_loops(const std::vector<Fib>& fibs);

// Labels that name two nexthops, a reserved number or nothing at all.
std::vector<std::string> label_faults(const std::vector<Fib>& fibs);

// Routes of the agent (Inet4UcRouteReq) that are not what its vrouter forwards by, and the reverse.
std::vector<std::string> fib_against_rib(Lab& lab);

}  // namespace tflab::scenario
