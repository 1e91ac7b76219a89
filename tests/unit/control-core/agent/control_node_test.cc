// Agents with real control nodes and the real forwarding core, on one segment: the article's tables
// come out of what agents say, and packets arrive by what control nodes answer.

#include <algorithm>
#include <fstream>

#include "control-core/agent/agent.h"
#include "tests/dsl/source_tree.h"
#include "tests/unit/control-core/node/lab.h"
#include "vrouter-core/vrouter/vrouter.h"
#include "vrouter-core/wire/arp.h"
#include "vrouter-core/wire/ethernet.h"
#include "vrouter-core/wire/ipv4.h"

namespace tflab::test {
namespace {

using Frame = std::vector<std::byte>;

class Compute;

// What whoever has this address says to the frame, if it is an ARP request for it.
std::optional<Frame> arp_answer(const Frame& frame, Ip4 address, const Mac& mac) {
  Reader in{frame};
  const auto ethernet = wire::Ethernet::read(in);
  const auto arp = wire::Arp::read(in);
  if (!in.ok() || ethernet.type != wire::EtherType::arp) return {};
  if (arp.op != wire::Arp::Op::request || arp.target != address) return {};
  Frame answer(wire::Ethernet::size + wire::Arp::size);
  Writer out{answer};
  wire::Ethernet{arp.sender_mac, mac, wire::EtherType::arp}.write(out);
  wire::Arp{wire::Arp::Op::reply, mac, address, arp.sender_mac, arp.sender}.write(out);
  return answer;
}

// Ethernet: everybody hears, each takes what is for it.
struct Segment {
  std::vector<Compute*> members;
  std::vector<Frame> frames;       // all there ever were
  std::map<Ip4, Mac> plain_hosts;  // only answer ARP
  void carry(const Compute& from, const Frame& frame);
};

// A vRouter with its agent; its node answers ARP for its own address, its machines take packets.
class Compute : public Host, public vr::Host {
public:
  Compute(Lab& lab, Segment& segment, config::Vrouter config)
      : agent{config}, lab_{lab}, segment_{segment} {
    const vr::Limits limits{.flows = 64};
    const std::size_t needed = vr::Vrouter::memory_needed(limits);
    memory_.resize(needed + 64);
    void* at = memory_.data();
    std::size_t room = memory_.size();
    std::align(64, needed, at, room);
    vrouter.emplace(std::span{static_cast<std::byte*>(at), needed}, limits, *this);
    segment.members.push_back(this);
  }

  agent::Agent agent;
  std::optional<vr::Vrouter> vrouter;
  std::map<VifId, std::string> ports;
  std::map<std::string, std::vector<Frame>> received;  // by port

  void configure(const config::Vrouter& next) {
    agent.configure(lab_.now, next);
    drain();
  }
  void from_machine(const std::string& port, const Frame& frame) {
    for (const auto& [vif, name] : ports)
      if (name == port) return arrive(vif, frame);
    FAIL() << "no port " << port;
  }
  void from_fabric(const Frame& frame) { arrive(agent::fabric_vif, frame); }
  std::uint64_t drops(vr::Drop why) const {
    return vrouter->drops()[static_cast<std::size_t>(why)];
  }

  void transmit(VifId out, std::span<const std::byte> bytes) override {
    const Frame frame{bytes.begin(), bytes.end()};
    if (out == agent::fabric_vif) outgoing_.push_back(frame);
    if (out == agent::host_vif) node_takes(frame);
    if (const auto port = ports.find(out); port != ports.end()) {
      received[port->second].push_back(frame);
    }
  }
  void punt(vr::Trap why, VifId in, VrfId vrf, std::span<const std::byte> frame) override {
    traps_.push_back({why, in, vrf, {frame.begin(), frame.end()}});
  }

  IpAddr address() const override { return agent.config().address; }
  void start() override { agent.start(lab_.now); }
  std::optional<StreamId> accepted(Endpoint, Endpoint) override { return {}; }
  void opened(StreamId stream, Endpoint local) override {
    agent.on_opened(lab_.now, stream, local);
  }
  void bytes(StreamId stream, Bytes bytes) override { agent.on_bytes(lab_.now, stream, bytes); }
  void closed(StreamId stream) override { agent.on_closed(lab_.now, stream); }
  void timer() override { agent.on_timer(lab_.now); }
  std::optional<Instant> next_timer() const override { return agent.next_timer(); }

