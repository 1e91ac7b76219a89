// virtual-machines with their interfaces: machine, interface, instance-ip and floating-ips of the
// original in one object.

#include <algorithm>

#include "control-core/base/text.h"
#include "control-core/config/names.h"
#include "scenarios/draft.h"
#include "scenarios/mac.h"

namespace tflab::scenario {
namespace {

// Claims of addresses by network, for telling who has an address already.
using Taken = std::map<std::pair<std::string, IpAddr>, std::string>;

void claim(const Node& node, const std::string& net, IpAddr address, Taken& taken,
           const Faults& faults) {
  const auto [other, fresh] = taken.emplace(std::pair{net, address}, node.pointer());
  if (!fresh)
    node.fault(in_quotes(to_text(address)) + " in " + in_quotes(net) + " is taken by " +
               other->second + " (" + faults.place(other->second) + "); choose another address");
}

// Several machines may have one of these, whoever gets what is sent to it; nobody has it for
// another reason. `list` is the key under which all of them say so.
void claim_shared(const Node& node, const std::string& net, IpAddr address, std::string_view list,
                  Taken& taken, const Faults& faults) {
  const auto other = taken.find({net, address});
  const bool shared = other != taken.end() &&
                      other->second.find('/' + std::string{list} + '/') != std::string::npos;
  if (!shared) claim(node, net, address, taken, faults);
}

const config::Network* network_named(const Draft& draft, std::string_view name) {
  const auto found = draft.network_at.find(name);
  return found == draft.network_at.end() ? nullptr : &draft.scenario.networks[found->second];
}

bool inside(const std::vector<IpPrefix>& prefixes, const IpAddr& address) {
  return std::ranges::any_of(prefixes, [&](const IpPrefix& p) { return p.covers(address); });
}

std::string listed(const std::vector<IpPrefix>& prefixes) {
  std::string out;
  for (const IpPrefix& prefix : prefixes) out += (out.empty() ? "" : ", ") + to_text(prefix);
  return out;
}

// Where the network's own gateway answers: the first address of a subnet.
bool gateway_address(const std::vector<IpPrefix>& subnets, const IpAddr& address) {
  return std::ranges::any_of(subnets, [&](const IpPrefix& subnet) {
    if (!address.is_v4() || !subnet.covers(address) || subnet.length() > 30) return false;
    return address.v4().raw() == subnet.base().v4().raw() + 1;
  });
}

// Subnet or pool: the address must be of the right version and inside.
void check_inside(const Node& node, const IpAddr& address, const std::vector<IpPrefix>& prefixes,
                  const std::string& of) {
  const bool version_fits = std::ranges::any_of(
      prefixes, [&](const IpPrefix& p) { return p.base().version() == address.version(); });
  if (prefixes.empty())
    node.fault(of + " has no subnet; give it one that holds " + to_text(address));
  else if (!version_fits)
    node.fault(to_text(address) + " is " + (address.is_v4() ? "IPv4" : "IPv6") + ", but " + of +
               " only has " + listed(prefixes));
  else if (!inside(prefixes, address))
    node.fault(to_text(address) + " is outside " + of + " (" + listed(prefixes) + ")");
}

constexpr Key floating_keys[] = {{"pool", Key::required},
                                 {"floating-ip-address", Key::required},
                                 {"floating-ip-traffic-direction"},
                                 {"floating-ip-port-mappings"}};
constexpr Key mapping_keys[] = {
    {"protocol", Key::required}, {"src-port", Key::required}, {"dst-port", Key::required}};
constexpr Choice<std::uint8_t> protocols_with_ports[] = {{"tcp", 6}, {"udp", 17}, {"sctp", 132}};
enum class Direction : std::uint8_t { both, ingress, egress };
constexpr Choice<Direction> directions[] = {
    {"both", Direction::both}, {"ingress", Direction::ingress}, {"egress", Direction::egress}};

// "cluster-ip" when only one network has such a pool, or "<network>:<pool>".
const Pool* pool_named(const Node& node, const Draft& draft) {
  const auto word = node.text();
  if (!word) return nullptr;
  const auto colon = word->rfind(':');
  const Pool* found = nullptr;
  std::vector<std::string> known;
  for (const Pool& pool : draft.pools) {
    known.push_back(colon == std::string::npos ? pool.name : pool.network + ':' + pool.name);
    const bool fits = colon == std::string::npos
                          ? pool.name == *word
                          : pool.name == word->substr(colon + 1) &&
                                pool.network == full_name(word->substr(0, colon));
    if (!fits) continue;
    if (found != nullptr) {
      node.fault("pool " + in_quotes(*word) + " exists in " + in_quotes(found->network) +
                 " and in " + in_quotes(pool.network) + "; write " +
                 in_quotes(found->network + ':' + found->name));
      return nullptr;
    }
    found = &pool;
  }
  if (found == nullptr)
    node.fault("no network has a floating-ip pool " + in_quotes(*word) +
               did_you_mean(*word, known));
  return found;
}

// The original's names: the source port is the floating IP's, the destination port the machine's.
config::PortMapping read_mapping(const Node& node) {
  config::PortMapping mapping;
  if (!node.object(mapping_keys)) return mapping;
  take(node, "protocol", mapping.protocol,
       [](const Node& n) { return n.one_of<std::uint8_t>(protocols_with_ports); });
  take(node, "src-port", mapping.port, integer<1, 65535>);
  take(node, "dst-port", mapping.machine_port, integer<1, 65535>);
  return mapping;
}

// A port on one side may stand for one on the other only.
void read_mappings(const Node& list, std::vector<config::PortMapping>& mappings) {
  for (const Node& each : list.elements("a list of port mappings")) {
    const config::PortMapping mapping = read_mapping(each);
    if (mapping.port == 0 || mapping.machine_port == 0) continue;  // it has said why
    for (const config::PortMapping& other : mappings) {
      if (other.protocol != mapping.protocol) continue;
      if (other.port == mapping.port)
        each.fault("port " + std::to_string(mapping.port) + " is mapped already");
      else if (other.machine_port == mapping.machine_port)
        each.fault("port " + std::to_string(mapping.machine_port) +
                   " of the machine stands behind another port already");
    }
    mappings.push_back(mapping);
  }
}

void read_floating(const Node& node, Interface& interface, Taken& taken, const Draft& draft) {
  if (!node.object(floating_keys)) return;
  const auto pool_node = node.at("pool");
  const auto address_node = node.at("floating-ip-address");
  const Pool* pool = pool_node ? pool_named(*pool_node, draft) : nullptr;
  const auto address = address_node ? address_node->ip() : std::nullopt;
  const config::Network* net = pool != nullptr ? network_named(draft, pool->network) : nullptr;
  if (net == nullptr || !address) return;
  check_inside(*address_node, *address, pool->prefixes.empty() ? net->subnets : pool->prefixes,
               "pool " + in_quotes(pool->name));
  claim_shared(*address_node, pool->network, *address, "floating-ips", taken, draft.faults);
  config::FloatingIp floating{*address, pool->network};
  Direction direction = Direction::both;
  take(node, "floating-ip-traffic-direction", direction,
       [](const Node& n) { return n.one_of<Direction>(directions); });
  floating.ingress = direction != Direction::egress;
  floating.egress = direction != Direction::ingress;
  if (const auto list = node.at("floating-ip-port-mappings"))
    read_mappings(*list, floating.port_mappings);
  interface.floating_ips.push_back(std::move(floating));
}

constexpr Key interface_keys[] = {{"virtual-network", Key::required},
                                  {"instance-ip"},
                                  {"instance-ip6"},
                                  {"mac"},
                                  {"mtu"},
                                  {"floating-ips"},
                                  {"security-groups"},
                                  {"allowed-address-pairs"},
                                  {"ecmp-addresses"},
                                  {"ecmp-hashing-include-fields"},
                                  {"qos-config"},
                                  {"service-health-checks"}};

const config::Network* read_network_of(const Node& node, Interface& interface, const Draft& draft) {
  const auto at = node.at("virtual-network");
  const auto word = at ? at->text() : std::nullopt;
  if (!word) return nullptr;
  interface.network = full_name(*word);
  const config::Network* net = network_named(draft, interface.network);
  if (!draft.names.has(Kind::virtual_network, interface.network))
    at->fault(draft.names.missing(Kind::virtual_network, interface.network));
  return net;
}

std::optional<IpAddr> read_instance_ip(const Node& node, const config::Network* net, Taken& taken,
                                       const Draft& draft) {
  const auto address = node.ip();
  if (!address || net == nullptr) return address;
  check_inside(node, *address, net->subnets, "network " + in_quotes(net->name));
  if (gateway_address(net->subnets, *address))
    node.fault(to_text(*address) + " is the gateway's own address in " + in_quotes(net->name) +
               "; choose another");
  claim(node, net->name, *address, taken, draft.faults);
  return address;
}

// Its address, or the one that it will get: the first free one of the first subnet.
bool ipv6_alone(const Interface& interface, const config::Network* net) {
  if (!interface.address.zero()) return !interface.address.is_v4();
  return net != nullptr && !net->subnets.empty() && !net->subnets.front().base().is_v4();
}

// The IPv6 address of an interface that has an IPv4 one, its own or a free one of the network.
void read_instance_ip6(const Node& node, const config::Network* net, Interface& interface,
                       Taken& taken, const Draft& draft) {
  const auto address = read_instance_ip(node, net, taken, draft);
  if (!address) return;
  if (address->is_v4())
    node.fault(to_text(*address) + " is IPv4; its place is \"instance-ip\"");
  else if (ipv6_alone(interface, net))
    node.key_fault(
        "\"instance-ip6\" stands beside an IPv4 address; write one IPv6 address as "
        "\"instance-ip\"");
  else
    interface.address6 = *address;
}

// Prefixes of the network, or of what is behind the machine, that other machines may hold, too.
void read_held(const Node& interface, std::string_view key, const config::Network* net,
               std::vector<IpPrefix>& to, Taken& taken, const Draft& draft) {
  const auto list = interface.at(key);
  if (!list) return;
  for (const Node& each : list->elements("a list of prefixes")) {
    const auto prefix = each.prefix();
    if (!prefix) continue;
    if (!prefix->base().is_v4())
      each.fault(to_text(*prefix) + " is IPv6, which is " + std::string{not_supported} + " here");
    else if (net != nullptr && gateway_address(net->subnets, prefix->base()))
      each.fault(to_text(prefix->base()) + " is the gateway's own address in " +
                 in_quotes(net->name) + "; choose another");
    else if (std::ranges::find(to, *prefix) != to.end())
      each.fault(to_text(*prefix) + " is in the list already; take it out");
    else if (net != nullptr)
      claim_shared(each, net->name, prefix->base(), key, taken, draft.faults);
    to.push_back(*prefix);
  }
}

// A machine is asked over IPv4, and answers where its default route leads: out of its first
// interface.
void read_health_checks(const Node& list, const Machine& machine, const config::Network* net,
                        Interface& interface, const Draft& draft) {
  std::vector<std::string> names;
  read_list(list, "a list of health checks", names,
            [&](const Node& n) { return reference(n, Kind::service_health_check, draft.names); });
  const auto& known = draft.scenario.health_checks;
  for (const std::string& name : names)
    if (const auto check = known.find(name); check != known.end())
      interface.health_checks.push_back(check->second);
  if (!machine.interfaces.empty())
    list.key_fault("a machine answers health checks on its first interface only; check " +
                   in_quotes(machine.interfaces.front().first));
  if (net != nullptr && net->forwarding == config::ForwardingMode::l2)
    list.key_fault(
        "network " + in_quotes(net->name) +
        " routes nothing, so nobody could answer; give it \"forwarding-mode\" \"l2_l3\"");
  if (ipv6_alone(interface, net))
    list.key_fault("health checks are made over IPv4; give the interface such an address");
}

void read_interface(const Node& node, Machine& machine, const std::string& owner, Taken& taken,
                    Draft& to) {
  constexpr std::size_t interface_name_max = 15;  // IFNAMSIZ of Linux, less the final zero
  if (!good_name(node.name(), interface_name_max))
    node.key_fault("interface name " + in_quotes(node.name()) +
                   " must be letters, digits, _ . - only and have at most 15 characters");
  if (!node.object(interface_keys)) return;
  Interface interface;
  const config::Network* net = read_network_of(node, interface, to);
  if (const auto at = node.at("instance-ip")) {
    interface.address = read_instance_ip(*at, net, taken, to).value_or(IpAddr{});
  } else if (net != nullptr && net->subnets.empty()) {
    node.fault("network " + in_quotes(net->name) +
               " has no subnet to take an address from; give it "
               "one");
  }
  if (const auto at = node.at("instance-ip6")) read_instance_ip6(*at, net, interface, taken, to);
  read_held(node, "allowed-address-pairs", net, interface.allowed_pairs, taken, to);
  read_held(node, "ecmp-addresses", net, interface.shared_addresses, taken, to);
  if (const auto list = node.at("ecmp-hashing-include-fields"))
    interface.hash_fields = read_hash_fields(*list);
  read_qos_reference(node, "qos-config", interface.qos_config, to);
  interface.mac = derived_mac(owner + '/' + node.name());
  take(node, "mac", interface.mac, &Node::mac);
  take(node, "mtu", interface.mtu, integer<576, 9'000>);
  const Node mac_node = node.at("mac").value_or(node);
  if (const auto [other, fresh] = to.macs_taken.emplace(interface.mac, mac_node.pointer()); !fresh)
    mac_node.fault("MAC " + to_text(interface.mac) + " is taken by " + other->second + " (" +
                   to.faults.place(other->second) + "); give each interface its own");
  if (const auto list = node.at("floating-ips"))
    for (const Node& floating : list->elements("a list of floating IPs"))
      read_floating(floating, interface, taken, to);
  if (const auto list = node.at("security-groups"))
    read_list(*list, "a list of security groups", interface.security_groups,
              [&](const Node& n) { return reference(n, Kind::security_group, to.names); });
  if (const auto list = node.at("service-health-checks"))
    read_health_checks(*list, machine, net, interface, to);
  machine.interfaces.emplace_back(node.name(), std::move(interface));
}

constexpr Key machine_keys[] = {{"virtual-router", Key::required},
                                {"interfaces", Key::required},
                                {"workload"},
                                {"command", Key::refused}};

void read_machine(const Node& node, Taken& taken, Draft& to) {
  if (!good_name(node.name(), 128))
    node.key_fault("name " + in_quotes(node.name()) +
                   " must be letters, digits, _ . - only, not start with . or -, and have at most "
                   "128 characters");
  if (!node.object(machine_keys)) return;
  Machine machine;
  take(node, "virtual-router", machine.virtual_router, &Node::text);
  if (const auto at = node.at("virtual-router");
      at && at->json().is_string() && !to.names.has(Kind::virtual_router, machine.virtual_router))
    at->fault(to.names.missing(Kind::virtual_router, machine.virtual_router));
  take(node, "workload", machine.workload,
       [](const Node& n) { return n.one_of<Workload>(workloads, workloads_refused); });
  if (const auto interfaces = node.at("interfaces")) {
    const auto all = interfaces->members("an object of interfaces by name");
    if (interfaces->json().is_object() && all.empty())
      interfaces->fault("a machine needs at least one interface");
    for (const Node& interface : all) read_interface(interface, machine, node.name(), taken, to);
  }
  to.scenario.machines.emplace_back(node.name(), std::move(machine));
}

}  // namespace

void read_machines(const Node& root, Draft& to) {
  Taken taken;
  const auto& networks = to.scenario.networks;
  for (std::size_t at = 0; at < networks.size(); ++at) to.network_at.emplace(networks[at].name, at);
  if (const auto node = root.at("virtual-machines"))
    for (const Node& machine : node->members("an object of machines by name"))
      read_machine(machine, taken, to);
}

}  // namespace tflab::scenario
