#pragma once
// A scenario standing on some host. The one thing a host has to be for events, expectations,
// tables and comparisons to work on it; sim and netns-lab implement it, nobody else knows
// the difference.

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "control-core/introspect/tree.h"
#include "control-core/types/nlri.h"
#include "scenarios/model.h"
#include "vrouter-core/base/instant.h"
#include "vrouter-core/base/reader.h"

namespace tflab::scenario {

struct NodeRef {
  enum Kind : std::uint8_t { control_node, vrouter, machine, host, router } kind = control_node;
  std::string name;
};

// The node that a bgp-router of this name is.
NodeRef speaker(const Scenario& scenario, const std::string& name);

// What came of a few pings, told the same way by every host: replies as the sender saw them, and
// which counters of which vrouters moved meanwhile.
struct PingResult {
  unsigned sent = 0, received = 0;
  std::optional<unsigned> ttl;       // of the last reply
  std::optional<unsigned> path_mtu;  // as the sender was told when its packet was too big
  // Encapsulation the requests took: "local", "native", "MPLSoGRE", "MPLSoUDP", "VXLAN", ""
  // unknown.
  std::string encap;
  std::vector<std::string> drop_reasons;  // scenario names of the drop counters that moved
  std::optional<IpAddr> expired_at;       // who told the sender that its packet's hops were used up
};

// Where a frame was seen on its way: at a machine's interface, or in a tunnel, at the end of what
// one vRouter sent to another.
struct Sighting {
  std::string port{};  // "vm1/eth0"; empty: in a tunnel
  Ip4 from{}, to{};
};

// What a host counts of a node without asking it.
struct Vitals {
  std::uint64_t messages_sent = 0, octets_sent = 0;
  // Of a control node with a model of its processor: how long it has worked, and how many inputs
  // have waited for it at once.
  Duration busy{};
  std::uint64_t peak_queue = 0;
  Instant changed{};  // when it last had news: sessions, routes, operations; not keepalives
};

// Whoever shows pages of nodes: a lab that stands, or what is kept of one.
class Pages {
public:
  virtual ~Pages() = default;

  virtual std::vector<NodeRef> nodes() const = 0;
  // A page of a control node or vrouter; nothing when the node is down or has no such page.
  virtual std::optional<introspect::Tree> page(const NodeRef& node, std::string_view name,
                                               const introspect::Query& query) = 0;
};

struct Fib;  // forwarding.h

class Lab : public Pages {
public:
  virtual HostKind kind() const = 0;
  // Scenario time since bring-up.
  virtual Instant now() const = 0;
  // Lets the scenario live until `until`. sim: runs virtual time. Hosts in real time return as soon
  // as every node has settled (unless run.realtime) and then call it `until` all the same.
  virtual void advance(Instant until) = 0;
  // A short step for those who wait for something to become true: sim 10 ms of virtual time, real
  // hosts a short sleep. Scenario time moves on by the amount returned.
  virtual Duration step() = 0;

  // The scenario after an event: machines come and go, nodes are told their new configuration.
  virtual void configure(const Scenario& next) = 0;
  virtual void control(Control::Verb verb, const NodeRef& node) = 0;
  virtual PingResult ping(const Ping& ping) = 0;
  // From now on nothing gets over the underlay from these nodes to all others, or back; none: all
  // reach each other.
  virtual void separate(const std::vector<NodeRef>& apart) = 0;
  // The node's cable to the underlay is in, or out: then nothing gets to it or from it.
  virtual void plug(const NodeRef& node, bool in) = 0;
  // A frame out of an interface of a machine.
  virtual void send(const std::string& machine, const std::string& interface, Bytes frame) = 0;
  // ... and where it came by, in order.
  virtual std::vector<Sighting> follow(const std::string& machine, const std::string& interface,
                                       Bytes frame) = 0;

  // A vrouter's VRFs, routes and nexthops, as its pages show them; a host with thousands may know a
  // shorter way. Nothing: it does not answer.
  virtual std::optional<Fib> fib(const NodeRef& vrouter);
  // What a control node or router has in bgp.l3vpn.0, with the next hops of the best paths; as
  // fib(). False: it does not answer.
  using VisitVpn = std::function<void(const VpnRoute&, const IpAddr& next_hop)>;
  virtual bool each_vpn_route(const NodeRef& speaker, const VisitVpn& visit);
  // Nothing: the host does not count, or the node is down.
  virtual std::optional<Vitals> vitals(const NodeRef&) { return {}; }
  // Is nothing on its way from node to node but signs of life? Hosts that cannot tell say no.
  virtual bool quiet() { return false; }
};

}  // namespace tflab::scenario
