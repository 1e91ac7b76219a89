#pragma once
// The lean IPv4 host stack of a simulated node: ARP, ICMP, UDP and TCP over Ethernet devices,
// static routes, nothing else; IPv6 with neighbour discovery where a node has such an address.
// Never ns-3's InternetStackHelper, whose queues, and IPv6 on every node, cost twice as much.

#include <ns3/node.h>

#include <utility>
#include <vector>

#include "sim/ns3/ethernet_device.h"
#include "vrouter-core/base/addr.h"

namespace tflab::sim {

using Routes = std::vector<std::pair<IpPrefix, Ip4>>;  // prefix, next hop

// Settings of ns-3 that hold for the whole process: real checksums, TCP that gives up on a silent
// address after seconds as the operators of these systems are used to, and no randomness in ARP.
void prepare_ns3(std::uint64_t seed);

ns3::Ptr<ns3::Node> make_node();
ns3::Ptr<EthernetDevice> add_device(ns3::Ptr<ns3::Node> node, const Mac& mac, std::uint16_t mtu);
void add_address(ns3::Ptr<ns3::Node> node, ns3::Ptr<EthernetDevice> device, Ip4 address,
                 std::uint8_t length);
void add_address(ns3::Ptr<ns3::Node> node, ns3::Ptr<EthernetDevice> device, const Ip6& address,
                 std::uint8_t length);
// The one address of the node's first device stays, what is on-link changes.
void set_prefix_length(ns3::Ptr<ns3::Node> node, std::uint8_t length);
void add_route(ns3::Ptr<ns3::Node> node, const IpPrefix& prefix, Ip4 via);
void set_default_route(ns3::Ptr<ns3::Node> node, ns3::Ptr<EthernetDevice> device, const Ip6& via);
void remove_route(ns3::Ptr<ns3::Node> node, const IpPrefix& prefix, Ip4 via);

}  // namespace tflab::sim
