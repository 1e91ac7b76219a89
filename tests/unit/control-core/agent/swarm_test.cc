// Random lives of an agent. Whatever happened on the way, it must forward as one that was told
// the outcome at once, and every operation on the way must have been one the vrouters take.

#include <algorithm>
#include <map>
#include <random>

#include "control-core/agent/l2_routes.h"
#include "control-core/base/text.h"
#include "control-core/config/names.h"
#include "tests/unit/control-core/agent/lab.h"

namespace tflab::agent {
namespace {

const std::string inside_network = config::inside_of("default-domain:k8s-default:lr");
const std::string inside_instance = config::instance_of(inside_network);

class Life {
public:
  explicit Life(unsigned seed) : random_{seed}, config_{start()}, lab_{config_} { lab_.start(); }

  void step() {
    switch (pick(8)) {
      case 0:
        add_port();
        break;
      case 1:
        remove_port();
        break;
      case 2:
        patch_network();
        break;
      case 3:
        lose_or_find();
        break;
      case 4:
        lab_.run_for(seconds(pick(100)));
        break;
      default:
        say_something();
        break;
    }
  }

  // An agent that was configured like this from the start and hears the same.
  void expect_as_if_told_at_once() {
    for (std::size_t n = 0; n < 2; ++n) settle(n);
    Lab fresh{config_};
    fresh.start();
    for (std::size_t n = 0; n < 2; ++n) tell_all(fresh, n);
    // Long enough for neighbours that nobody needs any more to be forgotten.
    lab_.run_for(seconds(320));
    fresh.run_for(seconds(320));
    EXPECT_EQ(by_instance(lab_), by_instance(fresh));
    EXPECT_EQ(lab_.naive.macs.size(), fresh.naive.macs.size());
    EXPECT_EQ(lab_.naive.vnis.size(), fresh.naive.vnis.size());
    EXPECT_EQ(lab_.naive.members.size(), fresh.naive.members.size());
    EXPECT_EQ(lab_.naive.nexthops.size(), fresh.naive.nexthops.size());
    EXPECT_EQ(lab_.naive.labels.size(), fresh.naive.labels.size());
    EXPECT_EQ(introspect::text_of(lab_.page("RefusedOpsReq"), "count"), "0");
  }

private:
  using Said = std::map<std::pair<std::string, std::string>, xmpp::Item>;

  static config::Vrouter start() {
    config::Vrouter config = quick_start();
    config.control_nodes.push_back(ip4("172.31.14.48"));
    return config;
  }

  unsigned pick(unsigned below) { return static_cast<unsigned>(random_()) % below; }

  void add_port() {
    if (config_.ports.size() > 6) return;
    const unsigned number = 10 + next_port_++ % 100;
    config::Port port =
        pod_port("vm" + std::to_string(next_port_), "10.47.0." + std::to_string(number), number);
    if (pick(2) == 0) {
      port.network = svc_network;
      port.address = ip4("10.96.1." + std::to_string(number));
    } else if (pick(2) == 0) {
      port.floating_ips = {{ip4("10.96.2." + std::to_string(number)), svc_network}};
    }
    config_.ports.push_back(port);
    lab_.configure(config_);
  }
  void remove_port() {
    if (config_.ports.empty()) return;
    config_.ports.erase(config_.ports.begin() + pick(static_cast<unsigned>(config_.ports.size())));
    lab_.configure(config_);
  }
  // One between pods and services, or only behind one of them, or none.
  void change_router() {
    std::vector<config::Network>& networks = config_.fabric.networks;
    const bool there = networks.back().name == inside_network;
    if (there) networks.pop_back();
    if (!there || pick(2) == 0) {
      config::Network inside;
      inside.name = inside_network;
      inside.instance = inside.network_id = 5000;
      inside.forwarding = config::ForwardingMode::l3;
      inside.routes_between = {pod_network};
      if (pick(3) > 0) inside.routes_between.push_back(svc_network);
      networks.push_back(inside);
    }
    lab_.configure(config_);
  }
  void patch_network() {
    if (pick(3) == 0) return change_router();
    config::Network& network = network_of(config_, pick(2) == 0 ? pod_network : svc_network);
    switch (pick(4)) {
      case 0:
        network.provider_network = network.provider_network.empty() ? fab_network : "";
        break;
      case 1:
        network.policies = pick(2) == 0 ? std::vector<std::string>{"pod-service-np"}
                                        : std::vector<std::string>{"fabric-np", "pod-service-np"};
        break;
      case 2:
        network.rpf = !network.rpf;
        break;
      default:
        network.forwarding = config::ForwardingMode{static_cast<std::uint8_t>(pick(3))};
    }
    lab_.configure(config_);
  }

