// network-policies and security-groups: who may talk to whom about what.

#include <charconv>

#include "control-core/base/text.h"
#include "scenarios/draft.h"

namespace tflab::scenario {
namespace {

constexpr Choice<int> protocols[] = {{"any", -1}, {"icmp", 1},   {"tcp", 6},
                                     {"udp", 17}, {"icmp6", 58}, {"sctp", 132}};

void read_protocol(const Node& node, std::optional<std::uint8_t>& into) {
  const auto number =
      node.json().is_string() ? std::optional<std::uint64_t>{} : node.integer(1, 255);
  if (number) into = static_cast<std::uint8_t>(*number);
  if (!node.json().is_string()) return;
  const auto word = node.one_of<int>(protocols);
  if (word && *word >= 0) into = static_cast<std::uint8_t>(*word);
}

std::optional<std::uint16_t> port(std::string_view text) {
  std::uint16_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return {};
  return value;
}

// "any", "80" or "8000-8999".
void read_ports(const Node& node, config::PortRange& into) {
  const auto word = node.text();
  if (!word || *word == "any") return;
  const auto dash = word->find('-');
  const auto first = port(word->substr(0, dash));
  const auto last = dash == std::string::npos ? first : port(word->substr(dash + 1));
  if (!first || !last || *first > *last)
    return node.fault("expected \"any\", a port or a range of ports like \"8000-8999\"");
  into = {*first, *last};
}

config::Traffic read_traffic(const Node& rule) {
  config::Traffic traffic;
  if (const auto node = rule.at("protocol")) read_protocol(*node, traffic.protocol);
  if (const auto node = rule.at("src-ports")) read_ports(*node, traffic.src_ports);
  if (const auto node = rule.at("dst-ports")) read_ports(*node, traffic.dst_ports);
  return traffic;
}

constexpr Key rules_keys[] = {{"rules"}};
constexpr Key policy_rule_keys[] = {{"simple-action", Key::required},
                                    {"direction"},
                                    {"protocol"},
                                    {"src"},
                                    {"dst"},
                                    {"src-ports"},
                                    {"dst-ports"},
                                    {"qos-action"},
                                    {"ethertype", Key::refused},
                                    {"apply-service", Key::refused},
                                    {"mirror-to", Key::refused}};
constexpr Choice<bool> actions[] = {{"pass", true}, {"deny", false}};
enum class Direction : std::uint8_t { both, forward, backward };
constexpr Choice<Direction> directions[] = {
    {"<>", Direction::both}, {">", Direction::forward}, {"<", Direction::backward}};

void read_end(const Node& rule, std::string_view key, std::string& end, const Names& names) {
  end = "any";
  const auto node = rule.at(key);
  if (!node || node->json() == "any") return;
  if (const auto name = reference(*node, Kind::virtual_network, names)) end = *name;
}

void read_policy_rule(const Node& node, config::Policy& policy, const Draft& to) {
  if (!node.object(policy_rule_keys)) return;
  config::PolicyRule rule;
  Direction direction = Direction::both;
  take(node, "simple-action", rule.pass, [](const Node& n) { return n.one_of<bool>(actions); });
  take(node, "direction", direction, [](const Node& n) { return n.one_of<Direction>(directions); });
  rule.traffic = read_traffic(node);
  read_end(node, "src", rule.src, to.names);
  read_end(node, "dst", rule.dst, to.names);
  read_qos_reference(node, "qos-action", rule.qos_config, to);
  if (const auto action = node.at("qos-action"); action && !rule.pass)
    action->fault("what is denied is not marked; take it out or let the rule pass");
  if (direction == Direction::backward) {
    std::swap(rule.src, rule.dst);
    std::swap(rule.traffic.src_ports, rule.traffic.dst_ports);
  }
  rule.both_ways = direction == Direction::both;
  policy.rules.push_back(std::move(rule));
}

void read_policy(const Node& node, Draft& to) {
  check_full_name(node);
  if (!node.object(rules_keys)) return;
  config::Policy policy;
  if (const auto rules = node.at("rules"))
    for (const Node& rule : rules->elements("a list of rules")) read_policy_rule(rule, policy, to);
  if (!to.scenario.policies.emplace(full_name(node.name()), std::move(policy)).second)
    node.key_fault("this policy is there already under its other name; keep one of them");
}

constexpr Key group_keys[] = {{"rules"}, {"security-group-id"}};
constexpr Key group_rule_keys[] = {{"src", Key::required}, {"dst", Key::required},
                                   {"protocol"},           {"src-ports"},
                                   {"dst-ports"},          {"ethertype", Key::refused}};

// The end that is not "local": a prefix, a security group, or any.
void read_remote(const Node& node, config::SecurityRule& rule, const Names& names) {
  const auto word = node.text();
  if (!word || *word == "any") return;
  if (word->find('/') != std::string::npos)
    rule.prefix = node.prefix();
  else if (const auto group = reference(node, Kind::security_group, names))
    rule.group = *group;
}

// As in the original: one end of a rule is "local", which is the interface.
void read_group_rule(const Node& node, config::SecurityGroup& group, const Names& names) {
  if (!node.object(group_rule_keys)) return;
  const auto src = node.at("src"), dst = node.at("dst");
  if (!src || !dst) return;
  const bool from_here = src->json() == "local", to_here = dst->json() == "local";
  if (from_here == to_here)
    return node.fault("one of \"src\" and \"dst\" must be \"local\", which is the interface");
  config::SecurityRule rule;
  rule.ingress = to_here;
  rule.traffic = read_traffic(node);
  read_remote(to_here ? *src : *dst, rule, names);
  group.rules.push_back(std::move(rule));
}

void read_group(const Node& node, std::set<std::uint32_t>& taken, Draft& to) {
  check_full_name(node);
  if (!node.object(group_keys)) return;
  config::SecurityGroup group;
  if (const auto rules = node.at("rules"))
    for (const Node& rule : rules->elements("a list of rules"))
      read_group_rule(rule, group, to.names);
  take(node, "security-group-id", group.id, integer<1, 0xffffffff>);
  if (group.id != 0 && !taken.insert(group.id).second)
    node.at("security-group-id")->fault("another security group has this id");
  if (!to.scenario.security_groups.emplace(full_name(node.name()), std::move(group)).second)
    node.key_fault("this security group is there already under its other name; keep one of them");
}

}  // namespace

void check_full_name(const Node& node) {
  if (!good_full_name(node.name()))
    node.key_fault("name " + in_quotes(node.name()) +
                   " must be a name or domain:project:name of letters, digits, _ . - only");
}

std::optional<std::string> reference(const Node& node, Kind kind, const Names& names) {
  const auto word = node.text();
  if (!word) return {};
  std::string full = full_name(*word);
  if (names.has(kind, full)) return full;
  node.fault(names.missing(kind, full));
  return {};
}

void read_policies(const Node& root, Draft& to) {
  if (const auto node = root.at("network-policies"))
    for (const Node& policy : node->members("an object of policies by name"))
      read_policy(policy, to);
  std::set<std::uint32_t> taken;
  if (const auto node = root.at("security-groups"))
    for (const Node& group : node->members("an object of security groups by name"))
      read_group(group, taken, to);
}

}  // namespace tflab::scenario
