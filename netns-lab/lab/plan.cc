#include "netns-lab/lab/plan.h"

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <stdexcept>

#include "control-core/base/text.h"
#include "netns-lab/host/names.h"
#include "scenarios/derive.h"
#include "scenarios/lab.h"

namespace tflab::netns {
namespace {

using scenario::NodeRef;
using scenario::Scenario;

constexpr std::string_view underlay = "underlay";
constexpr std::string_view bridge = "br0";

struct KindName {
  NodeRef::Kind kind;
  std::string_view name;
};
constexpr std::array<KindName, 5> kinds{{{NodeRef::control_node, "bgp-router"},
                                         {NodeRef::vrouter, "virtual-router"},
                                         {NodeRef::machine, "virtual-machine"},
                                         {NodeRef::host, "host"},
                                         {NodeRef::router, "physical-router"}}};

std::string key(NodeRef::Kind kind, const std::string& name) {
  return key_of({kind, name});
}

// Gives every node the shortest name that is still free: web1.example.org is web1 unless web1 is
// somebody else. Nodes that had a name keep it.
class Names {
public:
  Names(const std::string& lab, const Plan& before) : prefix_{std::string{mark} + lab + "-"} {
    for (const Space& space : before) {
      given_[space.node] = space.name;
      taken_.insert(space.name);
    }
    taken_.insert(prefix_ + std::string{underlay});
  }

  std::string of(const std::string& node) {
    if (node == underlay) return prefix_ + std::string{underlay};
    if (const auto known = given_.find(node); known != given_.end()) return known->second;
    const auto colon = node.find(':');
    const std::string kind = node.substr(0, colon), full = node.substr(colon + 1);
    for (const std::string& wish : {short_name(full), full, full + "-" + kind})
      if (plain_name(wish) && taken_.insert(prefix_ + wish).second)
        return given_[node] = prefix_ + wish;
    throw std::runtime_error{"cannot name a network namespace for " + node};
  }

private:
  std::string prefix_;
  std::map<std::string, std::string> given_;
  std::set<std::string> taken_;
};

std::string with_length(const IpAddr& address, unsigned length) {
  return to_text(address) + "/" + std::to_string(length);
}

class Planner {
public:
  Planner(const Scenario& scenario, const std::string& lab, const Files& files, const Plan& before)
      : scenario_{scenario}, files_{files}, names_{lab, before} {}

  Plan make() {
    add_underlay();
    for (const auto& [name, router] : scenario_.bgp_routers) add_speaker(name, router);
    for (const auto& [name, host] : scenario_.hosts) add_host(name, host);
    for (const auto& [name, router] : scenario_.virtual_routers) add_vrouter(name, router);
    for (const auto& [name, machine] : scenario_.machines) add_machine(name, machine);
    return std::move(plan_);
  }

private:
  void add_underlay() {
    Space space{.node = std::string{underlay}, .name = names_.of(std::string{underlay})};
    space.setup = {"link add " + std::string{bridge} + " mtu " +
                       std::to_string(scenario_.link.mtu) +
                       " type bridge stp_state 0 mcast_snooping 0 forward_delay 0",
                   "link set " + std::string{bridge} + " up"};
    underlay_space_ = space.name;
    plan_.push_back(std::move(space));
  }

  Wire uplink_of(const std::string& node) const {
    return {.device = std::string{uplink},
            .far_space = underlay_space_,
            .far_device = link_name("port-", node),
            .bridged = true,
            .mtu = scenario_.link.mtu};
  }

  Space stack_node(const std::string& node, Ip4 address) {
    Space space{.node = node, .name = names_.of(node)};
    space.wires = {uplink_of(node)};
    space.setup = {"addr add " + with_length(address, scenario_.underlay_length) + " dev eth0",
                   "link set eth0 up"};
    return space;
  }

  std::vector<std::string> daemon(const char* program, const std::string& name) const {
    return {program, "--config", files_.scenario, "--clock", files_.clock, "--node", name};
  }

  void add_speaker(const std::string& name, const scenario::BgpRouter& router) {
    Space space = stack_node(key_of(scenario::speaker(scenario_, name)), router.address);
    const auto* physical = find(scenario_.physical_routers, name);
    const bool foreign = physical && physical->make == scenario::RouterMake::gobgp;
    space.program = daemon(foreign ? "tflab-gobgp" : "tflab-control", name);
    space.http = router.introspect_port;
    by_address_[router.address] = plan_.size();
    plan_.push_back(std::move(space));
  }

  // A host with a control node's address is the same machine, and only brings its routes.
  void add_host(const std::string& name, const scenario::PlainHost& host) {
    auto [at, made] = by_address_.try_emplace(host.address, plan_.size());
    if (made) plan_.push_back(stack_node(key(NodeRef::host, name), host.address));
    if (made) plan_.back().program = program_of(host.workload);
    for (const auto& [prefix, gateway] : host.routes)
      plan_[at->second].routes.push_back(to_text(prefix) + " via " + to_text(gateway));
  }

  void add_vrouter(const std::string& name, const scenario::VirtualRouter& router) {
    const std::string node = key(NodeRef::vrouter, name);
    Space space{.node = node, .name = names_.of(node)};
    Wire fabric = uplink_of(node);
    fabric.bare = true;
    const Wire host{.device = std::string{host_device},
                    .mac = to_text(router.mac),
                    .far_space = space.name,
                    .far_device = std::string{host_port},
                    .mtu = scenario_.link.mtu};
    space.wires = {fabric, host};
    space.setup = {
        "addr add " + with_length(router.address, scenario_.underlay_length) + " dev vhost0",
        "link set vhost0 up"};
    if (router.gateway) space.routes = {"default via " + to_text(*router.gateway)};
    space.program = daemon("tflab-vrouter", name);
    space.http = vrouter_http;
    vrouter_space_[name] = space.name;
    plan_.push_back(std::move(space));
  }

