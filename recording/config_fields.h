#pragma once
// What nodes are told, as JSON: the configuration in a recording is the node's own value, whatever
// file or event it was derived from.

#include "control-core/config/model.h"
#include "recording/value.h"

namespace tflab::recording {

template <>
struct Names<config::ForwardingMode> {
  using enum config::ForwardingMode;
  static constexpr NameOf<config::ForwardingMode> list[] = {
      {l2_l3, "l2_l3"}, {l2, "l2"}, {l3, "l3"}};
};

template <>
struct Names<config::TargetFiltering> {
  using enum config::TargetFiltering;
  static constexpr NameOf<config::TargetFiltering> list[] = {
      {off, "off"}, {outbound_only, "outbound-only"}, {rfc4684, "rfc4684"}};
};

template <>
struct Names<config::QosScope> {
  using enum config::QosScope;
  static constexpr NameOf<config::QosScope> list[] = {
      {project, "project"}, {fabric, "fabric"}, {vhost, "vhost"}};
};

template <>
struct Names<PrivateAs> {
  using enum PrivateAs;
  static constexpr NameOf<PrivateAs> list[] = {{kept, "keep"},
                                               {removed, "remove"},
                                               {all_removed, "remove-all"},
                                               {all_replaced, "replace-all"}};
};

// clang-format off
template <> struct Fields<Rewriting> {
  using T = Rewriting;
  static constexpr std::tuple list{
      Field{"as_override", &T::as_override}, Field{"private_as", &T::private_as},
      Field{"encaps", &T::encaps}};
};
template <> struct Fields<config::Vrf> {
  using T = config::Vrf;
  static constexpr std::tuple list{
      Key{"name", &T::name}, Field{"instance", &T::instance}, Field{"rd", &T::rd},
      Field{"import_targets", &T::import_targets}, Field{"export_targets", &T::export_targets},
      Field{"prefixes", &T::prefixes}, Field{"next_hop", &T::next_hop}, Field{"label", &T::label},
      Field{"vni", &T::vni}, Field{"mac", &T::mac}};
};
template <> struct Fields<config::Network> {
  using T = config::Network;
  static constexpr std::tuple list{
      Key{"name", &T::name}, Field{"instance", &T::instance}, Field{"network_id", &T::network_id},
      Field{"subnets", &T::subnets}, Field{"targets", &T::targets},
      Field{"import_targets", &T::import_targets}, Field{"export_targets", &T::export_targets},
      Field{"forwarding", &T::forwarding}, Field{"provider_network", &T::provider_network},
      Field{"rpf", &T::rpf}, Field{"policies", &T::policies},
      Flags{"hash_fields", &T::hash_fields, std::span<const Bit>{hash_field_bits}},
      Field{"qos_config", &T::qos_config}, Field{"routes_between", &T::routes_between}};
};
template <> struct Fields<config::PortRange> {
  static constexpr std::tuple list{Field{"first", &config::PortRange::first}, Field{"last", &config::PortRange::last}};
};
template <> struct Fields<config::Traffic> {
  using T = config::Traffic;
  static constexpr std::tuple list{Field{"protocol", &T::protocol}, Field{"src_ports", &T::src_ports},
                                   Field{"dst_ports", &T::dst_ports}};
};
template <> struct Fields<config::PolicyRule> {
  using T = config::PolicyRule;
  static constexpr std::tuple list{Field{"pass", &T::pass}, Field{"both_ways", &T::both_ways},
                                   Field{"src", &T::src}, Field{"dst", &T::dst},
                                   Field{"traffic", &T::traffic}, Field{"qos_config", &T::qos_config}};
};
template <> struct Fields<config::Policy> {
  static constexpr std::tuple list{Field{"rules", &config::Policy::rules}};
};
template <> struct Fields<config::SecurityRule> {
  using T = config::SecurityRule;
  static constexpr std::tuple list{Field{"ingress", &T::ingress}, Field{"traffic", &T::traffic},
                                   Field{"prefix", &T::prefix}, Field{"group", &T::group}};
};
template <> struct Fields<config::SecurityGroup> {
  using T = config::SecurityGroup;
  static constexpr std::tuple list{Field{"id", &T::id}, Field{"rules", &T::rules}};
};
template <> struct Fields<config::GracefulRestart> {
  using T = config::GracefulRestart;
  static constexpr std::tuple list{
      Field{"enable", &T::enable}, Field{"restart_time", &T::restart_time},
      Field{"long_lived_restart_time", &T::long_lived_restart_time},
      Field{"end_of_rib_timeout", &T::end_of_rib_timeout}, Field{"bgp_helper", &T::bgp_helper},
      Field{"xmpp_helper", &T::xmpp_helper}};
};
template <> struct Fields<config::Fabric> {
  using T = config::Fabric;
  static constexpr std::tuple list{Field{"autonomous_system", &T::autonomous_system},
                                   Field{"graceful_restart", &T::graceful_restart},
                                   Field{"networks", &T::networks}, Field{"policies", &T::policies},
                                   Field{"security_groups", &T::security_groups}};
};
template <> struct Fields<Endpoint> {
  static constexpr std::tuple list{Key{"address", &Endpoint::address}, Key{"port", &Endpoint::port}};
};
template <> struct Fields<config::PeerTerms> {
  using T = config::PeerTerms;
  static constexpr std::tuple list{
      Field{"as", &T::as}, Field{"families", &T::families}, Field{"hold", &T::hold},
      Field{"delay_open", &T::delay_open}, Field{"prefix_limit", &T::prefix_limit},
      Field{"route_reflector_client", &T::route_reflector_client},
      Field{"rewriting", &T::rewriting}, Secret{"md5_key", &T::md5_key},
      Field{"ttl_security", &T::ttl_security}, Field{"multihop_ttl", &T::multihop_ttl}};
};
template <> struct Fields<config::BgpPeer> {
  using T = config::BgpPeer;
  static constexpr std::tuple list{
      Inherited<config::PeerTerms>{}, Key{"name", &T::name}, Field{"address", &T::address},
      Field{"port", &T::port}, Field{"local_address", &T::local_address}, Field{"passive", &T::passive}};
};
template <> struct Fields<config::PeerRange> {
  using T = config::PeerRange;
  static constexpr std::tuple list{Inherited<config::PeerTerms>{}, Key{"prefix", &T::prefix},
                                   Field{"limit", &T::limit}};
};
template <> struct Fields<config::ControlNode> {
  using T = config::ControlNode;
  static constexpr std::tuple list{
      Key{"name", &T::name}, Field{"address", &T::address}, Field{"router_id", &T::router_id},
      Field{"as", &T::as}, Field{"bgp_port", &T::bgp_port}, Field{"xmpp_port", &T::xmpp_port},
      Field{"bgp_hold", &T::bgp_hold}, Field{"xmpp_hold", &T::xmpp_hold},
      Field{"cluster_id", &T::cluster_id}, Field{"bgp_listen", &T::bgp_listen},
      Field{"peers", &T::peers}, Field{"peer_ranges", &T::peer_ranges},
      Field{"agents", &T::agents}, Field{"target_filtering", &T::target_filtering},
      Field{"vrfs", &T::vrfs}, Field{"fabric", &T::fabric}};
};
template <> struct Fields<config::PortMapping> {
  using T = config::PortMapping;
  static constexpr std::tuple list{Field{"protocol", &T::protocol}, Field{"port", &T::port},
                                   Field{"machine_port", &T::machine_port}};
};
template <> struct Fields<config::FloatingIp> {
  using T = config::FloatingIp;
  static constexpr std::tuple list{Field{"address", &T::address}, Field{"network", &T::network},
                                   Field{"ingress", &T::ingress}, Field{"egress", &T::egress},
                                   Field{"port_mappings", &T::port_mappings}};
};
template <> struct Fields<config::HealthCheck> {
  using T = config::HealthCheck;
  static constexpr std::tuple list{Key{"name", &T::name}, Field{"delay", &T::delay},
                                   Field{"timeout", &T::timeout},
                                   Field{"max_retries", &T::max_retries}};
};
template <> struct Fields<config::Port> {
  using T = config::Port;
  static constexpr std::tuple list{
      Key{"name", &T::name}, Field{"machine", &T::machine}, Field{"network", &T::network},
      Field{"mac", &T::mac}, Field{"address", &T::address}, Field{"floating_ips", &T::floating_ips},
      Field{"security_groups", &T::security_groups}, Field{"address6", &T::address6},
      Field{"allowed_pairs", &T::allowed_pairs},
      Field{"shared_addresses", &T::shared_addresses},
      Flags{"hash_fields", &T::hash_fields, std::span<const Bit>{hash_field_bits}},
      Field{"health_checks", &T::health_checks}, Field{"qos_config", &T::qos_config}};
};
template <> struct Fields<config::ForwardingClass> {
  using T = config::ForwardingClass;
  static constexpr std::tuple list{Key{"name", &T::name}, Field{"id", &T::id}, Field{"dscp", &T::dscp},
                                   Field{"priority", &T::priority}, Field{"exp", &T::exp},
                                   Field{"queue", &T::queue}};
};
template <> struct Fields<config::QosEntry> {
  using T = config::QosEntry;
  static constexpr std::tuple list{Key{"code", &T::code}, Key{"class", &T::forwarding_class}};
};
template <> struct Fields<config::QosConfig> {
  using T = config::QosConfig;
  static constexpr std::tuple list{
      Key{"name", &T::name}, Field{"scope", &T::scope}, Field{"default_class", &T::default_class},
      Field{"dscp", &T::dscp}, Field{"priority", &T::priority}, Field{"exp", &T::exp}};
};
template <> struct Fields<config::LinkLocalService> {
  using T = config::LinkLocalService;
  static constexpr std::tuple list{
      Key{"name", &T::name}, Field{"address", &T::address}, Field{"port", &T::port},
      Field{"fabric_addresses", &T::fabric_addresses}, Field{"fabric_port", &T::fabric_port}};
};
template <> struct Fields<config::Vrouter> {
  using T = config::Vrouter;
  static constexpr std::tuple list{
      Key{"name", &T::name}, Field{"address", &T::address}, Field{"prefix_length", &T::prefix_length},
      Field{"gateway", &T::gateway}, Field{"mac", &T::mac}, Field{"mtu", &T::mtu},
      Field{"control_nodes", &T::control_nodes}, Field{"xmpp_port", &T::xmpp_port},
      Field{"xmpp_hold", &T::xmpp_hold}, Field{"encaps", &T::encaps}, Field{"ports", &T::ports},
      Field{"fabric", &T::fabric}, Field{"link_local_services", &T::link_local_services},
      Field{"forwarding_classes", &T::forwarding_classes}, Field{"qos_configs", &T::qos_configs}};
};
// clang-format on

}  // namespace tflab::recording
