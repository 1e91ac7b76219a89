#include "tests/unit/control-core/agent/lab.h"

#include <algorithm>
#include <utility>

#include "control-core/agent/labels.h"
#include "control-core/base/text.h"
#include "control-core/base/timers.h"
#include "control-core/config/names.h"
#include "vrouter-core/ops/trap.h"
#include "vrouter-core/wire/arp.h"
#include "vrouter-core/wire/ethernet.h"

namespace tflab::agent {
namespace {

template <class... F>
struct Overload : F... {
  using F::operator()...;
};
template <class... F>
Overload(F...) -> Overload<F...>;

std::string encaps_text(const std::vector<Encap>& encaps) {
  std::string text;
  for (const Encap encap : encaps)
    text += (text.empty() ? "" : ",") + std::string{tflab::to_text(encap)};
  return text;
}

std::string hop_text(const xmpp::NextHop& hop) {
  return " nh " + to_text(hop.address) + " label " + std::to_string(hop.label) + ' ' +
         encaps_text(hop.encaps);
}

std::string item_text(const xmpp::Item& item) {
  return std::visit(
      Overload{[](const xmpp::UnicastItem& u) {
                 return "inet " + to_text(u.prefix) + hop_text(u.next_hops.at(0)) + " pref " +
                        std::to_string(u.local_preference);
               },
               [](const xmpp::EvpnItem& e) {
                 return "evpn " + std::to_string(e.tag) + '-' + to_text(e.mac) + ',' +
                        to_text(e.address) + hop_text(e.next_hops.at(0)) + " pref " +
                        std::to_string(e.local_preference);
               },
               [](const xmpp::MulticastItem& m) {
                 return "ermvpn " + to_text(m.group) + ',' + to_text(m.source) + " nh " +
                        to_text(*m.next_hop) + " labels " + std::to_string(m.label_block->first) +
                        '-' + std::to_string(m.label_block->last) + ' ' + encaps_text(m.encaps);
               }},
      item);
}

std::string short_name(const std::string& instance) {
  if (instance == fab) return "FAB";
  if (instance == pod) return "POD";
  if (instance == svc) return "SVC";
  return instance == master ? "master" : instance;
}

std::string native_text(std::optional<std::uint32_t> primary) {
  return primary ? " of " + std::to_string(*primary) : "";
}

config::Network network(const std::string& name, unsigned instance, unsigned id,
                        std::vector<std::string> policies) {
  config::Network network;
  network.name = name;
  network.instance = instance;
  network.network_id = id;
  network.forwarding = config::ForwardingMode::l3;
  network.policies = std::move(policies);
  return network;
}

}  // namespace

Ip4 ip4(std::string_view text) {
  return parse_ip4(text).value();
}
IpPrefix prefix(std::string_view text) {
  return parse_prefix(text).value();
}
Mac mac(std::string_view text) {
  return parse_mac(text).value();
}

config::Vrouter quick_start() {
  config::Vrouter v;
  v.name = "ip-172-31-41-236.ap-northeast-1.compute.internal";
  v.address = ip4("172.31.41.236");
  v.prefix_length = 20;
  v.mac = mac("0e:92:cc:bd:aa:08");
  v.mtu = 9001;
  v.control_nodes = {ip4("172.31.14.47")};
  v.encaps = {Encap::gre, Encap::udp, Encap::vxlan};
  config::Network fabric = network(fab_network, 1, 2, {"fabric-np"});
  fabric.forwarding = config::ForwardingMode::l2_l3;
  config::Network pods = network(pod_network, 4, 5, {"fabric-np", "pod-service-np"});
  pods.subnets = {prefix("10.32.0.0/12")};
  config::Network services = network(svc_network, 5, 6, {"fabric-np", "pod-service-np"});
  services.subnets = {prefix("10.96.0.0/12")};
  v.fabric.networks = {fabric, pods, services};
  v.fabric.policies["fabric-np"].rules = {{.src = "any", .dst = fab_network, .traffic = {}}};
  v.fabric.policies["pod-service-np"].rules = {
      {.src = pod_network, .dst = svc_network, .traffic = {}}};
  config::Port coredns = pod_port("coredns", "10.47.255.252", 1);
  coredns.floating_ips = {{ip4("10.96.0.10"), svc_network}};
  v.ports = {coredns};
  return v;
}

config::Port pod_port(const std::string& machine, const std::string& address, unsigned number) {
  const Mac own{{0x02, 0, 0, 0, 0, static_cast<std::uint8_t>(number)}};
  return {machine + "/eth0", machine, pod_network, own, ip4(address), {}, {}};
}

config::Network& network_of(config::Vrouter& config, const std::string& name) {
  return *std::ranges::find(config.fabric.networks, name, &config::Network::name);
}

xmpp::UnicastItem item(const std::string& text, const std::string& next_hop, unsigned label,
                       std::vector<Encap> encaps) {
  xmpp::UnicastItem item;
  item.prefix = prefix(text);
  xmpp::NextHop hop;
  hop.address = ip4(next_hop);
  hop.label = label;
  hop.encaps = std::move(encaps);
  hop.virtual_network = pod_network;
  item.next_hops = {hop};
  item.virtual_network = pod_network;
  item.local_preference = 200;
  return item;
}

Lab::Lab(config::Vrouter config) : agent{config} {
  const vr::Limits limits{.flows = 64};
  memory_.resize(vr::Vrouter::memory_needed(limits) + 64);
  void* start = memory_.data();
  std::size_t room = memory_.size();
  std::align(64, vr::Vrouter::memory_needed(limits), start, room);
  vrouter_.emplace(std::span{static_cast<std::byte*>(start), vr::Vrouter::memory_needed(limits)},
                   limits, *this);
  for (const IpAddr& address : config.control_nodes) nodes.push_back({.address = address});
  neighbours[ip4("172.31.14.47")] = mac("0e:00:00:00:14:47");
  neighbours[ip4("172.31.14.48")] = mac("0e:00:00:00:14:48");
  neighbours[ip4("172.31.40.1")] = mac("0e:00:00:00:40:01");
}

void Lab::start() {
  agent.start(now);
  drain();
}

void Lab::configure(const config::Vrouter& next) {
  agent.configure(now, next);
  drain();
}

void Lab::run_for(Duration time) {
  const Instant end = now + time;
  for (;;) {
    std::optional<Instant> next = agent.next_timer();
    for (const ScriptedNode& node : nodes)
      if (node.server) next = earliest(next, node.server->next_timer());
    if (!next || *next > end) break;
    now = std::max(now, *next);
    agent.on_timer(now);
    for (ScriptedNode& node : nodes)
      if (node.server) node.server->on_timer(now);
    drain();
  }
  now = end;
}

void Lab::drain() {
  for (bool idle = false; !idle;) {
    idle = true;
    while (auto output = agent.poll_output()) {
      idle = false;
      std::visit([this](const auto& each) { take(each); }, *output);
    }
    for (ScriptedNode& node : nodes) serve(node);
    // What the servers sent has been handed over; it may have caused more.
    if (auto output = agent.poll_output()) {
      idle = false;
      std::visit([this](const auto& each) { take(each); }, *output);
    }
  }
  if (std::exchange(programmed_, false)) expect_same_tables();
}

void Lab::take(const OpenStream& open) {
  streams.push_back("open " + to_text(open.from) + " > " + to_text(open.to.address) + ':' +
                    std::to_string(open.to.port));
  const auto node = std::ranges::find(nodes, open.to.address, &ScriptedNode::address);
  if (node == nodes.end() || !node->reachable) return agent.on_closed(now, open.stream);
  node->stream = open.stream;
  xmpp::SessionConfig session;
  session.local = config::control_jid;
  node->server.emplace(session);
  node->server->on_transport_up(now);
  agent.on_opened(now, open.stream, {open.from, 40000});
}
void Lab::take(const WriteStream& write) {
  ScriptedNode* node = node_of(write.stream);
  if (node != nullptr) node->server->on_bytes(now, *write.bytes);
}
void Lab::take(const CloseStream& close) {
  streams.push_back("close");
  ScriptedNode* node = node_of(close.stream);
  if (node == nullptr) return;
  serve(*node);
  node->server.reset();
  node->up = false;
}
void Lab::take(const Program& program) {
  programmed_ = true;
  EXPECT_EQ(naive.apply(program.op), "");
  const vr::Result result = vrouter_->apply(program.op);
  EXPECT_EQ(result, vr::Result::done) << to_text(program.op) << ": " << to_text(result);
  if (result != vr::Result::done) agent.on_refused(now, program.op, result);
  ops_.push_back(to_text(program.op));
}
void Lab::take(const Attach& attach) {
  EXPECT_EQ(naive.apply(attach), "");
  ops_.push_back("Attach " + std::to_string(attach.vif.raw()) + ' ' + attach.port);
}
void Lab::take(const Detach& detach) {
  EXPECT_EQ(naive.apply(detach), "");
  ops_.push_back("Detach " + std::to_string(detach.vif.raw()));
}
void Lab::take(const Transmit& transmit) {
  Reader in{transmit.frame};
  const auto ethernet = wire::Ethernet::read(in);
  if (ethernet.type != wire::EtherType::arp) return sent.push_back(transmit);
  const auto ask = wire::Arp::read(in);
  ASSERT_TRUE(in.ok());
  EXPECT_EQ(transmit.vif, fabric_vif);
  EXPECT_EQ(ask.op, wire::Arp::Op::request);
  EXPECT_EQ(ask.sender, agent.config().address);
  EXPECT_EQ(ethernet.src, agent.config().mac);
  asked.push_back(ask.target);
  const auto who = neighbours.find(ask.target);
  if (!answers || who == neighbours.end()) return;
  std::array<std::byte, 42> room{};
  Writer out{room};
  wire::Ethernet{ask.sender_mac, who->second, wire::EtherType::arp}.write(out);
  wire::Arp{wire::Arp::Op::reply, who->second, ask.target, ask.sender_mac, ask.sender}.write(out);
  agent.on_trap(now, static_cast<std::uint16_t>(vr::Trap::arp), fabric_vif, fabric_vrf, room);
}

ScriptedNode* Lab::node_of(StreamId stream) {
  for (ScriptedNode& node : nodes)
    if (node.server && node.stream == stream) return &node;
  return nullptr;
}

void Lab::serve(ScriptedNode& node) {
  while (node.server) {
    auto output = node.server->poll_output();
    if (!output) return;
    std::visit(
        Overload{[&](const xmpp::HangUp&) {
                   node.server.reset();
                   node.up = false;
                   agent.on_closed(now, node.stream);
                 },
                 [&](const xmpp::Send& send) { agent.on_bytes(now, node.stream, *send.bytes); },
                 [&](const xmpp::Up& up) {
                   node.up = true;
                   node.told.push_back("up " + up.peer);
                 },
                 [&](const xmpp::Down&) { node.up = false; },
                 [&](const xmpp::Subscribed& s) {
                   node.told.push_back("subscribe " + short_name(s.instance) + ' ' +
                                       std::to_string(s.instance_id));
                 },
                 [&](const xmpp::Unsubscribed& s) {
                   node.told.push_back("unsubscribe " + short_name(s.instance));
                 },
                 [&](const xmpp::Published& p) {
                   node.published.push_back(p);
                   node.told.push_back("publish " + short_name(p.instance) + ' ' +
                                       item_text(p.item) + native_text(p.primary_instance));
                 },
                 [&](const xmpp::Retracted& p) {
                   node.told.push_back("retract " + short_name(p.instance) + ' ' +
                                       xmpp::id_of(p.item) + native_text(p.primary_instance));
                 },
                 [&](const xmpp::EndOfRib&) { node.told.push_back("end-of-rib"); }},
        *output);
  }
}

void Lab::send(std::size_t n, const std::string& instance, const std::vector<xmpp::Item>& items) {
  nodes[n].server.value().send_items(now, instance, items);
  drain();
}
void Lab::retract(std::size_t n, const std::string& instance, const std::vector<std::string>& ids,
                  Family family) {
  nodes[n].server.value().send_retracts(now, instance, family, ids);
  drain();
}
void Lab::end_of_rib(std::size_t n) {
  nodes[n].server.value().send_end_of_rib(now);
  drain();
}
void Lab::lose(std::size_t n) {
  nodes[n].reachable = nodes[n].up = false;
  nodes[n].server.reset();
  agent.on_closed(now, nodes[n].stream);
  drain();
}
void Lab::find_again(std::size_t n) {
  nodes[n].reachable = true;
  run_for(seconds(60));
  ASSERT_TRUE(nodes[n].up);
}

std::vector<std::string> Lab::ops() {
  return std::exchange(ops_, {});
}
std::vector<std::string> Lab::told(std::size_t n) {
  return std::exchange(nodes[n].told, {});
}

void Lab::expect_same_tables() {
  struct Sink : vr::OpSink {
    void take(const vr::Op& op) override { ops.push_back(op); }
    std::vector<vr::Op> ops;
  } real;
  vrouter_->snapshot(real);
  std::vector<std::string> is, should;
  for (const vr::Op& op : real.ops) is.push_back(to_text(op));
  for (const vr::Op& op : naive.snapshot()) should.push_back(to_text(op));
  std::ranges::sort(is);
  std::ranges::sort(should);
  EXPECT_EQ(is, should);
}

std::string Lab::leads_to(const vr::SetRoute& route) const {
  const auto it = naive.nexthops.find(route.nexthop);
  if (it == naive.nexthops.end()) return "discard";
  const vr::SetNexthop& n = it->second;
  switch (n.type) {
    case vr::NexthopType::receive:
      return "receive";
    case vr::NexthopType::resolve:
      return "resolve";
    case vr::NexthopType::discard:
      return "unresolved";
    case vr::NexthopType::vrf_translate:
      return "vrf " + std::to_string(n.vrf.raw());
    case vr::NexthopType::encap: {
      const auto port = naive.attached.find(n.out);
      if (port != naive.attached.end()) return "vif " + port->second + ' ' + to_text(n.dst);
      return "native " + to_text(n.dst);
    }
    case vr::NexthopType::tunnel:
      if ((n.flags & vr::nh_l3_vxlan) != 0)
        return "VXLAN " + to_text(n.dip) + " vni " + std::to_string(route.vni.raw()) + " router " +
               to_text(n.inner_dst);
      return std::string{(n.flags & vr::nh_tunnel_gre) != 0 ? "MPLSoGRE " : "MPLSoUDP "} +
             to_text(n.dip) + " label " + std::to_string(route.label.raw());
    default:
      return "?";
  }
}

std::string Lab::route(unsigned vrf, std::string_view text) const {
  const auto it = naive.routes.find({VrfId{static_cast<std::uint16_t>(vrf)}, prefix(text)});
  return it == naive.routes.end() ? "none" : leads_to(it->second);
}

std::vector<std::string> Lab::forwarding() const {
  std::vector<std::string> lines;
  for (const auto& [key, route] : naive.routes) {
    lines.push_back(std::to_string(key.first.raw()) + ' ' + to_text(key.second) + ' ' +
                    leads_to(route));
  }
  return lines;
}

std::string Lab::frames_to(NexthopId id, std::uint32_t number) const {
  const auto it = naive.nexthops.find(id);
  if (it == naive.nexthops.end()) return "nothing";
  const vr::SetNexthop& n = it->second;
  if (n.type == vr::NexthopType::encap) {
    return n.family == vr::NexthopFamily::bridge ? "vif " + naive.attached.at(n.out) : "packets";
  }
  if (n.type == vr::NexthopType::vrf_translate) return "vrf " + std::to_string(n.vrf.raw());
  if (n.type == vr::NexthopType::composite) {
    std::string copies;
    for (const auto& [place, member] : naive.members)
      if (place.first == id)
        copies += (copies.empty() ? "" : ", ") + frames_to(member.member, member.number);
    const bool tree = (n.flags & vr::nh_composite_fabric) != 0;
    const bool outsiders = (n.flags & vr::nh_composite_evpn) != 0;
    return (tree ? "tree {" : outsiders ? "outsiders {" : "{") + copies + '}';
  }
  if (n.type == vr::NexthopType::l2_receive) return "router of vrf " + std::to_string(n.vrf.raw());
  if (n.type != vr::NexthopType::tunnel) return "unresolved";
  if ((n.flags & vr::nh_tunnel_vxlan) != 0)
    return "VXLAN " + to_text(n.dip) + " vni " + std::to_string(number);
  return std::string{(n.flags & vr::nh_tunnel_gre) != 0 ? "MPLSoGRE " : "MPLSoUDP "} +
         to_text(n.dip) + " label " + std::to_string(number);
}

std::string Lab::bridged(unsigned vrf, std::string_view text) const {
  const auto it = naive.macs.find({VrfId{static_cast<std::uint16_t>(vrf)}, mac(text)});
  if (it == naive.macs.end()) return "none";
  const vr::SetMac& entry = it->second;
  return frames_to(entry.nexthop, entry.vni != Vni{} ? entry.vni.raw() : entry.label.raw());
}

std::vector<std::string> Lab::bridging() const {
  std::vector<std::string> lines;
  for (const auto& [key, entry] : naive.macs) {
    lines.push_back(std::to_string(key.first.raw()) + ' ' + to_text(key.second) + ' ' +
                    bridged(key.first.raw(), to_text(key.second)));
  }
  for (const auto& [label, bind] : naive.labels)
    if (label.raw() >= Labels::first_multicast)
      lines.push_back("label " + std::to_string(label.raw()) + ' ' + frames_to(bind.nexthop, 0));
  for (const auto& [vni, bind] : naive.vnis)
    lines.push_back("vni " + std::to_string(vni.raw()) + ' ' + frames_to(bind.nexthop, 0));
  return lines;
}

introspect::Tree Lab::page(const std::string& name, introspect::Query query) {
  Datapath datapath;
  datapath.tables = naive.snapshot();
  datapath.drops = vrouter_->drops();
  for (const auto& [id, vif] : naive.vifs) datapath.vifs.push_back({id, vrouter_->counters(id)});
  for (const VrfId vrf : naive.vrfs) datapath.vrfs.push_back({vrf, vrouter_->counters(vrf)});
  auto page = agent.page({.name = name, .query = std::move(query), .now = now}, datapath);
  EXPECT_TRUE(page.has_value()) << name;
  return page.value_or(introspect::Tree{});
}

testing::AssertionResult nothing_in(const std::vector<std::string>& lines) {
  if (lines.empty()) return testing::AssertionSuccess();
  return testing::AssertionFailure() << testing::PrintToString(lines);
}

}  // namespace tflab::agent
