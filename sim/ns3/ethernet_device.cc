#include "sim/ns3/ethernet_device.h"

#include <ns3/channel.h>
#include <ns3/node.h>
#include <ns3/packet.h>

#include "sim/ns3/address.h"
#include "vrouter-core/wire/ethernet.h"

namespace tflab::sim {
namespace {

ns3::NetDevice::PacketType type_of(const Mac& to, const Mac& own) {
  if (to == own) return ns3::NetDevice::PACKET_HOST;
  if (to.broadcast()) return ns3::NetDevice::PACKET_BROADCAST;
  return to.multicast() ? ns3::NetDevice::PACKET_MULTICAST : ns3::NetDevice::PACKET_OTHERHOST;
}

}  // namespace

ns3::TypeId EthernetDevice::GetTypeId() {
  static ns3::TypeId id =
      ns3::TypeId("tflab::sim::EthernetDevice").SetParent<ns3::NetDevice>().SetGroupName("tflab");
  return id;
}

EthernetDevice::EthernetDevice(Mac mac, std::uint16_t mtu) : mac_{mac}, mtu_{mtu} {}

void EthernetDevice::DoDispose() {
  node_ = nullptr;
  out_ = nullptr;
  first_ = nullptr;
  neighbours_ = nullptr;
  receive_ = ReceiveCallback{};
  all_ = PromiscReceiveCallback{};
  ns3::NetDevice::DoDispose();
}

void EthernetDevice::deliver(Bytes frame) {
  Reader in{frame};
  const auto header = wire::Ethernet::read(in);
  if (!in.ok() || !node_ || !out_) return;
  const PacketType type = type_of(header.dst, mac_);
  if (type == PACKET_OTHERHOST) return;

  const auto protocol = static_cast<std::uint16_t>(header.type);
  const Bytes payload = frame.subspan(wire::Ethernet::size);
  const bool ours = type == PACKET_HOST && header.type == wire::EtherType::ipv4;
  if (ours && first_ && first_(header.src, payload)) return;
  auto packet = ns3::Create<ns3::Packet>(reinterpret_cast<const std::uint8_t*>(payload.data()),
                                         static_cast<std::uint32_t>(payload.size()));
  if (!all_.IsNull()) all_(this, packet, protocol, to_ns3(header.src), to_ns3(header.dst), type);
  if (!receive_.IsNull()) receive_(this, packet, protocol, to_ns3(header.src));
}

bool EthernetDevice::Send(ns3::Ptr<ns3::Packet> packet, const ns3::Address& to,
                          std::uint16_t type) {
  return SendFrom(packet, GetAddress(), to, type);
}

bool EthernetDevice::SendFrom(ns3::Ptr<ns3::Packet> packet, const ns3::Address& from,
                              const ns3::Address& to, std::uint16_t type) {
  if (!out_) return false;
  auto frame = std::make_shared<std::vector<std::byte>>(wire::Ethernet::size + packet->GetSize());
  Writer out{*frame};
  wire::Ethernet{from_ns3(ns3::Mac48Address::ConvertFrom(to)),
                 from_ns3(ns3::Mac48Address::ConvertFrom(from)), wire::EtherType{type}}
      .write(out);
  packet->CopyData(reinterpret_cast<std::uint8_t*>(frame->data() + wire::Ethernet::size),
                   packet->GetSize());
  send(std::move(frame));
  return true;
}

// What a frame travels on is no ns-3 channel, and nobody on this stack asks for one.
ns3::Ptr<ns3::Channel> EthernetDevice::GetChannel() const {
  return nullptr;
}
void EthernetDevice::SetAddress(ns3::Address address) {
  mac_ = from_ns3(ns3::Mac48Address::ConvertFrom(address));
}
ns3::Address EthernetDevice::GetAddress() const {
  return to_ns3(mac_);
}
bool EthernetDevice::SetMtu(std::uint16_t mtu) {
  mtu_ = mtu;
  return true;
}
// The link never changes: a dead node is a node whose frames nobody takes.
void EthernetDevice::AddLinkChangeCallback(ns3::Callback<void>) {}
ns3::Address EthernetDevice::GetBroadcast() const {
  return ns3::Mac48Address::GetBroadcast();
}
ns3::Address EthernetDevice::GetMulticast(ns3::Ipv4Address group) const {
  return ns3::Mac48Address::GetMulticast(group);
}
ns3::Address EthernetDevice::GetMulticast(ns3::Ipv6Address group) const {
  return ns3::Mac48Address::GetMulticast(group);
}

}  // namespace tflab::sim
