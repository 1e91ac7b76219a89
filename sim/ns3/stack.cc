#include "sim/ns3/stack.h"

#include <ns3/arp-l3-protocol.h>
#include <ns3/boolean.h>
#include <ns3/config.h>
#include <ns3/global-value.h>
#include <ns3/icmpv4-l4-protocol.h>
#include <ns3/icmpv6-l4-protocol.h>
#include <ns3/ipv4-interface.h>
#include <ns3/ipv4-l3-protocol.h>
#include <ns3/ipv4-routing-table-entry.h>
#include <ns3/ipv4-static-routing.h>
#include <ns3/ipv6-l3-protocol.h>
#include <ns3/ipv6-static-routing.h>
#include <ns3/object-factory.h>
#include <ns3/pointer.h>
#include <ns3/rng-seed-manager.h>
#include <ns3/simulator.h>
#include <ns3/string.h>
#include <ns3/traffic-control-layer.h>
#include <ns3/udp-l4-protocol.h>
#include <ns3/uinteger.h>

#include "sim/ns3/address.h"
#include "sim/ns3/tcp_path.h"

namespace tflab::sim {
namespace {

using ns3::CreateObject;
using ns3::Ptr;

Ptr<ns3::Ipv4StaticRouting> routing_of(Ptr<ns3::Node> node) {
  return ns3::DynamicCast<ns3::Ipv4StaticRouting>(
      node->GetObject<ns3::Ipv4>()->GetRoutingProtocol());
}

// Of a node with its first IPv6 address.
Ptr<ns3::Ipv6> ipv6_of(Ptr<ns3::Node> node) {
  if (auto there = node->GetObject<ns3::Ipv6>()) return there;
  auto ipv6 = CreateObject<ns3::Ipv6L3Protocol>();
  node->AggregateObject(ipv6);
  node->AggregateObject(CreateObject<ns3::Icmpv6L4Protocol>());
  ipv6->SetRoutingProtocol(CreateObject<ns3::Ipv6StaticRouting>());
  ipv6->RegisterExtensions();
  ipv6->RegisterOptions();
  return ipv6;
}

// A device has one interface of each version, however many addresses that has.
template <class Stack>
std::uint32_t interface_for(Ptr<Stack> stack, Ptr<EthernetDevice> device) {
  const std::int32_t known = stack->GetInterfaceForDevice(device);
  return known < 0 ? stack->AddInterface(device) : static_cast<std::uint32_t>(known);
}

}  // namespace

void prepare_ns3(std::uint64_t seed) {
  using ns3::Config::SetDefault;
  ns3::ObjectFactory scheduler{"ns3::PriorityQueueScheduler"};
  ns3::Simulator::SetScheduler(scheduler);
  ns3::RngSeedManager::SetSeed(static_cast<std::uint32_t>(seed % 0xfffffffe) + 1);
  ns3::GlobalValue::Bind("ChecksumEnabled", ns3::BooleanValue(true));

  // Linux asks again at once for an address that did not answer; ns-3 would sulk for 100 s.
  SetDefault("ns3::ArpCache::DeadTimeout", ns3::TimeValue(ns3::MilliSeconds(100)));
  SetDefault("ns3::ArpCache::PendingQueueSize", ns3::UintegerValue(64));
  SetDefault("ns3::ArpL3Protocol::RequestJitter",
             ns3::StringValue("ns3::ConstantRandomVariable[Constant=0.0]"));
  // Addresses are ours to give: nobody asks whether one is taken, nor for a router.
  SetDefault("ns3::Icmpv6L4Protocol::DAD", ns3::BooleanValue(false));
  SetDefault("ns3::Icmpv6L4Protocol::SolicitationJitter",
             ns3::StringValue("ns3::ConstantRandomVariable[Constant=0.0]"));
  // ns-3 does not understand a reset in answer to a SYN, so a refusal is noticed by these: 1 + 2 s.
  SetDefault("ns3::TcpSocket::ConnTimeout", ns3::TimeValue(ns3::Seconds(1)));
  SetDefault("ns3::TcpSocket::ConnCount", ns3::UintegerValue(2));
  SetDefault("ns3::TcpSocket::TcpNoDelay", ns3::BooleanValue(true));
  SetDefault("ns3::Ipv4::IpForward", ns3::BooleanValue(false));
}

Ptr<ns3::Node> make_node() {
  auto node = CreateObject<ns3::Node>();
  auto arp = CreateObject<ns3::ArpL3Protocol>();
  auto ipv4 = CreateObject<ns3::Ipv4L3Protocol>();
  auto control = CreateObject<ns3::TrafficControlLayer>();
  node->AggregateObject(control);
  node->AggregateObject(arp);
  node->AggregateObject(ipv4);
  ipv4->SetRoutingProtocol(CreateObject<ns3::Ipv4StaticRouting>());
  node->AggregateObject(CreateObject<ns3::Icmpv4L4Protocol>());
  node->AggregateObject(CreateObject<ns3::UdpL4Protocol>());
  auto tcp = CreateObject<TcpPath>();
  node->AggregateObject(tcp);
  tcp->begin();
  arp->SetTrafficControl(control);
  return node;
}

Ptr<EthernetDevice> add_device(Ptr<ns3::Node> node, const Mac& mac, std::uint16_t mtu) {
  auto device = CreateObject<EthernetDevice>(mac, mtu);
  node->AddDevice(device);
  // Both are the node's, and the device's function goes first.
  device->offer_first(
      [tcp = ns3::PeekPointer(node->GetObject<TcpPath>()), to = ns3::PeekPointer(device)](
          const Mac& from, Bytes packet) { return tcp->receive(*to, from, packet); });
  return device;
}

void add_address(Ptr<ns3::Node> node, Ptr<EthernetDevice> device, Ip4 address,
                 std::uint8_t length) {
  auto ipv4 = node->GetObject<ns3::Ipv4>();
  const std::uint32_t index = interface_for(ipv4, device);
  ipv4->AddAddress(index, ns3::Ipv4InterfaceAddress(to_ns3(address), mask_of(length)));
  ipv4->SetUp(index);
  device->set_neighbours(
      node->GetObject<ns3::Ipv4L3Protocol>()->GetInterface(index)->GetArpCache());
}

void add_address(Ptr<ns3::Node> node, Ptr<EthernetDevice> device, const Ip6& address,
                 std::uint8_t length) {
  auto ipv6 = ipv6_of(node);
  const std::uint32_t index = interface_for(ipv6, device);
  ipv6->AddAddress(index, ns3::Ipv6InterfaceAddress(to_ns3(address), ns3::Ipv6Prefix(length)));
  ipv6->SetUp(index);
}

void set_prefix_length(Ptr<ns3::Node> node, std::uint8_t length) {
  constexpr std::uint32_t first = 1;  // 0 is the loopback
  auto ipv4 = node->GetObject<ns3::Ipv4>();
  const auto address = ipv4->GetAddress(first, 0).GetLocal();
  ipv4->RemoveAddress(first, 0);
  ipv4->AddAddress(first, ns3::Ipv4InterfaceAddress(address, mask_of(length)));
}

void add_route(Ptr<ns3::Node> node, const IpPrefix& prefix, Ip4 via) {
  auto routing = routing_of(node);
  // The interface is the one that the next hop is on-link of.
  auto ipv4 = node->GetObject<ns3::Ipv4>();
  for (std::uint32_t i = 1; i < ipv4->GetNInterfaces(); ++i) {
    const auto own = ipv4->GetAddress(i, 0);
    if (!own.GetMask().IsMatch(own.GetLocal(), to_ns3(via))) continue;
    routing->AddNetworkRouteTo(to_ns3(prefix.base().v4()), mask_of(prefix.length()), to_ns3(via),
                               i);
    return;
  }
}

void set_default_route(Ptr<ns3::Node> node, Ptr<EthernetDevice> device, const Ip6& via) {
  auto ipv6 = ipv6_of(node);
  const auto index = static_cast<std::uint32_t>(ipv6->GetInterfaceForDevice(device));
  ns3::DynamicCast<ns3::Ipv6StaticRouting>(ipv6->GetRoutingProtocol())
      ->SetDefaultRoute(to_ns3(via), index);
}

void remove_route(Ptr<ns3::Node> node, const IpPrefix& prefix, Ip4 via) {
  auto routing = routing_of(node);
  for (std::uint32_t i = 0; i < routing->GetNRoutes(); ++i) {
    const auto route = routing->GetRoute(i);
    if (route.GetDest() != to_ns3(prefix.base().v4())) continue;
    if (route.GetDestNetworkMask() != mask_of(prefix.length())) continue;
    if (route.GetGateway() != to_ns3(via)) continue;
    routing->RemoveRoute(i);
    return;
  }
}

}  // namespace tflab::sim
