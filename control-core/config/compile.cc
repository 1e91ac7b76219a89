#include "control-core/config/compile.h"

#include <algorithm>

#include "control-core/config/names.h"

namespace tflab::config {
namespace {

bool names(const std::string& side, std::string_view network) {
  return side == "any" || side == network;
}

// Which side of the rule a network stands on does not matter: what passes one way is answered the
// other way, so both need each other's routes. Direction is for packets.
bool rule_joins(const PolicyRule& rule, std::string_view a, std::string_view b) {
  if (!rule.pass) return false;
  return (names(rule.src, a) && names(rule.dst, b)) || (names(rule.src, b) && names(rule.dst, a));
}

const Network* find(const Fabric& fabric, std::string_view name) {
  const auto at = std::ranges::find(fabric.networks, name, &Network::name);
  return at == fabric.networks.end() ? nullptr : &*at;
}

bool carries_rule_for(const Fabric& fabric, const Network& network, std::string_view other) {
  return std::ranges::any_of(network.policies, [&](const std::string& name) {
    const auto policy = fabric.policies.find(name);
    return policy != fabric.policies.end() &&
           std::ranges::any_of(policy->second.rules, [&](const PolicyRule& rule) {
             return rule_joins(rule, network.name, other);
           });
  });
}

bool connected(const Fabric& fabric, const Network& a, const Network& b) {
  return a.name != b.name && carries_rule_for(fabric, a, b.name) &&
         carries_rule_for(fabric, b, a.name);
}

void add(std::vector<RouteTarget>& to, const std::vector<RouteTarget>& more) {
  to.insert(to.end(), more.begin(), more.end());
}

void sort_unique(std::vector<RouteTarget>& targets) {
  std::ranges::sort(targets);
  targets.erase(std::unique(targets.begin(), targets.end()), targets.end());
}

Instance instance_of_network(const Network& network) {
  Instance out;
  out.name = instance_of(network.name);
  out.network = network.name;
  out.index = network.instance;
  out.network_id = network.network_id;
  add(out.imports, network.targets);
  add(out.imports, network.import_targets);
  add(out.exports, network.targets);
  add(out.exports, network.export_targets);
  sort_unique(out.exports);
  return out;
}

// A connected network's routes carry what it exports.
void connect(const Fabric& fabric, const Network& network, Instance& instance) {
  for (const Network& other : fabric.networks) {
    if (network.policies.empty()) break;  // nothing can connect it
    if (!connected(fabric, network, other)) continue;
    instance.connected.push_back(other.name);
    add(instance.imports, other.targets);
    add(instance.imports, other.export_targets);
  }
  std::ranges::sort(instance.connected);
  sort_unique(instance.imports);
}

Instance instance_of_vrf(const Vrf& vrf) {
  Instance out;
  out.name = vrf.name;
  out.index = vrf.instance;
  out.imports = vrf.import_targets;
  out.exports = vrf.export_targets;
  sort_unique(out.imports);
  sort_unique(out.exports);
  out.vrf = vrf;
  return out;
}

}  // namespace

bool connected(const Fabric& fabric, std::string_view a, std::string_view b) {
  const Network* left = find(fabric, a);
  const Network* right = find(fabric, b);
  return left && right && connected(fabric, *left, *right);
}

std::vector<Instance> compile(const Fabric& fabric) {
  std::vector<Instance> out(1);
  out.front().name = master_instance;
  for (const Network& network : fabric.networks) {
    out.push_back(instance_of_network(network));
    connect(fabric, network, out.back());
  }
  std::ranges::stable_sort(out, {}, &Instance::index);
  return out;
}

std::vector<Instance> compile(const ControlNode& node) {
  std::vector<Instance> out = compile(node.fabric);
  for (const Vrf& vrf : node.vrfs) out.push_back(instance_of_vrf(vrf));
  std::ranges::stable_sort(out, {}, &Instance::index);
  return out;
}

}  // namespace tflab::config
