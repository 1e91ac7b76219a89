#pragma once
// An agent between scripted control nodes, a segment with neighbours that answer ARP, and two
// vrouters: the naive one says what is wrong with an operation, the real one must take it, too.

#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "control-core/agent/agent.h"
#include "control-core/xmpp/session.h"
#include "tests/unit/control-core/agent/naive_vrouter.h"
#include "vrouter-core/vrouter/vrouter.h"

namespace tflab::agent {

Ip4 ip4(std::string_view text);
IpPrefix prefix(std::string_view text);
Mac mac(std::string_view text);

// The quick-start article's names, and its lab with one pod that has a floating IP.
inline const std::string fab_network = "default-domain:default-project:ip-fabric";
inline const std::string pod_network = "default-domain:k8s-default:k8s-default-pod-network";
inline const std::string svc_network = "default-domain:k8s-default:k8s-default-service-network";
inline const std::string fab = fab_network + ":ip-fabric";
inline const std::string pod = pod_network + ":k8s-default-pod-network";
inline const std::string svc = svc_network + ":k8s-default-service-network";
inline const std::string master = fab_network + ":__default__";
config::Vrouter quick_start();
config::Port pod_port(const std::string& machine, const std::string& address, unsigned number);
config::Network& network_of(config::Vrouter& config, const std::string& name);

// What a control node says about one of its routes.
xmpp::UnicastItem item(const std::string& prefix, const std::string& next_hop, unsigned label,
                       std::vector<Encap> encaps = {Encap::gre, Encap::udp});

// One control node, seen from outside: what it was told, one line each.
struct ScriptedNode {
  IpAddr address;
  bool reachable = true;
  std::optional<xmpp::Server> server{};
  StreamId stream{};
  bool up = false;
  std::vector<std::string> told{};
  std::vector<xmpp::Published> published{};
};

class Lab : public vr::Host {
public:
  explicit Lab(config::Vrouter config = quick_start());

  void start();
  void run_for(Duration time);
  void configure(const config::Vrouter& next);
  // As control node `n`.
  void send(std::size_t n, const std::string& instance, const std::vector<xmpp::Item>& items);
  void retract(std::size_t n, const std::string& instance, const std::vector<std::string>& ids,
               Family family = Family::inet);
  void end_of_rib(std::size_t n);
  void lose(std::size_t n);  // the connection breaks and the node stays away
  void find_again(std::size_t n);

  void drain();
  // Takes what was recorded since the last call.
  std::vector<std::string> ops();
  std::vector<std::string> told(std::size_t n = 0);
  // A route and what it leads to, without numbers: "MPLSoGRE 1.2.3.4 label 16", "vif coredns/eth0".
  std::string route(unsigned vrf, std::string_view prefix) const;
  // The same of a MAC: "vif a/eth0", "VXLAN 1.2.3.4 vni 7", "{tree {...}, vif a/eth0}" for copies.
  std::string bridged(unsigned vrf, std::string_view mac) const;
  // Every MAC, tree label and VNI in those words, by instance.
  std::vector<std::string> bridging() const;
  // Every route in those words, by instance: equal for agents that forward alike.
  std::vector<std::string> forwarding() const;
  introspect::Tree page(const std::string& name, introspect::Query query = {});

  Instant now{};
  Agent agent;
  std::vector<ScriptedNode> nodes;
  std::map<Ip4, Mac> neighbours;  // who answers ARP
  bool answers = true;
  std::vector<Ip4> asked;            // targets of ARP requests
  std::vector<Transmit> sent;        // anything else the agent sent
  std::vector<std::string> streams;  // opened and closed
  NaiveVrouter naive;

  void transmit(VifId, std::span<const std::byte>) override {}
  void punt(vr::Trap, VifId, VrfId, std::span<const std::byte>) override {}

private:
  void take(const OpenStream& open);
  void take(const WriteStream& write);
  void take(const CloseStream& close);
  void take(const Program& program);
  void take(const Attach& attach);
  void take(const Detach& detach);
  void take(const Transmit& transmit);
  void take(const Reinject&) {}
  void take(const Sweep&) {}
  ScriptedNode* node_of(StreamId stream);
  void serve(ScriptedNode& node);
  void expect_same_tables();
  std::string leads_to(const vr::SetRoute& route) const;
  std::string frames_to(NexthopId nexthop, std::uint32_t number) const;

  std::vector<std::byte> memory_;
  std::optional<vr::Vrouter> vrouter_;
  std::vector<std::string> ops_;
  bool programmed_ = false;  // since the tables were compared
};

// All operations that start with one of these words, or anything that changes forwarding.
testing::AssertionResult nothing_in(const std::vector<std::string>& lines);

}  // namespace tflab::agent
