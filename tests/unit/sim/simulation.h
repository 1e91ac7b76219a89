#pragma once
// A fresh simulator for each test, and nodes on one segment.

#include <gtest/gtest.h>
#include <ns3/simulator.h>

#include "sim/ns3/segment.h"
#include "sim/ns3/stack.h"
#include "sim/ns3/time.h"

namespace tflab::sim {

struct Simulation : testing::Test {
  Simulation() { prepare_ns3(1); }
  ~Simulation() override { ns3::Simulator::Destroy(); }

  void run_for(Duration span) {
    ns3::Simulator::Schedule(to_ns3(span), [] { ns3::Simulator::Stop(); });
    ns3::Simulator::Run();
  }
};

constexpr Mac mac(std::uint8_t last) {
  return Mac{{0x02, 0, 0, 0, 0, last}};
}

// A node with one address 192.0.2.<last>/24 on a segment.
struct PlainNode {
  ns3::Ptr<ns3::Node> node;
  ns3::Ptr<EthernetDevice> device;
  PortId port;

  PlainNode(Segment& segment, std::uint8_t last) : node{make_node()} {
    const auto mtu = static_cast<std::uint16_t>(segment.link().mtu);
    device = add_device(node, mac(last), mtu);
    add_address(node, device, address(last), 24);
    port = segment.attach(mac(last), node->GetId(),
                          [to = device](const SharedBytes& frame) { to->deliver(*frame); });
    device->connect([&segment, at = port](SharedBytes frame) { segment.send(at, frame); });
  }
  static Ip4 address(std::uint8_t last) { return Ip4{0xc0000200u + last}; }
  // fd00::<last>
  static Ip6 address6(std::uint8_t last) {
    Ip6 address{};
    address.octets.front() = 0xfd;
    address.octets.back() = last;
    return address;
  }
};

}  // namespace tflab::sim