  void add_machine(const std::string& name, const scenario::Machine& machine) {
    const std::string node = key(NodeRef::machine, name);
    Space space{.node = node, .name = names_.of(node)};
    for (const auto& [device, interface] : machine.interfaces) {
      if (!device_name(device))
        throw std::runtime_error{"cannot make an interface called \"" + device + "\" in " + name};
      space.wires.push_back({.device = device,
                             .mac = to_text(interface.mac),
                             .far_space = vrouter_space_.at(machine.virtual_router),
                             .far_device = tap_name(name + "/" + device),
                             .mtu = scenario::mtu_of(scenario_, interface)});
      address_interface(space, device, interface);
    }
    space.program = program_of(machine.workload);
    plan_.push_back(std::move(space));
  }

  // One default route a machine and version, by its first interface.
  void address_interface(Space& space, const std::string& device,
                         const scenario::Interface& interface) const {
    const std::string dev = " dev " + device;
    const auto addresses = scenario::addresses_of(scenario_, interface);
    for (const scenario::OnLink& at : addresses) {
      space.ipv6 |= !at.address.is_v4();
      space.setup.push_back("addr add " + with_length(at.address, at.length) + dev +
                            (at.address.is_v4() ? "" : " nodad"));
    }
    space.setup.push_back("link set " + device + " up");
    if (space.wires.size() != 1) return;
    for (const scenario::OnLink& at : addresses) {
      if (at.beside) continue;
      const std::string via = at.gateway ? " via " + to_text(*at.gateway) : std::string{};
      space.setup.push_back((at.address.is_v4() ? "route add default" : "route add ::/0") + via +
                            dev);
    }
  }

  static std::vector<std::string> program_of(scenario::Workload workload) {
    const std::string port = std::to_string(echo_port);
    if (workload == scenario::Workload::udp_echo) return {"tflab-echo", "--udp", port};
    if (workload == scenario::Workload::tcp_echo) return {"tflab-echo", "--tcp", port};
    return {};
  }

  const Scenario& scenario_;
  Files files_;
  Names names_;
  Plan plan_;
  std::string underlay_space_;
  std::map<Ip4, std::size_t> by_address_;
  std::map<std::string, std::string> vrouter_space_;
};

bool rebuilt(const Space& before, const Space& after) {
  Space same = before;
  same.routes = after.routes;
  return same != after;
}

bool wired_to(const Space& space, const std::set<std::string>& names) {
  return std::ranges::any_of(space.wires, [&](const Wire& wire) {
    return wire.far_space != space.name && names.contains(wire.far_space);
  });
}

}  // namespace

std::string key_of(const NodeRef& node) {
  return std::string{kinds[node.kind].name} + ":" + node.name;
}

std::optional<NodeRef> node_of(const std::string& key) {
  const auto colon = key.find(':');
  for (const KindName& row : kinds)
    if (colon != key.npos && key.substr(0, colon) == row.name)
      return NodeRef{row.kind, key.substr(colon + 1)};
  return {};
}

Plan plan(const Scenario& scenario, const std::string& lab, const Files& files,
          const Plan& before) {
  return Planner{scenario, lab, files, before}.make();
}

Spaces all_of(const Plan& plan) {
  Spaces all;
  for (const Space& space : plan) all.push_back(&space);
  return all;
}

const Space* find(const Plan& plan, const std::string& node) {
  const auto at = std::ranges::find(plan, node, &Space::node);
  return at == plan.end() ? nullptr : &*at;
}

const Space* look_up(const Plan& plan, const std::string& name) {
  const auto matches = [&](auto wanted) {
    const auto at = std::ranges::find_if(plan, [&](const Space& space) {
      return wanted(space.node.substr(space.node.find(':') + 1), space);
    });
    return at == plan.end() ? nullptr : &*at;
  };
  if (const Space* exact = find(plan, name)) return exact;
  if (const Space* full = matches([&](const std::string& node, auto&) { return node == name; }))
    return full;
  return matches([&](const std::string& node, const Space& space) {
    return short_name(node) == name || space.name == name;
  });
}

const Space* space_called(const Plan& plan, const Scenario& scenario, const std::string& name) {
  if (const Space* space = look_up(plan, name)) return space;
  const auto colon = name.find(':');
  const auto* host = find(scenario.hosts, name.substr(colon == name.npos ? 0 : colon + 1));
  if (!host) return nullptr;
  for (const auto& [router, settings] : scenario.bgp_routers)
    if (settings.address == host->address)
      return find(plan, key_of(scenario::speaker(scenario, router)));
  return nullptr;
}

Difference difference(const Plan& before, const Plan& after) {
  Difference difference;
  std::set<std::string> touched;  // namespaces made anew
  for (const Space& space : after) {
    const Space* old = find(before, space.node);
    if (!old || rebuilt(*old, space) || wired_to(space, touched)) {
      difference.made.push_back(&space);
      touched.insert(space.name);
    } else if (old->routes != space.routes) {
      difference.rerouted.push_back(&space);
    }
  }
  for (const Space& space : before)
    if (!find(after, space.node) || touched.contains(space.name)) difference.gone.push_back(&space);
  return difference;
}

}  // namespace tflab::netns
