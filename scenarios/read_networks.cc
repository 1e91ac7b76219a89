// virtual-networks.

#include <algorithm>

#include "control-core/base/text.h"
#include "control-core/config/names.h"
#include "scenarios/draft.h"

namespace tflab::scenario {
namespace {

constexpr Key network_keys[] = {{"subnets"},
                                {"route-targets"},
                                {"import-route-targets"},
                                {"export-route-targets"},
                                {"forwarding-mode"},
                                {"rpf"},
                                {"network-policies"},
                                {"provider-network"},
                                {"floating-ip-pools"},
                                {"virtual-network-network-id"},
                                {"ecmp-hashing-include-fields"},
                                {"qos-config"},
                                {"vxlan-network-identifier", Key::refused},
                                {"fabric-snat", Key::refused},
                                {"allow-transit", Key::refused},
                                {"external", Key::refused},
                                {"flood-unknown-unicast", Key::refused}};
constexpr Key pool_keys[] = {{"prefixes"}};
constexpr Choice<config::ForwardingMode> modes[] = {{"l2_l3", config::ForwardingMode::l2_l3},
                                                    {"l2", config::ForwardingMode::l2},
                                                    {"l3", config::ForwardingMode::l3}};
constexpr Choice<bool> rpf_words[] = {{"enable", true}, {"disable", false}};
constexpr Choice<HashField> hash_words[] = {{"source-ip", hash_src_ip},
                                            {"destination-ip", hash_dst_ip},
                                            {"ip-protocol", hash_protocol},
                                            {"source-port", hash_src_port},
                                            {"destination-port", hash_dst_port}};

void check_overlap(const Node& list, const std::vector<IpPrefix>& prefixes) {
  for (std::size_t i = 0; i < prefixes.size(); ++i)
    for (std::size_t j = 0; j < i; ++j)
      if (prefixes[i].covers(prefixes[j]) || prefixes[j].covers(prefixes[i]))
        list.fault("subnets " + to_text(prefixes[j]) + " and " + to_text(prefixes[i]) + " overlap");
}

void read_pools(const Node& node, const std::string& network_name, Draft& to) {
  for (const Node& member : node.members("an object of floating-ip pools by name")) {
    if (!good_name(member.name(), 100))
      member.key_fault("name " + in_quotes(member.name()) + " must be letters, digits, _ . - only");
    if (!member.object(pool_keys)) continue;
    Pool pool{network_name, member.name(), {}};
    if (const auto list = member.at("prefixes"))
      read_list(*list, "a list of prefixes", pool.prefixes, &Node::prefix);
    to.pools.push_back(std::move(pool));
  }
}

void read_provider(const Node& node, config::Network& net, const Names& names, bool fabric_known) {
  const auto name = reference(node, Kind::virtual_network, names);
  if (!name) return;
  if (*name != config::ip_fabric)
    node.fault("a provider network other than " + in_quotes(config::ip_fabric) + " is " +
               std::string{not_supported});
  else if (net.name == config::ip_fabric)
    node.fault("ip-fabric cannot be its own provider network");
  else if (!fabric_known)
    node.fault(
        "vRouters that do not know ip-fabric (\"vhost0-in-ip-fabric\": false) cannot "
        "forward for it");
  net.provider_network = *name;
}

void read_network_id(const Node& node, config::Network& net) {
  // 24 bits: the automatic VNI is this number (RFC 7348 section 5). Built-in networks have 1 to 3.
  const auto id = node.integer(1, 0xffffff);
  if (!id) return;
  if (net.instance != 0) {
    if (*id != net.network_id) node.fault("the id of a built-in network cannot be changed");
  } else if (*id < 4) {
    node.fault("ids 1 to 3 belong to the built-in networks; use 4 or more");
  } else {
    net.instance = net.network_id = static_cast<std::uint32_t>(*id);
  }
}

// The index comes first in the node's life, so that a fault elsewhere does not shift others.
void check_id_free(const Node& node, const config::Network& net, const Scenario& scenario) {
  if (net.instance == 0) return;
  for (const config::Network& other : scenario.networks)
    if (other.instance == net.instance && other.name != net.name)
      node.fault("id " + std::to_string(net.instance) + " is taken by " + in_quotes(other.name));
}

void read_targets(const Node& node, config::Network& net) {
  const auto list = [&](std::string_view key, std::vector<RouteTarget>& into) {
    if (const auto value = node.at(key))
      read_list(*value, "a list of route targets", into, &Node::target);
  };
  list("route-targets", net.targets);
  list("import-route-targets", net.import_targets);
  list("export-route-targets", net.export_targets);
}

config::Network& slot_of(const std::string& name, Scenario& scenario) {
  for (config::Network& net : scenario.networks)
    if (net.name == name) return net;
  scenario.networks.emplace_back();
  scenario.networks.back().name = name;
  return scenario.networks.back();
}

void read_network(const Node& node, std::set<std::string>& seen, Draft& to) {
  check_full_name(node);
  const std::string name = full_name(node.name());
  if (!seen.insert(name).second)
    node.key_fault("this network is there already under its other name; keep one of them");
  if (!node.object(network_keys)) return;
  config::Network& net = slot_of(name, to.scenario);
  if (const auto list = node.at("subnets")) {
    read_list(*list, "a list of prefixes", net.subnets, &Node::prefix);
    check_overlap(*list, net.subnets);
  }
  read_targets(node, net);
  take(node, "forwarding-mode", net.forwarding,
       [](const Node& n) { return n.one_of<config::ForwardingMode>(modes); });
  take(node, "rpf", net.rpf, [](const Node& n) { return n.one_of<bool>(rpf_words); });
  if (const auto list = node.at("ecmp-hashing-include-fields"))
    net.hash_fields = read_hash_fields(*list);
  read_qos_reference(node, "qos-config", net.qos_config, to);
  if (const auto list = node.at("network-policies"))
    read_list(*list, "a list of network policies", net.policies,
              [&](const Node& n) { return reference(n, Kind::network_policy, to.names); });
  if (const auto provider = node.at("provider-network"))
    read_provider(*provider, net, to.names, to.scenario.vhost0_in_ip_fabric);
  if (const auto pools = node.at("floating-ip-pools")) read_pools(*pools, name, to);
  if (const auto id = node.at("virtual-network-network-id")) {
    read_network_id(*id, net);
    check_id_free(*id, net, to.scenario);
  }
}

// What every cluster of the original has before anybody configures anything; indices and ids are
// those the quick-start's route targets and tags show.
void add_built_in(Scenario& scenario) {
  const auto add = [&](std::string_view name, std::uint32_t instance, std::uint32_t id) {
    config::Network& net = slot_of(std::string{name}, scenario);
    net.instance = instance;
    net.network_id = id;
  };
  add(config::ip_fabric, 1, 2);
  add(config::default_network, 2, 1);
  add(config::link_local, 3, 3);
}

}  // namespace

std::uint8_t read_hash_fields(const Node& node) {
  std::vector<HashField> fields;
  read_list(node, "a list of fields", fields,
            [](const Node& n) { return n.one_of<HashField>(hash_words); });
  if (fields.empty() && node.json().is_array() && node.json().empty())
    node.fault("name at least one field; all five are used when the key is absent");
  std::uint8_t bits = 0;
  for (const HashField field : fields) bits |= field;
  return bits;
}

void read_networks(const Node& root, Draft& to) {
  add_built_in(to.scenario);
  std::set<std::string> seen;
  if (const auto node = root.at("virtual-networks"))
    for (const Node& net : node->members("an object of networks by name"))
      read_network(net, seen, to);
}

}  // namespace tflab::scenario
