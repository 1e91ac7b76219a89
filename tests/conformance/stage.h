#pragma once
// The stage of the original's acceptance scenarios: control nodes that mesh, agents, BGP routers,
// two or three networks with one target each, and short words for what happens and what is seen.

#include "tests/unit/control-core/node/lab.h"

namespace tflab::test {

using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::Not;
using testing::UnorderedElementsAre;

inline const std::string blue_network = "default-domain:demo:blue";
inline const std::string red_network = "default-domain:demo:red";
inline const std::string blue = config::instance_of(blue_network);
inline const std::string red = config::instance_of(red_network);
inline constexpr const char* blue_target = "target:64512:1";
inline constexpr const char* red_target = "target:64512:2";
inline constexpr const char* other_target = "target:64512:3";  // nobody's, to begin with
inline const std::string vpn_table = "bgp.l3vpn.0";
inline const std::vector<Family> vpn_families = {Family::inet_vpn, Family::route_target};
inline const std::vector<Family> all_families = {
    Family::inet, Family::inet_vpn, Family::route_target, Family::evpn, Family::ermvpn};

inline config::Network network_of(std::string_view name, std::uint32_t index, const char* rt) {
  config::Network out;
  out.name = name;
  out.instance = out.network_id = index;
  if (rt != nullptr) out.targets = {target(rt)};
  return out;
}

// Blue and red, of which nobody hears of the other.
inline config::Fabric two_networks() {
  config::Fabric out;
  out.networks = {network_of(config::ip_fabric, 1, "target:64512:8000001"),
                  network_of(blue_network, 4, blue_target), network_of(red_network, 5, red_target)};
  return out;
}

// A policy that lets everything pass between blue and red, and both have it.
inline void connect_networks(config::Fabric& fabric) {
  config::PolicyRule rule;
  rule.src = blue_network;
  rule.dst = red_network;
  fabric.policies["blue-red"] = config::Policy{{rule}};
  for (config::Network& each : fabric.networks)
    if (each.name != config::ip_fabric) each.policies = {"blue-red"};
}

inline config::Network& network_in(config::Fabric& fabric, std::string_view name) {
  return *std::ranges::find(fabric.networks, name, &config::Network::name);
}

// Two control nodes, an agent on each. Further agents, routers and control nodes as a scenario
// wants.
struct Stage : testing::Test {
  Lab lab;
  std::vector<config::ControlNode> configs;
  std::vector<Node*> nodes;

  static constexpr const char* address_of(std::size_t n) {
    constexpr const char* addresses[] = {"10.0.0.1", "10.0.0.2", "10.0.0.3"};
    return addresses[n];
  }
  // Full mesh of `count` control nodes, not started.
  void control_nodes(std::size_t count, const config::Fabric& fabric = two_networks()) {
    for (std::size_t n = 0; n < count; ++n) {
      config::ControlNode made;
      made.name = "control-" + std::to_string(n + 1);
      made.address = ip(address_of(n));
      made.router_id = ip(address_of(n));
      made.fabric = fabric;
      configs.push_back(made);
    }
    mesh(configs);
  }
  // A BGP router that dials control node `n`.
  config::BgpPeer& expect_router(std::size_t n, const char* address, Asn as = Asn{64512},
                                 std::vector<Family> families = vpn_families) {
    config::BgpPeer peer;
    peer.name = address;
    peer.address = ip(address);
    peer.as = as;
    peer.families = std::move(families);
    peer.passive = true;
    configs[n].peers.push_back(peer);
    return configs[n].peers.back();
  }
  Router& router(std::size_t n, const char* address, Asn as = Asn{64512},
                 std::vector<Family> families = vpn_families) {
    Router& out = lab.add<Router>(address, ip(address_of(n)), std::move(families), as);
    lab.start(out);
    return out;
  }
  void start_nodes() {
    for (const config::ControlNode& each : configs) {
      nodes.push_back(&lab.add<Node>(each));
      lab.start(*nodes.back());
    }
    lab.run_for(seconds(20));
  }
  FakeAgent& agent(std::size_t n, const char* address) {
    FakeAgent& out =
        lab.add<FakeAgent>(std::string{"agent-"} + address, address, ip(address_of(n)));
    lab.start(out);
    settle();
    return out;
  }
  void settle() { lab.run_for(seconds(1)); }
  // The same change of what all control nodes are told about networks.
  void change(const std::function<void(config::Fabric&)>& what) {
    for (std::size_t n = 0; n < nodes.size(); ++n) {
      what(configs[n].fabric);
      nodes[n]->configure(configs[n]);
    }
    settle();
  }
  static Nlri vpn(const char* rd, const char* where) {
    return VpnRoute{*parse_rd(rd), prefix(where)};
  }
  static Attributes with_targets(const std::vector<const char*>& targets) {
    Attributes out;
    for (const char* each : targets)
      out.ext_communities.push_back(ExtCommunity::target(target(each)));
    return out;
  }
  void announce(Router& from, const char* rd, const char* where,
                const std::vector<const char*>& targets, std::uint32_t label = 100) {
    from.announce(vpn(rd, where), Family::inet_vpn, with_targets(targets), label);
    settle();
  }
  void withdraw(Router& from, const char* rd, const char* where) {
    from.withdraw(vpn(rd, where), Family::inet_vpn);
    settle();
  }
  void publish(FakeAgent& agent, const std::string& instance, const char* where,
               std::uint32_t label = 25) {
    agent.publish(instance, agent.inet(where, label));
    settle();
  }
  // What a router hears of a target: "64512:target:64512:1".
  static std::string membership(const char* rt, const char* origin = "64512") {
    return origin + (":" + std::string{rt});
  }
  static std::vector<std::string> wanted(const Router& at) { return at.keys(Family::route_target); }
  static std::vector<std::string> heard(const Router& at) { return at.keys(Family::inet_vpn); }
};

}  // namespace tflab::test