  // Control nodes say different things and forget what they said when the session goes.
  void say_something() {
    const std::size_t n = pick(2);
    if (!lab_.nodes[n].up) return;
    const std::string instance = std::vector{master, fab, pod, svc, inside_instance}[pick(5)];
    if (pick(3) == 0) return say_of_frames(n, instance);
    if (instance == inside_instance && pick(3) > 0) return say_of_routers(n);
    const std::string prefix = "10.50.0." + std::to_string(pick(6)) + "/32";
    if (pick(3) == 0) {
      said_[n].erase({instance, prefix});
      return lab_.retract(n, instance, {prefix});
    }
    const bool ours = pick(4) == 0;
    const auto route = item(prefix,
                            ours      ? "172.31.41.236"
                            : pick(2) ? "172.31.40.1"
                                      : "172.31.40.2",
                            ours ? 16 : 100 + pick(3), encaps_[pick(3)]);
    said_[n].insert_or_assign({instance, prefix}, route);
    lab_.send(n, instance, {route});
  }
  void say_of_frames(std::size_t n, const std::string& instance) {
    const std::string hop = pick(2) ? "172.31.40.1" : "172.31.14.48";
    xmpp::Item told;
    if (pick(2) == 0) {
      xmpp::EvpnItem evpn;
      evpn.mac = Mac{{0x02, 0, 0, 0, 0, static_cast<std::uint8_t>(pick(20))}};
      evpn.address = prefix("0.0.0.0/32");
      evpn.next_hops = item("10.0.0.1/32", hop, 200 + pick(3), encaps_[pick(2)]).next_hops;
      evpn.local_preference = 100 + pick(2);
      told = evpn;
    } else {
      xmpp::MulticastItem tree;
      tree.group = Ip4{0xffffffff};
      tree.source_label = (n == 0 ? 1024 : 3072) + pick(4) +
                          10 * static_cast<unsigned>(instance.size());  // no two trees meet
      tree.olist = item("10.0.0.1/32", hop, 1100 + pick(3)).next_hops;
      tree.id = "172.31.41.236:2:255.255.255.255,0.0.0.0";
      told = tree;
    }
    say_or_take_back(n, instance, told);
  }
  // Some of what routes by address say, too.
  void say_of_routers(std::size_t n) {
    xmpp::EvpnItem told;
    told.address = prefix(std::vector<const char*>{"10.50.0.1/32", "10.50.0.2/32", "10.60.0.0/16",
                                                   "10.96.0.0/12", "0.0.0.0/0"}[pick(5)]);
    told.next_hops = item("10.0.0.1/32", pick(2) ? "172.31.40.1" : "172.31.41.236", 5000 + pick(2),
                          {Encap::vxlan})
                         .next_hops;
    if (pick(3) == 0)
      told.next_hops.push_back(
          item("10.0.0.1/32", "172.31.40.2", 5000, {Encap::vxlan}).next_hops[0]);
    for (xmpp::NextHop& hop : told.next_hops)
      hop.mac = Mac{{0x02, 0, 0, 0, 0x40, static_cast<std::uint8_t>(pick(2))}};
    told.local_preference = 100 + pick(2);
    say_or_take_back(n, inside_instance, told);
  }
  void say_or_take_back(std::size_t n, const std::string& instance, const xmpp::Item& told) {
    const std::string id = xmpp::id_of(told);
    if (pick(3) == 0) {
      said_[n].erase({instance, id});
      return lab_.retract(n, instance, {id}, xmpp::family_of(told));
    }
    said_[n].insert_or_assign({instance, id}, told);
    lab_.send(n, instance, {told});
  }
  void lose_or_find() {
    const std::size_t n = pick(2);
    if (lab_.nodes[n].up) {
      lab_.lose(n);
      return;
    }
    settle(n);
  }
  void settle(std::size_t n) {
    if (!lab_.nodes[n].up) lab_.find_again(n);
    tell_all(lab_, n);
  }
  void tell_all(Lab& lab, std::size_t n) {
    for (const auto& [key, route] : said_[n]) lab.send(n, key.first, {route});
    lab.end_of_rib(n);
  }

  // VRF numbers depend on history; the control node knows which is which.
  std::vector<std::string> by_instance(Lab& lab) {
    std::map<std::string, std::string> names;
    const introspect::Tree vrfs = lab.page("VrfListReq");
    for (const auto* row : introspect::all(vrfs, "VrfSandeshData")) {
      names[std::string{introspect::text_of(*row, "ucindex")}] =
          std::string{introspect::text_of(*row, "name")};
    }
    std::vector<std::string> lines;
    for (const std::string& line : lab.forwarding()) {
      const auto space = line.find(' ');
      lines.push_back(names.at(line.substr(0, space)) + line.substr(space));
      if (const auto vrf = lines.back().find(" vrf "); vrf != std::string::npos)
        lines.back().replace(vrf + 5, std::string::npos, names.at(lines.back().substr(vrf + 5)));
    }
    for (const auto& [key, entry] : lab.naive.macs) {
      if (key.second == broadcast_mac) continue;  // its copies are in the order in which they came
      if (lab.bridged(key.first.raw(), to_text(key.second)).starts_with("router")) continue;
      lines.push_back(names.at(std::to_string(key.first.raw())) + ' ' + to_text(key.second) + ' ' +
                      lab.bridged(key.first.raw(), to_text(key.second)));
    }
    std::ranges::sort(lines);
    return lines;
  }

  std::vector<std::vector<Encap>> encaps_{{Encap::gre, Encap::udp}, {Encap::udp}, {Encap::native}};
  std::mt19937 random_;
  config::Vrouter config_;
  Lab lab_;
  Said said_[2];
  unsigned next_port_ = 0;
};

TEST(AgentSwarm, ends_where_a_fresh_agent_begins) {
  for (unsigned seed = 1; seed <= 12; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Life life{seed};
    for (unsigned n = 0; n < 60; ++n) life.step();
    life.expect_as_if_told_at_once();
    if (testing::Test::HasFailure()) return;
  }
}

}  // namespace
}  // namespace tflab::agent