  void drain() override {
    for (;;) {
      for (const Trap& trap : std::exchange(traps_, {})) {
        agent.on_trap(lab_.now, static_cast<std::uint16_t>(trap.why), trap.in, trap.vrf,
                      trap.frame);
      }
      for (const Frame& frame : std::exchange(outgoing_, {})) segment_.carry(*this, frame);
      auto output = agent.poll_output();
      if (output) std::visit([this](const auto& each) { take(each); }, *output);
      if (!output && traps_.empty() && outgoing_.empty()) return;
    }
  }

private:
  struct Trap {
    vr::Trap why;
    VifId in;
    VrfId vrf;
    Frame frame;
  };

  void take(const OpenStream& open) { lab_.open(*this, open.stream, open.to); }
  void take(const WriteStream& write) { lab_.write(*this, write.stream, write.bytes); }
  void take(const CloseStream& close) { lab_.close(*this, close.stream); }
  void take(const agent::Program& program) {
    const vr::Result result = vrouter->apply(program.op);
    EXPECT_EQ(result, vr::Result::done);
  }
  void take(const agent::Attach& attach) { ports[attach.vif] = attach.port; }
  void take(const agent::Detach& detach) { ports.erase(detach.vif); }
  void take(const agent::Transmit& transmit) { vrouter->inject(transmit.vif, transmit.frame); }
  void take(const agent::Reinject& again) { receive(again.vif, again.frame); }
  void take(const agent::Sweep&) {
    struct Gone : vr::FlowSink {
      std::vector<vr::FlowKey> keys;
      void gone(const vr::FlowKey& key) override { keys.push_back(key); }
    } sink;
    vrouter->expire(lab_.now, {}, &sink);
    agent.on_aged(lab_.now, sink.keys);
  }

  void arrive(VifId in, const Frame& frame) {
    receive(in, frame);
    drain();
  }
  void receive(VifId in, const Frame& frame) {
    Frame buffer(vr::Vrouter::headroom);
    buffer.insert(buffer.end(), frame.begin(), frame.end());
    vrouter->on_frame(lab_.now, in, buffer, vr::Vrouter::headroom);
  }

  void node_takes(const Frame& frame) {
    const config::Vrouter& config = agent.config();
    if (auto answer = arp_answer(frame, config.address, config.mac)) outgoing_.push_back(*answer);
  }

  Lab& lab_;
  Segment& segment_;
  Frame memory_;
  std::vector<Trap> traps_;
  std::vector<Frame> outgoing_;
};

void Segment::carry(const Compute& from, const Frame& frame) {
  frames.push_back(frame);
  for (Compute* each : members) {
    if (each != &from) each->from_fabric(frame);
    for (const auto& [address, mac] : plain_hosts)
      if (const auto answer = arp_answer(frame, address, mac)) each->from_fabric(*answer);
  }
}

config::Vrouter compute(const char* name, const char* address, unsigned number) {
  config::Vrouter v;
  v.name = name;
  v.address = ip(address);
  v.prefix_length = 16;
  v.mac = Mac{{0x0e, 0x92, 0xcc, 0xbd, 0xaa, static_cast<std::uint8_t>(number)}};
  v.control_nodes = {ip("172.31.14.47")};
  v.encaps = {Encap::gre, Encap::udp, Encap::vxlan};
  v.fabric = article_fabric();
  return v;
}

config::Port port(const std::string& machine, const char* address, std::uint8_t number) {
  config::Port port;
  port.name = machine + "/eth0";
  port.machine = machine;
  port.network = pod_network;
  port.mac = Mac{{2, 0, 0, 0, 0, number}};
  port.address = ip(address);
  return port;
}

// The article's networks as they forward.
config::Fabric article(const char* with_provider = "") {
  config::Fabric fabric = article_fabric();
  for (config::Network& network : fabric.networks) {
    const bool ours = network.name == pod_network || network.name == svc_network;
    if (ours) network.forwarding = config::ForwardingMode::l3;
    if (network.name == config::ip_fabric) network.network_id = 2;
    if (network.name == pod_network) network.provider_network = with_provider;
  }
  return fabric;
}

config::Vrouter article_compute() {
  config::Vrouter v = compute(hostname.c_str(), "172.31.41.236", 0x08);
  v.fabric = article();
  v.ports = {port("coredns", "10.47.255.252", 1)};
  v.ports[0].floating_ips = {{ip("10.96.0.10"), svc_network}};
  return v;
}

Frame packet(const config::Port& from, Ip4 to) {
  Frame frame(wire::Ethernet::size + wire::Ipv4::size + 8);
  Writer out{frame};
  wire::Ethernet{Mac{{0, 0, 0x5e, 0, 1, 0}}, from.mac, wire::EtherType::ipv4}.write(out);
  wire::Ipv4 header;
  header.total_length = wire::Ipv4::size + 8;
  header.ttl = 64;
  header.protocol = wire::Protocol::icmp;
  header.src = from.address.v4();
  header.dst = to;
  header.write(out);
  return frame;
}

struct Seen {
  wire::Ethernet ethernet;
  wire::Ipv4 ip;
};
Seen read(const Frame& frame) {
  Reader in{frame};
  Seen seen;
  seen.ethernet = wire::Ethernet::read(in);
  seen.ip = wire::Ipv4::read(in);
  return seen;
}

constexpr Mac master_mac{{0x0e, 0, 0, 0, 0x14, 0x47}};

struct Article : testing::Test {
  Lab lab;
  Segment segment;
  config::ControlNode node = [] {
    config::ControlNode node = article_node();
    node.fabric = article();
    return node;
  }();
  Node& control = lab.add<Node>(node);
  Compute& one = lab.add<Compute>(segment, article_compute());

