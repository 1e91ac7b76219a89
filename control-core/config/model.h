#pragma once
// What a node is told about the world: plain values, made from a scenario by scenarios/derive.h.
// A change of configuration is a whole new value; the node works out the difference itself.

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "control-core/base/shared.h"
#include "control-core/base/stream.h"
#include "control-core/types/community.h"
#include "control-core/types/family.h"
#include "control-core/types/rd.h"
#include "control-core/types/rewriting.h"
#include "vrouter-core/base/addr.h"
#include "vrouter-core/base/hash_fields.h"
#include "vrouter-core/base/instant.h"

namespace tflab::config {

enum class ForwardingMode : std::uint8_t { l2_l3, l2, l3 };

// A virtual network; its routing instance has the same name twice (names.h). Built-in networks
// (ip-fabric, default-virtual-network, __link_local__) are listed like any other.
struct Network {
  std::string name;              // default-domain:k8s-default:k8s-default-pod-network
  std::uint32_t instance = 0;    // index of its routing instance on every control node; never 0
  std::uint32_t network_id = 0;  // origin VN index; automatic VNI
  std::vector<IpPrefix> subnets;
  std::vector<RouteTarget> targets;  // both directions
  std::vector<RouteTarget> import_targets, export_targets;
  ForwardingMode forwarding = ForwardingMode::l2_l3;
  std::string provider_network;  // not empty: IP fabric forwarding (gatewayless)
  bool rpf = true;
  std::vector<std::string> policies;
  // By what packets to one of several equal addresses are spread (HashField).
  std::uint8_t hash_fields = all_hash_fields;
  std::string qos_config{};  // of the machines in it, unless their interfaces name another
  // Not empty: the inside of a logical router with VXLAN routing, which joins these networks. The
  // network id is its VNI, and it has no subnets and no ports.
  std::vector<std::string> routes_between{};
  friend bool operator==(const Network&, const Network&) = default;
};

// Which packets a rule is about, whoever sends them. Ports are asked of what has some.
struct PortRange {
  std::uint16_t first = 0, last = 0xffff;
  bool covers(std::uint16_t port) const { return first <= port && port <= last; }
  friend bool operator==(const PortRange&, const PortRange&) = default;
};
struct Traffic {
  std::optional<std::uint8_t> protocol;  // absent: any
  PortRange src_ports, dst_ports;
  bool any() const { return *this == Traffic{}; }
  friend bool operator==(const Traffic&, const Traffic&) = default;
};

struct PolicyRule {
  bool pass = true;
  bool both_ways = true;  // "<>"; otherwise from `src` to `dst` only
  std::string src, dst;   // network names or "any"
  Traffic traffic;        // matters to flows; routes leak by network
  // Of flows it lets pass, unless the interface their packets come by names its own.
  std::string qos_config{};
  friend bool operator==(const PolicyRule&, const PolicyRule&) = default;
};
struct Policy {
  std::vector<PolicyRule> rules;
  friend bool operator==(const Policy&, const Policy&) = default;
};

// What a machine's interface may send or get, as seen from it: there are only rules that allow.
struct SecurityRule {
  bool ingress = true;  // to the interface; otherwise from it
  Traffic traffic;
  // Who the other end may be: an address of the prefix, an interface of the group, or anybody.
  std::optional<IpPrefix> prefix;
  std::string group;
  friend bool operator==(const SecurityRule&, const SecurityRule&) = default;
};
struct SecurityGroup {
  std::uint32_t id = 0;  // travels with the routes of its interfaces
  std::vector<SecurityRule> rules;
  friend bool operator==(const SecurityGroup&, const SecurityGroup&) = default;
};

// What happens to the routes of a session that is lost (RFC 4724, RFC 9494). Defaults are those of
// the original's schema: nothing is kept.
struct GracefulRestart {
  bool enable = false;
  Duration restart_time = seconds(60);
  Duration long_lived_restart_time = seconds(300);  // after restart_time; zero: none
  Duration end_of_rib_timeout = seconds(300);
  bool bgp_helper = false, xmpp_helper = false;
  bool helps_agents() const { return enable && xmpp_helper; }
  bool helps_bgp() const { return enable && bgp_helper; }
  friend bool operator==(const GracefulRestart&, const GracefulRestart&) = default;
};

// Networks and policies, the part of the configuration that all nodes share. Maps and vectors keep
// a fixed order, so that everything derived from them has one too.
struct Fabric {
  Asn autonomous_system{64512};
  GracefulRestart graceful_restart;
  std::vector<Network> networks;  // in order of `instance`
  std::map<std::string, Policy> policies;
  std::map<std::string, SecurityGroup> security_groups;
  friend bool operator==(const Fabric&, const Fabric&) = default;
};

// What holds between us and a BGP speaker, whoever it is.
struct PeerTerms {
  Asn as;  // 0: whichever it says
  std::vector<Family> families;
  Duration hold = seconds(90);
  Duration delay_open{};           // their OPEN is waited for so long; zero: ours goes out at once
  std::uint32_t prefix_limit = 0;  // of one family; zero: none
  bool route_reflector_client = false;
  Rewriting rewriting;
  // For the host's sockets: TCP-MD5 (RFC 2385; empty: none), how many hops away the speaker may be
  // (RFC 5082; 0: not checked), TTL of what we send (0: 1 to another AS, else the system's).
  std::string md5_key;
  std::uint8_t ttl_security = 0, multihop_ttl = 0;
  friend bool operator==(const PeerTerms&, const PeerTerms&) = default;
};

struct BgpPeer : PeerTerms {
  std::string name;
  IpAddr address;
  std::uint16_t port = 179;
  IpAddr local_address;  // to dial from; zero: the node's own, when it is of the same version
  bool passive = false;
  friend bool operator==(const BgpPeer&, const BgpPeer&) = default;
};

// Speakers that nobody has listed: whoever dials from the prefix is a peer while it is connected.
struct PeerRange : PeerTerms {
  IpPrefix prefix;
  std::uint32_t limit = 1000;  // of peers at one time
  friend bool operator==(const PeerRange&, const PeerRange&) = default;
};

// How far it reaches that somebody wants a route target (RFC 4684). off: nobody says it and
// everybody gets everything. outbound_only: each node filters what it sends by what its peers
// themselves said, and passes nothing on; one that stands between peers asks for everything.
enum class TargetFiltering : std::uint8_t { off, outbound_only, rfc4684 };

// A VRF of a router without agents (an ASIC router): what it imports, and what it announces by
// itself, under one label; or with a VNI as EVPN routes of type 5 (RFC 9136 section 4.4.1).
struct Vrf {
  std::string name;            // of its instance too
  std::uint32_t instance = 0;  // never 0
  RouteDistinguisher rd;
  std::vector<RouteTarget> import_targets, export_targets;
  std::vector<IpPrefix> prefixes;
  IpAddr next_hop;
  std::uint32_t label = 0;
  std::uint32_t vni = 0;  // not 0: it speaks VXLAN instead of MPLS
  Mac mac{};              // with a VNI: whom frames inside are for
  friend bool operator==(const Vrf&, const Vrf&) = default;
};

struct ControlNode {
  std::string name;
  IpAddr address;
  Ip4 router_id;
  Asn as{64512};
  std::uint16_t bgp_port = 179, xmpp_port = 5269;  // xmpp_port 0: no agents
  Duration bgp_hold = seconds(90), xmpp_hold = seconds(90);
  std::optional<Ip4> cluster_id;     // set: route reflector (RFC 4456)
  std::vector<Endpoint> bgp_listen;  // empty: on the node's address and bgp_port
  std::vector<BgpPeer> peers;
  std::vector<PeerRange> peer_ranges;  // the longest prefix that holds a speaker's address counts
  // The vrouters' addresses; absent: whoever comes. The same of all control nodes of a fabric.
  std::optional<Shared<std::set<IpAddr>>> agents;
  TargetFiltering target_filtering = TargetFiltering::rfc4684;
  std::vector<Vrf> vrfs;  // not empty: a router, whose targets and names are no control node's
  Fabric fabric;
  friend bool operator==(const ControlNode&, const ControlNode&) = default;
};

// A port of a floating IP and the machine's own that stands behind it.
struct PortMapping {
  std::uint8_t protocol = 0;
  std::uint16_t port = 0, machine_port = 0;
  friend bool operator==(const PortMapping&, const PortMapping&) = default;
};

struct FloatingIp {
  IpAddr address;
  std::string network;
  // Of the machine's traffic as the other end sees it: to the address, from it.
  bool ingress = true, egress = true;
  // Where there are any, what they do not name does not pass.
  std::vector<PortMapping> port_mappings{};
  friend bool operator==(const FloatingIp&, const FloatingIp&) = default;
};

// A machine is pinged, again `delay` after it answered or `timeout` after it did not. After one
// question without an answer and so many more, one after the other, it is taken for gone.
struct HealthCheck {
  std::string name;
  Duration delay = seconds(3), timeout = seconds(5);
  std::uint32_t max_retries = 2;
  friend bool operator==(const HealthCheck&, const HealthCheck&) = default;
};

// One interface of one virtual machine (VM, VMI and instance-ip of the original in one).
struct Port {
  std::string name;  // "coredns/eth0": the host finds the machine's wire by it
  std::string machine;
  std::string network;
  Mac mac;
  IpAddr address;
  std::vector<FloatingIp> floating_ips;
  std::vector<std::string> security_groups;  // none: whatever comes and goes
  std::optional<IpAddr> address6{};          // IPv6, beside an IPv4 one
  // Addresses in the same network that other ports may have, too: one at a time, whoever was heard
  // with it last (allowed address pairs with this port's MAC, active-standby), or all at once.
  std::vector<IpPrefix> allowed_pairs{}, shared_addresses{};
  std::uint8_t hash_fields = 0;              // for packets to it; none: its network's
  std::vector<HealthCheck> health_checks{};  // of its IPv4 address
  std::string qos_config{};                  // of what it sends; empty: its network's
  friend bool operator==(const Port&, const Port&) = default;
};

// What machines ask at a link-local address of every network and somebody on the underlay answers,
// who sees the vrouter ask.
struct LinkLocalService {
  std::string name;
  Ip4 address;
  std::uint16_t port = 0;
  std::vector<Ip4> fabric_addresses;  // one for each conversation
  std::uint16_t fabric_port = 0;
  friend bool operator==(const LinkLocalService&, const LinkLocalService&) = default;
};

// What packets of a class are marked with when they leave by the fabric.
struct ForwardingClass {
  std::string name;
  std::uint8_t id = 0;  // by which entries name it
  std::uint8_t dscp = 0, priority = 0, exp = 0, queue = 0;
  friend bool operator==(const ForwardingClass&, const ForwardingClass&) = default;
};
// In which class packets are, by the mark they came with.
struct QosEntry {
  std::uint8_t code = 0, forwarding_class = 0;
  friend bool operator==(const QosEntry&, const QosEntry&) = default;
};
// Whose packets: of machines whose networks or interfaces name it, of all that comes from the
// fabric, or of the node itself.
enum class QosScope : std::uint8_t { project, fabric, vhost };
struct QosConfig {
  std::string name;
  QosScope scope = QosScope::project;
  std::uint8_t default_class = 0;  // of codes without an entry
  std::vector<QosEntry> dscp, priority, exp;
  friend bool operator==(const QosConfig&, const QosConfig&) = default;
};

struct Vrouter {
  std::string name;                 // host name: the agent's JID
  Ip4 address;                      // vhost0
  std::uint8_t prefix_length = 24;  // of the underlay segment: what is on-link
  std::optional<Ip4> gateway;       // for what is not; absent: everything is on-link
  Mac mac;                          // vhost0's and the physical interface's
  std::uint16_t mtu = 1500;
  std::vector<IpAddr> control_nodes;  // at most two
  std::uint16_t xmpp_port = 5269;
  Duration xmpp_hold = seconds(90);
  std::vector<Encap> encaps;  // in order of preference: gre, udp, vxlan
  std::vector<Port> ports;    // in the order in which they were made
  Fabric fabric;
  std::vector<LinkLocalService> link_local_services{};
  std::vector<ForwardingClass> forwarding_classes{};
  std::vector<QosConfig> qos_configs{};
  friend bool operator==(const Vrouter&, const Vrouter&) = default;
};

}  // namespace tflab::config
