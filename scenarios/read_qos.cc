// forwarding-classes and qos-configs: what packets are marked with, by what they came with.

#include <algorithm>
#include <charconv>

#include "control-core/base/text.h"
#include "scenarios/draft.h"
#include "scenarios/read_nodes.h"

namespace tflab::scenario {
namespace {

constexpr std::uint64_t most_dscp = 63, most_priority = 7, most_class = 255;

constexpr Key class_keys[] = {{"forwarding-class-id", Key::required},
                              {"forwarding-class-dscp"},
                              {"forwarding-class-vlan-priority"},
                              {"forwarding-class-mpls-exp"},
                              {"qos-queue"}};

void read_forwarding_class(const Node& node, Draft& to) {
  check_node_name(node);
  if (!node.object(class_keys)) return;
  config::ForwardingClass forwarding_class;
  forwarding_class.name = node.name();
  take(node, "forwarding-class-id", forwarding_class.id, integer<0, most_class>);
  take(node, "forwarding-class-dscp", forwarding_class.dscp, integer<0, most_dscp>);
  take(node, "forwarding-class-vlan-priority", forwarding_class.priority,
       integer<0, most_priority>);
  take(node, "forwarding-class-mpls-exp", forwarding_class.exp, integer<0, most_priority>);
  take(node, "qos-queue", forwarding_class.queue, integer<0, most_class>);
  auto& all = to.scenario.forwarding_classes;
  const auto same = std::ranges::find(all, forwarding_class.id, &config::ForwardingClass::id);
  if (same != all.end() && node.at("forwarding-class-id"))
    node.at("forwarding-class-id")
        ->fault("id " + std::to_string(forwarding_class.id) + " is " + in_quotes(same->name) +
                "'s already; choose another");
  all.push_back(std::move(forwarding_class));
}

std::optional<std::uint64_t> read_class_id(const Node& node, const Draft& to) {
  const auto id = node.integer(0, most_class);
  const auto& all = to.scenario.forwarding_classes;
  const auto has_it = [&](const config::ForwardingClass& each) { return each.id == *id; };
  if (id && std::ranges::none_of(all, has_it))
    node.fault("no forwarding class has the id " + std::to_string(*id));
  return id;
}

void read_entries(const Node& config, std::string_view key, std::uint64_t most,
                  std::vector<config::QosEntry>& entries, const Draft& to) {
  const auto list = config.at(key);
  if (!list) return;
  for (const Node& each : list->members("an object of forwarding-class ids by code")) {
    const std::string word = each.name();
    std::uint64_t code = 0;
    const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), code);
    const bool number =
        error == std::errc{} && end == word.data() + word.size() && std::to_string(code) == word;
    if (!number || code > most)
      each.key_fault(in_quotes(word) + " is not a code from 0 to " + std::to_string(most));
    if (const auto id = read_class_id(each, to))
      entries.push_back({static_cast<std::uint8_t>(code), static_cast<std::uint8_t>(*id)});
  }
}

constexpr Key config_keys[] = {{"qos-config-type"},
                               {"default-forwarding-class-id"},
                               {"dscp-entries"},
                               {"vlan-priority-entries"},
                               {"mpls-exp-entries"}};
constexpr Choice<config::QosScope> scopes[] = {{"project", config::QosScope::project},
                                               {"fabric", config::QosScope::fabric},
                                               {"vhost", config::QosScope::vhost}};

void read_qos_config(const Node& node, Draft& to) {
  check_full_name(node);
  if (!node.object(config_keys)) return;
  config::QosConfig config;
  config.name = full_name(node.name());
  take(node, "qos-config-type", config.scope,
       [](const Node& n) { return n.one_of<config::QosScope>(scopes); });
  take(node, "default-forwarding-class-id", config.default_class,
       [&](const Node& n) { return read_class_id(n, to); });
  read_entries(node, "dscp-entries", most_dscp, config.dscp, to);
  read_entries(node, "vlan-priority-entries", most_priority, config.priority, to);
  read_entries(node, "mpls-exp-entries", most_priority, config.exp, to);
  auto& all = to.scenario.qos_configs;
  for (const config::QosConfig& other : all) {
    if (other.name == config.name)
      node.key_fault(in_quotes(config.name) +
                     " is there already under its full name; take one out");
    else if (other.scope == config.scope && config.scope != config::QosScope::project)
      node.key_fault(in_quotes(other.name) + " is of this type already, and there is one of each");
  }
  all.push_back(std::move(config));
}

}  // namespace

void read_qos(const Node& root, Draft& to) {
  read_all(root, "forwarding-classes", to, read_forwarding_class);
  read_all(root, "qos-configs", to, read_qos_config);
}

void read_qos_reference(const Node& node, std::string_view key, std::string& name,
                        const Draft& to) {
  const auto at = node.at(key);
  const auto named = at ? reference(*at, Kind::qos_config, to.names) : std::nullopt;
  if (!named) return;
  name = *named;
  const auto& all = to.scenario.qos_configs;
  const auto found = std::ranges::find(all, name, &config::QosConfig::name);
  if (found != all.end() && found->scope != config::QosScope::project)
    at->fault(in_quotes(name) + " is for the node's own interfaces; name one of type \"project\"");
}

}  // namespace tflab::scenario
