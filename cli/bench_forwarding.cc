#include "cli/bench_forwarding.h"

#include <algorithm>
#include <array>
#include <functional>
#include <random>
#include <stdexcept>

#include "cli/bench_core.h"
#include "cli/bench_counts.h"
#include "cli/bench_floor.h"
#include "cli/bench_node.h"
#include "vrouter-core/base/checksum.h"
#include "vrouter-core/tables/exact_table.h"
#include "vrouter-core/tables/flow_table.h"
#include "vrouter-core/tables/keys.h"
#include "vrouter-core/vrouter/vrouter.h"
#include "vrouter-core/wire/header_layout.h"
#include "vrouter-core/wire/ipv6.h"

namespace tflab::cli {
namespace {

using Frame = Floor::Frame;

constexpr NexthopId ecmp{5}, flood{6}, ours{7}, receive{8};

Frame ipv6_frame(std::uint16_t last) {
  Frame frame{};
  Writer out{frame};
  wire::Ethernet{vr_mac, vm_mac, wire::EtherType::ipv6}.write(out);
  constexpr std::uint16_t payload = Floor::frame_size - wire::Ethernet::size - wire::Ipv6::size;
  Ip6 src{{0xfd, 0}}, dst{{0xfd, 1}};
  dst.octets[14] = static_cast<std::uint8_t>(last >> 8);
  dst.octets[15] = static_cast<std::uint8_t>(last);
  wire::Ipv6{payload, wire::Protocol{59}, 64, src, dst}.write(out);
  return frame;
}

// What stands in front of a tunnelled packet; the packet follows and is cut to the frame's size.
enum class Tunnel { udp, gre, vxlan };
// The shortest that holds an IP header, or in VXLAN an Ethernet header.
constexpr std::size_t tunnelled_size(Tunnel tunnel) {
  if (tunnel == Tunnel::udp) return wire::MplsOverUdp::size + wire::Ipv4::size;
  if (tunnel == Tunnel::gre) return wire::MplsOverGre::size + wire::Ipv4::size;
  return wire::VxlanLayout::size + wire::Ethernet::size;
}
Frame tunnelled(Tunnel tunnel) {
  Frame frame{};
  Writer out{frame};
  const auto length = static_cast<std::uint16_t>(tunnelled_size(tunnel) - wire::Ethernet::size);
  wire::Ethernet{node_mac, peer_mac, wire::EtherType::ipv4}.write(out);
  const bool gre = tunnel == Tunnel::gre;
  wire::Ipv4{.total_length = length,
             .ttl = 64,
             .protocol = gre ? wire::Protocol::gre : wire::Protocol::udp,
             .src = peer_ip,
             .dst = node_ip}
      .write(out);
  if (gre) wire::Gre{static_cast<std::uint16_t>(wire::EtherType::mpls)}.write(out);
  if (tunnel == Tunnel::udp) {
    wire::Udp{49152, wire::mpls_over_udp_port, static_cast<std::uint16_t>(length - 20)}.write(out);
  }
  if (tunnel == Tunnel::vxlan) {
    wire::Udp{49152, wire::vxlan_port, static_cast<std::uint16_t>(length - 20)}.write(out);
    wire::Vxlan{Vni{vni}}.write(out);
    wire::Ethernet{vm_mac, vr_mac, wire::EtherType{0x88b5}}.write(out);
    return frame;
  }
  wire::MplsEntry{Label{20}, true, 64}.write(out);
  wire::Ipv4{.total_length = wire::Ipv4::size,
             .ttl = 63,
             .protocol = wire::Protocol{253},
             .src = Ip4{0x0a000001},
             .dst = vm_ip}
      .write(out);
  return frame;
}

// Destinations of a table: 70 of 100 are hosts, the rest networks of 256, in RFC 1918 space.
struct Prefix {
  std::uint16_t vrf;
  std::uint32_t base;
  std::uint8_t length;
};
std::vector<Prefix> prefixes(std::size_t n, std::uint16_t vrfs) {
  std::mt19937 random{n == 1 ? 1u : 20240229u};
  std::vector<Prefix> all;
  for (std::size_t i = 0; i < n; ++i) {
    const bool host = random() % 100 < 70;
    const auto address = 0x0a000000 | static_cast<std::uint32_t>(random() & 0xffffff);
    all.push_back({static_cast<std::uint16_t>(1 + random() % vrfs),
                   host ? address : address & ~0xffu, static_cast<std::uint8_t>(host ? 32 : 24)});
  }
  return all;
}

// ------------------------------------------------------------------------------ one case

struct RoutedTraffic {
  Traffic traffic;
  Floor floor;
};

// Packets to `distinct` of the prefixes, for both sides.
RoutedTraffic to_some(const std::vector<Prefix>& all, std::size_t distinct) {
  RoutedTraffic both{{}, Floor{all.size()}};
  for (const Prefix& p : all) both.floor.add(p.vrf, p.base, p.length, label);
  std::mt19937 random{7};
  for (std::size_t i = 0; i < distinct; ++i) {
    const Prefix& p = all[random() % all.size()];
    const Ip4 dst{p.base | (p.length == 24 ? static_cast<std::uint32_t>(random() & 0xff) : 0)};
    both.traffic.add(udp_frame(vm_ip, dst, static_cast<std::uint16_t>(1024 + i), vr_mac), p.vrf);
  }
  return both;
}

struct Measure {
  std::vector<BenchCase>& cases;
  const Options& options;

