#include "control-core/agent/flow_rules.h"

#include <algorithm>

#include "vrouter-core/wire/flow_key.h"

namespace tflab::agent {
namespace {

bool about(const config::Traffic& traffic, const vr::FlowKey& packet) {
  if (traffic.protocol && *traffic.protocol != packet.protocol) return false;
  if (!wire::has_ports(static_cast<wire::Protocol>(packet.protocol))) return true;
  return traffic.src_ports.covers(packet.src_port) && traffic.dst_ports.covers(packet.dst_port);
}

bool about_remote(const config::Fabric& fabric, const config::SecurityRule& rule,
                  const IpAddr& address, const GroupIds& groups) {
  if (rule.prefix) return rule.prefix->covers(address);
  if (rule.group.empty()) return true;
  const auto group = fabric.security_groups.find(rule.group);
  return group != fabric.security_groups.end() &&
         std::ranges::find(groups, group->second.id) != groups.end();
}

bool between(const config::PolicyRule& rule, const std::string& src, const std::string& dst) {
  const auto is = [](const std::string& end, const std::string& network) {
    return end == "any" || end == network;
  };
  return (is(rule.src, src) && is(rule.dst, dst)) ||
         (rule.both_ways && is(rule.src, dst) && is(rule.dst, src));
}

}  // namespace

GroupIds ids_of(const config::Fabric& fabric, const std::vector<std::string>& groups) {
  GroupIds ids;
  for (const std::string& name : groups) {
    const auto group = fabric.security_groups.find(name);
    if (group != fabric.security_groups.end()) ids.push_back(group->second.id);
  }
  std::ranges::sort(ids);
  return ids;
}

bool groups_allow(const config::Fabric& fabric, const std::vector<std::string>& groups,
                  bool ingress, const vr::FlowKey& packet, const GroupIds& remote) {
  if (groups.empty()) return true;
  const IpAddr& address = ingress ? packet.src : packet.dst;
  return std::ranges::any_of(groups, [&](const std::string& name) {
    const auto group = fabric.security_groups.find(name);
    if (group == fabric.security_groups.end()) return false;
    return std::ranges::any_of(group->second.rules, [&](const config::SecurityRule& rule) {
      return rule.ingress == ingress && about(rule.traffic, packet) &&
             about_remote(fabric, rule, address, remote);
    });
  });
}

PolicyAnswer policies_say(const config::Fabric& fabric, const std::string& network,
                          const std::string& src, const std::string& dst,
                          const vr::FlowKey& packet) {
  const auto it = std::ranges::find(fabric.networks, network, &config::Network::name);
  if (src == dst || src.empty() || dst.empty()) return {};
  if (it == fabric.networks.end() || it->policies.empty()) return {};
  for (const std::string& name : it->policies) {
    const auto policy = fabric.policies.find(name);
    if (policy == fabric.policies.end()) continue;
    for (const config::PolicyRule& rule : policy->second.rules)
      if (between(rule, src, dst) && about(rule.traffic, packet))
        return {rule.pass, rule.qos_config};
  }
  return {.pass = false};
}

bool judges_packets(const config::Fabric& fabric, const config::Network& network) {
  return std::ranges::any_of(network.policies, [&](const std::string& name) {
    const auto policy = fabric.policies.find(name);
    return policy != fabric.policies.end() &&
           std::ranges::any_of(policy->second.rules, [](const config::PolicyRule& rule) {
             return !rule.pass || !rule.both_ways || !rule.traffic.any() ||
                    !rule.qos_config.empty();
           });
  });
}

}  // namespace tflab::agent
