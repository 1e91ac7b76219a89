#pragma once
// A document becoming a scenario: what the readers of the single parts share. Each reader takes the
// node of its part, fills its fields of the scenario and reports every fault it finds; nobody stops
// at the first.

#include <map>
#include <set>
#include <string>
#include <vector>

#include "scenarios/model.h"
#include "scenarios/names.h"
#include "scenarios/node.h"

namespace tflab::scenario {

struct Pool {
  std::string network, name;       // "cluster-ip" of that network
  std::vector<IpPrefix> prefixes;  // empty: the network's subnets
};

struct Draft {
  Faults& faults;
  Names names;  // of the document
  Names ever;   // ... and of what its events add
  std::vector<Pool> pools;
  Scenario scenario;
  std::map<std::string, std::size_t, std::less<>> network_at;  // in scenario.networks, for machines
  std::map<std::string, std::string> named_at;                 // event or expectation id -> pointer
  std::map<IpAddr, std::string> underlay_taken;                // address -> pointer of its owner
  std::map<Mac, std::string> macs_taken;
};

void read_settings(const Node& root, Draft& to);  // run, global-*, underlay
void read_routers(const Node& root, Draft& to);   // bgp-routers, virtual-routers, hosts
void read_services(const Node& root, Draft& to);  // after those: linklocal-services, health checks
void read_policies(const Node& root, Draft& to);  // network-policies, security-groups
void read_qos(const Node& root, Draft& to);       // forwarding-classes, qos-configs
void read_networks(const Node& root, Draft& to);  // after those
void read_logical_routers(const Node& root, Draft& to);  // after networks
void read_machines(const Node& root, Draft& to);
void read_events(const Node& root, Draft& to);
void read_expectations(const Node& root, Draft& to);
void read_outputs(const Node& root, Draft& to);

// What events and expectations share: when. `place` is the event or expectation.
void read_id(const Node& place, std::string& id, Draft& to);
void read_trigger(const Node& place, Trigger& when, Draft& to);
inline constexpr Choice<HostKind> host_kinds[] = {
    {"sim", HostKind::sim}, {"netns", HostKind::netns}, {"kernel", HostKind::kernel}};
void read_hosts(const Node& list, std::vector<HostKind>& hosts);
// After both lists: every `after` and `until` names something, and nothing waits for itself.
void check_order(const Node& root, Draft& to);

// Names with domain and project, and references to what has such a name.
void check_full_name(const Node& node);
std::optional<std::string> reference(const Node& node, Kind kind, const Names& names);

// What machines and hosts do besides answering pings.
inline constexpr Choice<Workload> workloads[] = {{"none", Workload::none},
                                                 {"ping-responder", Workload::ping_responder},
                                                 {"udp-echo", Workload::udp_echo},
                                                 {"tcp-echo", Workload::tcp_echo}};
inline constexpr std::string_view workloads_refused[] = {"process"};

// A list of words without repetition, each through `read`.
template <class T, class Read>
void read_list(const Node& node, std::string_view what, std::vector<T>& into, Read read) {
  into.clear();
  std::set<T> seen;
  for (const Node& element : node.elements(what)) {
    const auto value = std::invoke(read, element);
    if (!value) continue;
    if (seen.insert(T(*value)).second)
      into.push_back(T(*value));
    else
      element.fault("listed twice; take one out");
  }
}

// What a network, an interface or a rule names under this key.
void read_qos_reference(const Node& node, std::string_view key, std::string& name, const Draft& to);

// "ecmp-hashing-include-fields", as of a config::Network.
std::uint8_t read_hash_fields(const Node& node);

// The one that a router gets after those it has, with nothing in it yet.
config::Vrf next_vrf(const PhysicalRouter& router, const BgpRouter& speaker);

// A selector that must match something which exists at some time.
void check_selector(const Node& node, const Names& names, std::span<const Kind> kinds);

// The two ends of a ping: a machine or node, and a machine, node or address.
void check_endpoint(const Node& node, const Names& names);
void check_destination(const Node& node, const Names& names);

// Where the document leaves ids, addresses and targets open. Values once given are written back, so
// that they do not move when an event adds or removes others.
void complete(Draft& reading, Json& document);

// Plays the events' changes on the document without any lab, so that a clash shows before anything
// is created.
void rehearse(const Scenario& scenario, Faults& faults);

// Reads the objects of a complete document, but not its events, expectations and outputs.
void read_objects(const Node& root, Draft& to);

}  // namespace tflab::scenario
