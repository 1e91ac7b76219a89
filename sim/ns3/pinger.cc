#include "sim/ns3/pinger.h"

#include <ns3/icmpv4.h>
#include <ns3/ipv4-header.h>
#include <ns3/ipv4-raw-socket-factory.h>
#include <ns3/packet.h>
#include <ns3/uinteger.h>

#include <array>

#include "sim/ns3/address.h"

namespace tflab::sim {
namespace {

constexpr unsigned icmp = 1;

ns3::Ptr<ns3::Packet> payload() {
  std::array<std::uint8_t, 56> octets;
  for (std::size_t i = 0; i < octets.size(); ++i) octets[i] = static_cast<std::uint8_t>(i);
  return ns3::Create<ns3::Packet>(octets.data(), octets.size());
}

}  // namespace

Pinger::Pinger(ns3::Ptr<ns3::Node> node, std::uint16_t identifier, OnReply on_reply)
    : identifier_{identifier}, on_reply_{std::move(on_reply)} {
  socket_ = ns3::Socket::CreateSocket(node, ns3::Ipv4RawSocketFactory::GetTypeId());
  socket_->SetAttribute("Protocol", ns3::UintegerValue(icmp));
  socket_->SetRecvCallback(
      ns3::Callback<void, ns3::Ptr<ns3::Socket>>{[this](ns3::Ptr<ns3::Socket>) { on_readable(); }});
}

Pinger::~Pinger() {
  socket_->SetRecvCallback(ns3::Callback<void, ns3::Ptr<ns3::Socket>>{});
  socket_->Close();
}

bool Pinger::send(Ip4 to, std::uint16_t sequence) {
  ns3::Icmpv4Echo echo;
  echo.SetIdentifier(identifier_);
  echo.SetSequenceNumber(sequence);
  echo.SetData(payload());
  ns3::Icmpv4Header header;
  header.SetType(ns3::Icmpv4Header::ICMPV4_ECHO);
  header.EnableChecksum();
  auto packet = ns3::Create<ns3::Packet>();
  packet->AddHeader(echo);
  packet->AddHeader(header);
  return socket_->SendTo(packet, 0, ns3::InetSocketAddress{to_ns3(to), 0}) >= 0;
}

void Pinger::on_readable() {
  while (auto packet = socket_->Recv()) {
    ns3::Ipv4Header ip;
    packet->RemoveHeader(ip);
    ns3::Icmpv4Header header;
    if (packet->GetSize() < 8) continue;
    packet->RemoveHeader(header);
    if (header.GetType() != ns3::Icmpv4Header::ICMPV4_ECHO_REPLY) continue;
    ns3::Icmpv4Echo echo;
    packet->RemoveHeader(echo);
    if (echo.GetIdentifier() == identifier_) on_reply_(echo.GetSequenceNumber(), ip.GetTtl());
  }
}

}  // namespace tflab::sim