  // Ours against the floor, both over the batch sizes of the issue.
  void against(const std::string& name, BenchCore& node, const Traffic& traffic, Floor& floor,
               const Traffic& floor_traffic, std::size_t batch, double goal,
               double per_packet = 1) {
    if (!wanted(options, name)) return;
    const std::uint64_t before = node.sent();
    node.run(traffic.frames, traffic.vifs, batch, traffic.size);
    const auto out = node.sent() - before;
    if (out != traffic.frames.size() * static_cast<std::uint64_t>(per_packet)) {
      throw std::logic_error{"bench: " + name + " sent " + std::to_string(out) + " frames"};
    }
    if (counting()) {
      count_here(
          name, [&] { node.run(traffic.frames, traffic.vifs, batch, traffic.size); },
          traffic.frames.size() * static_cast<std::size_t>(per_packet));
      return cases.push_back({.name = name});
    }
    cases.push_back(compared(
        name,
        [&] {
          return rate([&] { return node.run(traffic.frames, traffic.vifs, batch, traffic.size); }) /
                 per_packet;
        },
        [&] {
          return rate([&] { return floor.run(floor_traffic.frames, floor_traffic.vrfs, batch); });
        },
        "floor probe", goal));
    cases.back().octets = node.octets();
  }
};

// ------------------------------------------------------------------------------ the suite

std::string batch_name(const std::string& name, std::size_t batch) {
  return name + (batch == 1 ? " single" : " batch " + std::to_string(batch));
}

void routed(Measure& m, const std::string& name, std::size_t routes, std::uint16_t vrfs,
            std::size_t distinct, const std::vector<std::pair<std::size_t, double>>& batches) {
  const auto is_wanted = [&](const auto& one) {
    return wanted(m.options, batch_name(name, one.first));
  };
  if (std::none_of(batches.begin(), batches.end(), is_wanted)) return;
  const auto all = prefixes(routes, vrfs);
  BenchCore node{{.vifs = 2048,
                  .vrfs = 1024,
                  .nexthops = 16,
                  .routes4 = static_cast<std::uint32_t>(routes + 4096),
                  .routes6 = 16}};
  furnish(node, vrfs, vr::vif_l3);
  for (const Prefix& p : all) {
    node.must(vr::SetRoute{VrfId{p.vrf}, IpPrefix{Ip4{p.base}, p.length}, by_udp, Label{label},
                           vr::route_label_valid});
  }
  RoutedTraffic both = to_some(all, distinct);
  for (const auto& [batch, goal] : batches) {
    m.against(batch_name(name, batch), node, both.traffic, both.floor, both.traffic, batch, goal);
  }
}

// Everything with tables that fit the caches, against the floor of one route.
class Small {
public:
  explicit Small(Measure& m) : m_{m}, floor_{to_some(prefixes(1, 1), 64)}, node_{limits()} {
    furnish(node_, 1, vr::vif_l3 | vr::vif_l2);
  }

  void run() {
    gre();
    decapsulation();
    bridging();
    ecmp_16();
    ipv6();
    replication();
  }

private:
  static vr::Limits limits() {
    return {.vifs = 64,
            .vrfs = 16,
            .nexthops = 64,
            .labels = 64,
            .routes4 = 4096,
            .routes6 = 4096,
            .macs = 16384};
  }
  void against(const std::string& name, const Traffic& traffic, double goal, double copies = 1) {
    m_.against(name, node_, traffic, floor_.floor, floor_.traffic, 32, goal, copies);
  }
  Traffic to_one(Ip4 dst) const {
    Traffic traffic;
    for (std::uint16_t i = 0; i < 64; ++i) traffic.add(udp_frame(vm_ip, dst, 1024 + i, vr_mac), 1);
    return traffic;
  }
  void host_route(Ip4 dst, NexthopId nexthop) {
    node_.must(
        vr::SetRoute{VrfId{1}, IpPrefix::host(dst), nexthop, Label{label}, vr::route_label_valid});
  }

