#include "control-core/agent/qos.h"

#include <algorithm>
#include <array>
#include <vector>

namespace tflab::agent {
namespace {

// Codes that nobody has named are in the class that is the configuration's default.
template <std::size_t n>
std::array<std::uint8_t, n> codes(const std::vector<config::QosEntry>& entries,
                                  std::uint8_t default_class) {
  std::array<std::uint8_t, n> classes;
  classes.fill(default_class);
  for (const config::QosEntry& entry : entries) classes.at(entry.code) = entry.forwarding_class;
  return classes;
}

vr::SetQosMap map_from(const config::QosConfig& config, std::uint16_t number) {
  return {.map = number,
          .dscp = codes<vr::dscp_codes>(config.dscp, config.default_class),
          .priority = codes<vr::priority_codes>(config.priority, config.default_class),
          .exp = codes<vr::priority_codes>(config.exp, config.default_class)};
}

}  // namespace

void Qos::bring_up(const config::Vrouter& config) {
  for (const config::ForwardingClass& each : config.forwarding_classes) {
    const vr::SetForwardingClass wanted{each.id, each.dscp, each.priority, each.exp, each.queue};
    const auto [it, is_new] = classes_.try_emplace(each.id, wanted);
    if (!is_new && it->second == wanted) continue;
    it->second = wanted;
    out_.program(wanted);
  }
  for (const config::QosConfig& each : config.qos_configs) {
    const auto [it, is_new] = maps_.try_emplace(each.name);
    const vr::SetQosMap wanted = map_from(each, is_new ? numbers_.take().raw() : it->second.map);
    if (!is_new && it->second == wanted) continue;
    it->second = wanted;
    out_.program(wanted);
  }
}

void Qos::take_down(const config::Vrouter& config) {
  const auto named = [](const auto& all, const auto& key, auto member) {
    return std::ranges::find(all, key, member) != all.end();
  };
  std::erase_if(maps_, [&](const auto& each) {
    if (named(config.qos_configs, each.first, &config::QosConfig::name)) return false;
    out_.program(vr::DeleteQosMap{each.second.map});
    numbers_.give(Number{each.second.map});
    return true;
  });
  std::erase_if(classes_, [&](const auto& each) {
    if (named(config.forwarding_classes, each.first, &config::ForwardingClass::id)) return false;
    out_.program(vr::DeleteForwardingClass{each.first});
    return true;
  });
}

std::uint16_t Qos::map_of(const std::string& name) const {
  const auto found = maps_.find(name);
  return found == maps_.end() ? std::uint16_t{0} : found->second.map;
}

std::string Qos::name_for(const config::Vrouter& config, config::QosScope scope) {
  const auto found = std::ranges::find(config.qos_configs, scope, &config::QosConfig::scope);
  return found == config.qos_configs.end() ? std::string{} : found->name;
}

}  // namespace tflab::agent
