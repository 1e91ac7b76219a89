#include "cli/bench_node.h"

#include <random>

#include "vrouter-core/wire/header_layout.h"

namespace tflab::cli {

void Traffic::add(const Floor::Frame& frame, std::uint16_t vrf) {
  frames.push_back(frame);
  vifs.push_back(VifId{static_cast<std::uint16_t>(first_vm.raw() + vrf - 1)});
  vrfs.push_back(vrf);
}

Floor::Frame udp_frame(Ip4 src, Ip4 dst, std::uint16_t src_port, const Mac& to) {
  Floor::Frame frame{};
  Writer out{frame};
  wire::Ethernet{to, vm_mac, wire::EtherType::ipv4}.write(out);
  constexpr std::uint16_t length = Floor::frame_size - wire::Ethernet::size;
  wire::Ipv4{
      .total_length = length, .ttl = 64, .protocol = wire::Protocol::udp, .src = src, .dst = dst}
      .write(out);
  wire::Udp{.src_port = src_port, .dst_port = 53, .length = length - wire::Ipv4::size}.write(out);
  return frame;
}

vr::SetNexthop tunnel_nexthop(NexthopId id, std::uint32_t flag) {
  return {.nexthop = id,
          .type = vr::NexthopType::tunnel,
          .flags = vr::nh_valid | flag,
          .out = fabric_vif,
          .dst = peer_mac,
          .src = node_mac,
          .sip = node_ip,
          .dip = peer_ip};
}

void furnish(BenchCore& node, std::uint16_t vrfs, std::uint32_t vif_flags) {
  for (std::uint16_t v = 0; v <= vrfs; ++v) node.must(vr::SetVrf{VrfId{v}});
  node.must(vr::SetVif{.vif = fabric_vif, .type = vr::VifType::physical, .mac = node_mac});
  node.must(
      vr::SetVif{.vif = host_vif, .type = vr::VifType::host, .mac = node_mac, .address = node_ip});
  for (std::uint16_t v = 1; v <= vrfs; ++v) {
    node.must(vr::SetVif{.vif = VifId{static_cast<std::uint16_t>(first_vm.raw() + v - 1)},
                         .type = vr::VifType::virt,
                         .flags = vif_flags,
                         .vrf = VrfId{v},
                         .mac = vr_mac,
                         .nexthop = to_vm});
  }
  node.must(tunnel_nexthop(by_udp, vr::nh_tunnel_udp_mpls));
  node.must(tunnel_nexthop(by_gre, vr::nh_tunnel_gre));
  node.must(tunnel_nexthop(by_vxlan, vr::nh_tunnel_vxlan));
  node.must(vr::SetNexthop{.nexthop = to_vm,
                           .type = vr::NexthopType::encap,
                           .vrf = VrfId{1},
                           .out = first_vm,
                           .dst = vm_mac,
                           .src = vr_mac});
}

Mac tunnelled_mac(std::uint32_t i) {
  return {{2, 1, 0, static_cast<std::uint8_t>(i >> 16), static_cast<std::uint8_t>(i >> 8),
           static_cast<std::uint8_t>(i)}};
}

Traffic to_macs(BenchCore& node, std::uint32_t macs) {
  for (std::uint32_t i = 0; i < macs; ++i) {
    node.must(
        vr::SetMac{.vrf = VrfId{1}, .mac = tunnelled_mac(i), .nexthop = by_vxlan, .vni = Vni{vni}});
  }
  Traffic traffic;
  const std::uint32_t frames = macs == 1 ? 64 : 4096;
  for (std::uint32_t i = 0; i < frames; ++i) {
    traffic.add(udp_frame(vm_ip, Ip4{0x0a000005}, static_cast<std::uint16_t>(i),
                          tunnelled_mac(i * 7919 % macs)),
                1);
  }
  return traffic;
}

Traffic in_flows(BenchCore& node, std::uint32_t flows, bool nat) {
  node.must(
      vr::SetRoute{VrfId{1}, IpPrefix{Ip4{}, 0}, by_udp, Label{label}, vr::route_label_valid});
  Traffic traffic;
  std::mt19937 random{5};
  for (std::uint32_t i = 0; i < flows; ++i) {
    const auto port = static_cast<std::uint16_t>(i);
    const Ip4 dst{0x0b000000 + (i >> 16)};
    const auto protocol = static_cast<std::uint8_t>(wire::Protocol::udp);
    const vr::FlowKey key{to_vm, vm_ip, dst, protocol, port, 53};
    const vr::FlowKey back{by_udp, dst, nat ? floating_ip : vm_ip, protocol, 53, port};
    const auto action = nat ? vr::FlowAction::nat : vr::FlowAction::forward;
    const auto flags = static_cast<std::uint16_t>(nat ? vr::flow_snat : 0);
    node.must(vr::SetFlow{
        .key = key, .reverse = back, .action = action, .flags = flags, .source = to_vm});
    node.must(vr::SetFlow{.key = back, .reverse = key, .action = action});
    if (traffic.frames.size() < 65'536) traffic.add(udp_frame(vm_ip, dst, port, vr_mac), 1);
  }
  if (flows > 65'536) {
    for (Floor::Frame& frame : traffic.frames) {
      const auto k = static_cast<std::uint32_t>(random() % flows);
      frame = udp_frame(vm_ip, Ip4{0x0b000000 + (k >> 16)}, static_cast<std::uint16_t>(k), vr_mac);
    }
  }
  return traffic;
}

}  // namespace tflab::cli