  void gre() {
    host_route(Ip4{0x0a000002}, by_gre);
    against("l3 mplsogre, 1 route", to_one(Ip4{0x0a000002}), 1.8);
  }
  void decapsulation() {
    node_.must(vr::BindLabel{Label{20}, to_vm});
    node_.must(vr::SetNexthop{.nexthop = ours,
                              .type = vr::NexthopType::vrf_translate,
                              .vrf = VrfId{1},
                              .family = vr::NexthopFamily::bridge});
    node_.must(vr::SetNexthop{.nexthop = receive,
                              .type = vr::NexthopType::encap,
                              .vrf = VrfId{1},
                              .out = first_vm,
                              .family = vr::NexthopFamily::bridge});
    node_.must(vr::BindVni{Vni{vni}, ours});
    node_.must(vr::SetMac{.vrf = VrfId{1}, .mac = vm_mac, .nexthop = receive});
    const std::pair<const char*, Tunnel> kinds[] = {{"decap mplsoudp", Tunnel::udp},
                                                    {"decap mplsogre", Tunnel::gre},
                                                    {"decap vxlan", Tunnel::vxlan}};
    for (const auto& [name, tunnel] : kinds) {
      Traffic traffic;
      traffic.size = tunnelled_size(tunnel);
      for (int i = 0; i < 64; ++i) traffic.frames.push_back(tunnelled(tunnel));
      traffic.vifs.assign(64, fabric_vif);
      against(std::string{name} + " + deliver", traffic, 1.6);
    }
  }
  void bridging() {
    for (const std::uint32_t macs : {1u, 10'000u})
      against("evpn bridge + vxlan, " + std::to_string(macs) + " macs", to_macs(node_, macs), 1.8);
  }
  void ecmp_16() {
    node_.must(vr::SetNexthop{.nexthop = ecmp,
                              .type = vr::NexthopType::composite,
                              .flags = vr::nh_valid | vr::nh_composite_ecmp});
    for (std::uint16_t i = 0; i < 16; ++i) {
      const NexthopId member{16u + i};
      node_.must(tunnel_nexthop(member, vr::nh_tunnel_udp_mpls));
      node_.must(vr::SetMember{ecmp, i, member, label});
    }
    host_route(Ip4{0x0a000003}, ecmp);
    against("ecmp-16 + mplsoudp", to_one(Ip4{0x0a000003}), 2.3);
  }
  void ipv6() {
    for (std::uint16_t i = 0; i < 64; ++i) {
      Ip6 dst{{0xfd, 1}};
      dst.octets[15] = static_cast<std::uint8_t>(i);
      node_.must(
          vr::SetRoute{VrfId{1}, IpPrefix::host(dst), by_udp, Label{label}, vr::route_label_valid});
    }
    Traffic traffic;
    for (std::uint16_t i = 0; i < 64; ++i) traffic.add(ipv6_frame(i), 1);
    against("ipv6 l3 + mplsoudp", traffic, 3);
  }
  void replication() {
    node_.must(vr::SetNexthop{.nexthop = flood,
                              .type = vr::NexthopType::composite,
                              .flags = vr::nh_valid | vr::nh_multicast});
    for (std::uint16_t i = 0; i < 4; ++i) {
      const NexthopId member{40u + i};
      node_.must(tunnel_nexthop(member, vr::nh_tunnel_vxlan));
      node_.must(vr::SetMember{flood, i, member, vni});
    }
    node_.must(vr::SetMac{.vrf = VrfId{1}, .mac = broadcast_mac, .nexthop = flood});
    Traffic traffic;
    for (std::uint16_t i = 0; i < 64; ++i)
      traffic.add(udp_frame(vm_ip, Ip4{0x0a000005}, i, broadcast_mac), 1);
    against("bum, 4 copies, each", traffic, 2.0, 4);
  }

  Measure& m_;
  RoutedTraffic floor_;
  BenchCore node_;
};

// Flows of one machine, against the floor with tables of the size the issue names.
void flows(Measure& m, const std::string& name, std::uint32_t n, bool nat, std::size_t floor_routes,
           std::size_t floor_distinct, double goal) {
  if (!wanted(m.options, name)) return;
  RoutedTraffic floor = to_some(prefixes(floor_routes, 1000), floor_distinct);
  BenchCore node{
      {.vifs = 8, .vrfs = 4, .nexthops = 64, .routes4 = 64, .routes6 = 8, .flows = 2 * n}};
  furnish(node, 1, vr::vif_l3 | vr::vif_policy);
  const Traffic traffic = in_flows(node, n, nat);
  m.against(name, node, traffic, floor.floor, floor.traffic, 32, goal);
}

using Work = std::function<void()>;

void measure_operation(Measure& m, const std::string& name, const BenchCore& node,
                       std::size_t count, const Work& before, const Work& work, const Work& after) {
  if (!wanted(m.options, name)) return;
  if (counting()) {
    before();
    count_here(name, work, count);
    after();
    return m.cases.push_back({.name = name});
  }
  const auto round = [&] {
    before();
    const double start = thread_cpu_ns();
    work();
    const double took = thread_cpu_ns() - start;
    after();
    return took / static_cast<double>(count);
  };
  m.cases.push_back(measured(name, round, 1000));
  m.cases.back().octets = node.octets();
}

// The control side: what one operation on a full table takes.
void operations(Measure& m) {
  const std::array<const char*, 3> names = {"route add, 1M x 1000", "route replace, 1M x 1000",
                                            "route delete, 1M x 1000"};
  if (!wanted(m.options, names[0]) && !wanted(m.options, names[1]) && !wanted(m.options, names[2]))
    return;
  const auto all = prefixes(1'000'000, 1000);
  BenchCore node{{.vifs = 2048, .vrfs = 1024, .nexthops = 16, .routes4 = 1'004'096, .routes6 = 16}};
  furnish(node, 1000, vr::vif_l3);
  const auto set = [&](const Prefix& p, NexthopId nexthop) {
    return vr::SetRoute{VrfId{p.vrf}, IpPrefix{Ip4{p.base}, p.length}, nexthop, Label{label},
                        vr::route_label_valid};
  };
  for (const Prefix& p : all) node.must(set(p, by_udp));
  std::mt19937 random{3};
  std::vector<Prefix> some;
  for (int i = 0; i < 100'000; ++i) some.push_back(all[random() % all.size()]);
  const auto add = [&](const Prefix& p) { node.apply(set(p, by_udp)); };
  const auto replace = [&](const Prefix& p) { node.apply(set(p, by_gre)); };
  const auto erase = [&](const Prefix& p) {
    node.apply(vr::DeleteRoute{VrfId{p.vrf}, IpPrefix{Ip4{p.base}, p.length}});
  };
  // In turns, so that the table is as full each time: of a route that stands twice in the list the
  // second deletion is refused and the second addition a replacement.
  using Each = std::function<void(const Prefix&)>;
  struct Turn {
    const char* name;
    Each before, measured, after;
  };
  const Each nothing = [](const Prefix&) {};
  for (const Turn& turn :
       {Turn{names[1], nothing, replace, nothing}, Turn{names[2], nothing, erase, add},
        Turn{names[0], erase, add, nothing}})
    measure_operation(
        m, turn.name, node, some.size(), [&] { std::ranges::for_each(some, turn.before); },
        [&] { std::ranges::for_each(some, turn.measured); },
        [&] { std::ranges::for_each(some, turn.after); });
}

void sizes(Measure& m) {
  const auto per = [&](const std::string& name, double octets, double goal) {
    if (wanted(m.options, name)) m.cases.push_back(counted(name, "octets", octets, goal));
  };
  const auto table = [](std::uint32_t n) {
    return static_cast<double>(vr::ExactTable<vr::Prefix4Key>::octets_for(n)) / n +
           sizeof(std::uint32_t);
  };
  per("memory per ipv4 route, 10k", table(10'000), 40);
  per("memory per ipv4 route, 1M", table(1'000'000), 40);
  per("memory per mac",
      static_cast<double>(vr::ExactTable<vr::MacKey>::octets_for(10'000)) / 10'000, 32);
  per("memory per flow", static_cast<double>(vr::FlowTable::octets_for(500'000)) / 500'000, 128);
}

}  // namespace

std::vector<BenchCase> bench_forwarding(const Options& options) {
  std::vector<BenchCase> cases;
  Measure m{cases, options};
  routed(m, "l3 mplsoudp, 1 route,", 1, 1, 64, {{32, 1.8}, {1, 2.0}});
  routed(m, "l3 mplsoudp, 10k x 1000,", 10'000, 1000, 4096, {{32, 1.8}});
  routed(m, "l3 mplsoudp, 1M x 1000,", 1'000'000, 1000, 4096, {{32, 1.8}});
  routed(m, "l3 mplsoudp, 1M x 1000, 64k destinations,", 1'000'000, 1000, 65'536, {{32, 1.8}});
  Small{m}.run();
  flows(m, "flow hit, 10k flows", 10'000, false, 10'000, 4096, 2.2);
  flows(m, "flow hit, 500k flows", 500'000, false, 1'000'000, 65'536, 1.6);
  flows(m, "flow hit + snat, 10k pairs", 10'000, true, 10'000, 4096, 2.8);
  operations(m);
  sizes(m);
  return cases;
}

}  // namespace tflab::cli