  void SetUp() override {
    segment.plain_hosts[ip("172.31.14.47")] = master_mac;
    lab.start(control);
    lab.start(one);
    lab.run_for(seconds(20));
  }
};

// The article's rows, with this agent's own label numbers in the place of the article's.
std::vector<std::string> golden_rows() {
  std::ifstream file{test::in_tree("tests/golden/two-node-k8s.routes.tsv")};
  EXPECT_TRUE(file);
  std::vector<std::string> rows;
  for (std::string line; std::getline(file, line);) {
    const auto tab = line.rfind('\t') + 1;
    if (line.substr(tab) == "25") line.replace(tab, 2, "18");
    if (line.substr(tab) == "20") line.replace(tab, 2, "17");
    rows.push_back(line);
  }
  return rows;
}

TEST_F(Article, its_forty_one_rows_come_out_of_what_the_agent_says) {
  const auto rows = control.rows();
  EXPECT_EQ(rows.size(), 41u);
  EXPECT_EQ(rows, golden_rows());
}

TEST_F(Article, two_pods_on_one_node_reach_each_other_with_one_hop_less) {
  config::Vrouter config = article_compute();
  config.ports.push_back(port("cirros-cr9dd", "10.47.255.250", 2));
  config.ports.push_back(port("cirros-z9dds", "10.47.255.251", 3));
  one.configure(config);
  lab.run_for(seconds(1));
  EXPECT_EQ(control.counts(pod + ".inet.0"), "5 5 3 2 0");
  EXPECT_EQ(control.counts(svc + ".inet.0"), "5 5 1 4 0");
  one.from_machine("cirros-cr9dd/eth0", packet(config.ports[1], ip("10.47.255.251")));
  ASSERT_EQ(one.received["cirros-z9dds/eth0"].size(), 1u);
  const Seen seen = read(one.received["cirros-z9dds/eth0"][0]);
  EXPECT_EQ(seen.ip.ttl, 63);
  EXPECT_EQ(seen.ethernet.dst, config.ports[2].mac);
}

TEST_F(Article, pods_on_two_nodes_reach_each_other_through_a_tunnel) {
  config::Vrouter config = compute("second", "172.31.41.237", 0x09);
  config.fabric = article();
  config.ports = {port("web", "10.47.255.240", 7)};
  Compute& two = lab.add<Compute>(segment, config);
  lab.start(two);
  lab.run_for(seconds(20));
  segment.frames.clear();
  one.from_machine("coredns/eth0", packet(article_compute().ports[0], ip("10.47.255.240")));
  ASSERT_EQ(two.received["web/eth0"].size(), 1u);
  EXPECT_EQ(read(two.received["web/eth0"][0]).ip.ttl, 63);
  ASSERT_EQ(segment.frames.size(), 1u);
  EXPECT_EQ(read(segment.frames[0]).ip.protocol, wire::Protocol::gre);
  EXPECT_EQ(read(segment.frames[0]).ip.dst, ip("172.31.41.237"));
  two.from_machine("web/eth0", packet(config.ports[0], ip("10.47.255.252")));
  EXPECT_EQ(one.received["coredns/eth0"].size(), 1u);
}

// Two networks without a policy between them.
config::Fabric with_router() {
  config::Fabric fabric = article();
  fabric.policies.clear();
  for (config::Network& network : fabric.networks) {
    network.policies.clear();
    if (network.name == pod_network) network.subnets = {prefix("10.32.0.0/12")};
    if (network.name == svc_network) network.subnets = {prefix("10.96.0.0/12")};
  }
  config::Network inside;
  inside.name = config::inside_of("default-domain:k8s-default:lr");
  inside.instance = inside.network_id = 5000;
  inside.targets = {target("target:64512:5000")};
  inside.forwarding = config::ForwardingMode::l3;
  inside.routes_between = {pod_network, svc_network};
  fabric.networks.push_back(inside);
  return fabric;
}

TEST_F(Article, S122_a_logical_router_routes_in_vxlan_until_it_is_gone) {
  node.fabric = with_router();
  control.configure(node);
  config::Vrouter first = compute(hostname.c_str(), "172.31.41.236", 0x08);
  first.fabric = node.fabric;
  first.ports = {port("here", "10.47.255.252", 1)};
  one.configure(first);
  config::Vrouter second = compute("second", "172.31.41.237", 0x09);
  second.fabric = node.fabric;
  second.ports = {port("there", "10.96.0.9", 7)};
  second.ports[0].network = svc_network;
  Compute& two = lab.add<Compute>(segment, second);
  lab.start(two);
  lab.run_for(seconds(20));
  segment.frames.clear();
  one.from_machine("here/eth0", packet(first.ports[0], ip("10.96.0.9")));
  ASSERT_EQ(two.received["there/eth0"].size(), 1u);
  const Seen seen = read(two.received["there/eth0"][0]);
  EXPECT_EQ(seen.ip.ttl, 62);  // two routers
  EXPECT_EQ(seen.ethernet.dst, second.ports[0].mac);
  ASSERT_EQ(segment.frames.size(), 1u);
  constexpr std::size_t outer = wire::Ethernet::size + wire::Ipv4::size + 8 + 8;
  const Seen inside = read({segment.frames[0].begin() + outer, segment.frames[0].end()});
  EXPECT_EQ(inside.ethernet.src, first.mac);
  EXPECT_EQ(inside.ethernet.dst, second.mac);
  EXPECT_EQ(inside.ip.ttl, 63);
  two.from_machine("there/eth0", packet(second.ports[0], ip("10.47.255.252")));
  ASSERT_EQ(one.received["here/eth0"].size(), 1u);

  node.fabric.networks.pop_back();
  first.fabric = second.fabric = node.fabric;
  control.configure(node);
  one.configure(first);
  two.configure(second);
  lab.run_for(seconds(20));
  one.from_machine("here/eth0", packet(first.ports[0], ip("10.96.0.9")));
  EXPECT_EQ(two.received["there/eth0"].size(), 1u);
}

TEST_F(Article, gatewayless_pods_go_untunnelled_and_no_further_without_the_policy) {
  const std::string provider{config::ip_fabric};
  config::Vrouter config = article_compute();
  config.fabric = article(provider.c_str());
  node.fabric = config.fabric;
  control.configure(node);
  one.configure(config);
  lab.run_for(seconds(20));
  EXPECT_EQ(control.rows("inet.0"),
            std::vector<std::string>{"inet.0\t10.47.255.252/32\tXMPP (interface)\t" + hostname +
                                     "\t200\t172.31.41.236\t['native']\t0"});
  segment.frames.clear();
  const Frame ping = packet(config.ports[0], ip("172.31.14.47"));
  one.from_machine("coredns/eth0", ping);
  ASSERT_FALSE(segment.frames.empty());
  const Seen seen = read(segment.frames.back());
  EXPECT_EQ(seen.ip.src, ip("10.47.255.252"));
  EXPECT_EQ(seen.ip.ttl, 63);
  EXPECT_EQ(seen.ethernet.dst, master_mac);

  auto& networks = config.fabric.networks;
  std::ranges::find(networks, pod_network, &config::Network::name)->policies = {"pod-service"};
  node.fabric = config.fabric;
  control.configure(node);
  one.configure(config);
  lab.run_for(seconds(20));
  segment.frames.clear();
  const auto before = one.drops(vr::Drop::invalid_source);
  one.from_machine("coredns/eth0", ping);
  EXPECT_EQ(one.drops(vr::Drop::invalid_source), before + 1);
  EXPECT_TRUE(segment.frames.empty());
}

}  // namespace
}  // namespace tflab::test
