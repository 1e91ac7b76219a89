#pragma once
// A scenario as values: what a file says, after includes, overlays, variables, defaults and address
// derivation, and before any host has seen it. Read by load.h, turned into node configuration by
// derive.h. Names are fully qualified; collections keep the file's order.

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include <nlohmann/json.hpp>

#include "control-core/config/model.h"
#include "control-core/types/family.h"
#include "vrouter-core/base/addr.h"
#include "vrouter-core/base/instant.h"

namespace tflab::scenario {

using Json = nlohmann::ordered_json;

template <class T>
using Named = std::vector<std::pair<std::string, T>>;  // in file order; names are unique

template <class T>
const T* find(const Named<T>& all, std::string_view name) {
  for (const auto& [key, value] : all)
    if (key == name) return &value;
  return nullptr;
}

template <class T>
std::vector<std::string> names_of(const Named<T>& all) {
  std::vector<std::string> out;
  for (const auto& [name, value] : all) out.push_back(name);
  return out;
}

enum class HostKind : std::uint8_t { sim, netns, kernel };
std::string_view host_name(HostKind kind);
// How sessions get from node to node in the simulator: over its TCP, or message by message.
enum class Fidelity : std::uint8_t { tcp, message };
enum class StopWhen : std::uint8_t { converged, events_done, never };

struct Run {
  std::vector<HostKind> on{HostKind::sim};
  std::uint64_t seed = 1;
  Duration until = seconds(600);
  StopWhen stop_when = StopWhen::events_done;
  Fidelity fidelity = Fidelity::tcp;
  bool realtime = false;  // keep the file's waits instead of going on once settled
  bool differential = false;
};

struct Link {
  Duration delay = micros(50);
  std::uint64_t rate_bps = 10'000'000'000;
  std::uint32_t mtu = 1500;
};
// segment: everybody on one Ethernet. clos: leaves, which route and are each node's next hop, below
// spines that never are in the way; a node's leaf follows from its address.
struct Clos {
  std::uint32_t leaves = 1;
};

struct BgpRouterPeer {
  std::vector<Family> families;
  std::optional<std::uint32_t> hold_s;
  bool passive = false;
  bool route_reflector_client = false;
  std::uint32_t prefix_limit = 0, delay_open_s = 0;  // 0: none
  Rewriting rewriting;
};
// sim: what a control node's messages take of its processors. A model, to be calibrated.
struct ProcessorModel {
  std::uint32_t cores = 1;
  Duration per_update{};  // for each UPDATE or stanza, heard or said; zero: no time passes
  friend bool operator==(const ProcessorModel&, const ProcessorModel&) = default;
};
enum class RouterType : std::uint8_t { control_node, router };
struct BgpRouter {
  RouterType type = RouterType::control_node;
  Ip4 address, identifier;
  std::uint16_t port = 179;
  Asn autonomous_system{64512};
  std::optional<Ip4> cluster_id;
  std::uint32_t hold_s = 90;
  std::vector<Family> families;
  Named<BgpRouterPeer> peers;  // explicit ones; ibgp-auto-mesh adds the others in derive.h
  // Speakers outside the scenario, listed or not, and where and how they find the router.
  std::vector<config::BgpPeer> neighbors;
  std::vector<config::PeerRange> peer_ranges;
  std::vector<Endpoint> listen;  // for BGP; empty: on `address` and `port`
  std::uint16_t xmpp_port = 5269, introspect_port = 8083;
  ProcessorModel processor;
};
// What a bgp-router of type `router` is beside its sessions: an ASIC router with VRFs.
// Who plays it in real time. linux_kernel: our speaker, and in VMs Linux forwards.
enum class RouterMake : std::uint8_t { asic_model, gobgp, linux_kernel };
// Room in the tables of its hardware; 0: enough for anything.
struct TableLimits {
  std::uint32_t routes = 0, vrfs = 0, tunnels = 0;
  friend bool operator==(const TableLimits&, const TableLimits&) = default;
};
struct PhysicalRouter {
  RouterMake make = RouterMake::asic_model;
  TableLimits limits;
  std::vector<config::Vrf> vrfs;      // in file order
  std::vector<std::string> networks;  // those it is extended to: a VRF each, made by complete()
};
struct VirtualRouter {
  Ip4 address;
  Mac mac;  // vhost0's; derived from the name when the file has none
  std::vector<std::string> control_nodes;
  bool roams = false;  // to other control nodes, when one is lost
  std::optional<Ip4> gateway;
};
enum class Workload : std::uint8_t { none, ping_responder, udp_echo, tcp_echo };
struct PlainHost {
  Ip4 address;  // may be a control node's: then it is the same machine
  std::vector<std::pair<IpPrefix, Ip4>> routes;
  Workload workload = Workload::ping_responder;
};
struct Interface {
  std::string network;
  IpAddr address;
  Mac mac;  // derived from machine and interface name when absent
  std::vector<config::FloatingIp> floating_ips;
  std::vector<std::string> security_groups;
  std::optional<IpAddr> address6{};                           // IPv6, beside an IPv4 one
  std::vector<IpPrefix> allowed_pairs{}, shared_addresses{};  // as of a config::Port
  std::uint8_t hash_fields = 0;                               // as there
  std::optional<std::uint16_t> mtu{};                         // absent: mtu_of (derive.h)
  std::vector<config::HealthCheck> health_checks{};
  std::string qos_config{};
};
// Joins networks. Without VXLAN routing by a route target that each of them imports and exports;
// with it by an instance of its own (config::Network::routes_between).
struct LogicalRouter {
  std::vector<std::string> networks;
  bool vxlan_routing = false;
  std::uint32_t vni = 0;  // with VXLAN routing
  std::vector<RouteTarget> targets;
};
struct Machine {
  std::string virtual_router;
  Workload workload = Workload::ping_responder;
  Named<Interface> interfaces;
};

// Events. `at` counts from the start; `after` names an event or expectation that must be done.
struct Trigger {
  std::optional<Duration> at;
  std::string after;
  Duration delay{};
};
struct AddObjects {
  Json objects;  // by collection, as in the file
};
struct RemoveObjects {
  std::vector<std::string> targets;  // selectors
};
struct Patch {
  std::vector<std::string> targets;
  Json patch;  // RFC 7386
};
struct Ping {
  std::string from, to;  // machine or node name; address, machine or node name
  unsigned packets = 3;
  unsigned size = 84;          // of the IP packet, before anybody cuts it
  bool dont_fragment = false;  // IPv4; IPv6 is never cut on its way
  unsigned hops = 64;          // TTL or hop limit as sent
  // Asked over UDP or TCP: an echo service (RFC 862) at the port, or one that the port is mapped
  // to.
  enum Over : std::uint8_t { icmp, udp, tcp } over = icmp;
  std::uint16_t port = 0;
  bool way = true;  // also asked: every vrouter's counters, for which way it took
};
// Which of the targets, and how often. Those whom the verb would change nothing about do not count:
// a stopped node is not stopped again.
struct Pick {
  enum From : std::uint8_t { first, last, random } from = first;
  std::optional<std::size_t> count;  // each time; absent: all targets
  std::size_t times = 1;
  Duration every{};
};
struct Spread {
  Duration min, max;  // each target at a moment of its own between them
};
struct Control {  // stop, start, restart, fail, recover, clear of nodes and machines
  enum Verb : std::uint8_t { stop, start, restart, fail, recover } verb = stop;
  std::vector<std::string> targets;
  Pick pick{};
  std::optional<Spread> spread{};
};
struct Move {  // of machines, each to another vRouter
  std::vector<std::string> targets, to;
  Pick pick{};
};
// A machine tells its neighbours that it has an address now (RFC 5227 section 3).
struct Announce {
  std::vector<std::string> targets;
  std::vector<IpPrefix> prefixes;  // each stands for its first address
};
// A router begins or ends to say that it is the way to prefixes of a VRF.
struct Originate {
  enum Verb : std::uint8_t { announce, withdraw } verb = announce;
  std::vector<std::string> targets;
  std::string vrf;
  std::vector<IpPrefix> prefixes;
};
// The underlay falls apart: nothing gets from the targets to the others or back. Nobody: it is
// whole again.
struct Partition {
  std::vector<std::string> targets;
};
// The cables between nodes and the underlay are pulled, or are back. flap: they are out for the
// first half of every period.
struct Cable {
  enum Verb : std::uint8_t { down, up, flap } verb = down;
  std::vector<std::string> targets;
  Pick pick{};  // of a flap
};
struct Mark {};
using Action = std::variant<AddObjects, RemoveObjects, Patch, Ping, Control, Move, Announce,
                            Originate, Partition, Cable, Mark>;
struct Event {
  std::string id;  // "event-<n>" when the file gives none
  Trigger when;
  Action action;
};

// A number to compare with.
struct Cmp {
  std::optional<double> eq, ne, ge, gt, le, lt;
  bool holds(double value) const;
};
std::string to_text(const Cmp& cmp);  // "= 3", ">= 16", "5..9"

struct SessionCheck {
  std::string of, with, encoding, state;  // selectors; empty: any
  Cmp count;
};
struct RouteCheck {
  std::string on, table, prefix;  // on: control-node selector, empty: every one
  bool present = true;
  std::optional<std::string> next_hop, source;
  std::optional<Cmp> label, paths;
  std::vector<std::string> encap;  // empty: not checked
  std::optional<std::uint32_t> local_preference;
};
struct TableCheck {
  std::string on, name;
  std::optional<Cmp> prefixes, paths, primary_paths;
};
struct ReachableCheck {
  std::string from, to;
  bool is = true;
  std::string encap;  // MPLSoGRE MPLSoUDP VXLAN native local; empty: any
  std::optional<Cmp> loss, ttl, path_mtu;
  std::string drop_reason;  // of vr::drop_names
  unsigned size = 84;       // as of a Ping
  bool dont_fragment = false;
  unsigned hops = 64;
  std::optional<IpAddr> expired_at;  // who says that they were used up
  Ping::Over over = Ping::icmp;
  std::uint16_t port = 0;
};
// A frame that a machine sends to everybody in its network.
struct FloodCheck {
  std::string from;
  Cmp copies{};  // that each of the others gets
  std::optional<Cmp> members{}, fan_out{}, hops{};
};
struct InvariantCheck {
  std::string name;  // no-forwarding-loop, fib-equals-rib, label-unique, ...
};
struct MetricCheck {
  enum Name : std::uint8_t {
    xmpp_sessions,  // of control nodes: established
    bgp_sessions,   // of control nodes: established
    vpn_prefixes,   // of control nodes and routers: in bgp.l3vpn.0
    routes,         // of vRouters: unicast, in the VRFs of its networks
    fib_routes,     // of routers with limits: what their hardware would have to hold
    fib_tunnels,    // ... and where that leads
    messages_sent,  // of anybody
    octets_sent,
    busy_time,         // of control nodes with a model of their processor, in seconds
    peak_queue,        // ... inputs that waited for it at once
    convergence_time,  // of anybody: from `since` to the last change, in seconds
  } name = routes;
  enum Aggregate : std::uint8_t { min, max, mean, sum, p50, p95, p99 } aggregate = mean;
  std::string of, since;  // a selector, empty: all that have it; an event
  Cmp is;
};
struct SameAsCheck {
  HostKind host = HostKind::sim;
  std::vector<std::string> compare;  // tables, fib, reachability
};
using Check = std::variant<SessionCheck, RouteCheck, TableCheck, ReachableCheck, FloodCheck,
                           InvariantCheck, MetricCheck, SameAsCheck>;
struct Expectation {
  std::string id, description, source;
  Trigger when;
  std::optional<Duration> within;  // becomes true in this time after `after`
  std::string until;               // ... and stays true until this event; empty: to the end
  bool always = false, never = false;
  bool must = true;          // level: must or should
  std::vector<HostKind> on;  // empty: all
  Check check;
};

struct Capture {
  std::string name, on, filter;  // on: "virtual-router:<glob>/<interface>"
};
struct Outputs {
  std::string trace = "digest";  // none, digest, control
  std::vector<Capture> captures;
  std::vector<std::string> dump;    // nei, route summary, route show, rt
  std::vector<std::string> report;  // html, junit, json
  std::vector<std::string> graph;   // dot
};

struct Scenario {
  std::string file;  // as named on the command line
  std::string name, description;
  Run run;
  Asn autonomous_system{64512};
  config::GracefulRestart graceful_restart;
  bool ibgp_auto_mesh = true;
  std::vector<Encap> encaps{Encap::gre, Encap::udp, Encap::vxlan};
  Duration xmpp_keepalive = seconds(30);  // a third of the hold time
  bool vhost0_in_ip_fabric = true;        // false: vRouters do not know that network
  std::vector<config::LinkLocalService> link_local_services;
  Link link;
  std::optional<Clos> clos;
  std::uint8_t underlay_length = 24;  // shortest prefix that holds all underlay addresses
  config::TargetFiltering target_filtering = config::TargetFiltering::rfc4684;
  Named<BgpRouter> bgp_routers;
  Named<PhysicalRouter> physical_routers;  // one for each bgp-router of type `router`, same name
  Named<VirtualRouter> virtual_routers;
  Named<PlainHost> hosts;
  // In order of `instance`, built-in ones and the insides of logical routers included. What a
  // router without VXLAN routing adds to its networks is there already.
  std::vector<config::Network> networks;
  Named<LogicalRouter> logical_routers;
  std::map<std::string, config::Policy> policies;
  std::map<std::string, config::SecurityGroup> security_groups;
  std::map<std::string, config::HealthCheck> health_checks;
  std::vector<config::ForwardingClass> forwarding_classes;
  std::vector<config::QosConfig> qos_configs;
  Named<Machine> machines;
  std::vector<Event> events;
  std::vector<Expectation> expectations;
  Outputs outputs;
  Json document;  // the file after includes, overlays and variables
};

}  // namespace tflab::scenario
