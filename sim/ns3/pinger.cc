#include "sim/ns3/pinger.h"

#include <ns3/boolean.h>
#include <ns3/icmpv6-header.h>
#include <ns3/inet6-socket-address.h>
#include <ns3/ipv4-header.h>
#include <ns3/ipv4-raw-socket-factory.h>
#include <ns3/ipv4-route.h>
#include <ns3/ipv4-routing-protocol.h>
#include <ns3/ipv4.h>
#include <ns3/ipv6-header.h>
#include <ns3/ipv6-raw-socket-factory.h>
#include <ns3/ipv6-route.h>
#include <ns3/ipv6-routing-protocol.h>
#include <ns3/ipv6.h>
#include <ns3/packet.h>
#include <ns3/uinteger.h>

#include <array>
#include <vector>

#include "sim/ns3/address.h"

namespace tflab::sim {
namespace {

using OnReadable = ns3::Callback<void, ns3::Ptr<ns3::Socket>>;

constexpr unsigned icmp = 1, icmpv6 = 58;

ns3::Ptr<ns3::Socket> raw_socket(ns3::Ptr<ns3::Node> node, ns3::TypeId factory, unsigned protocol,
                                 OnReadable on_readable) {
  auto socket = ns3::Socket::CreateSocket(node, factory);
  socket->SetAttribute("Protocol", ns3::UintegerValue(protocol));
  socket->SetRecvCallback(on_readable);
  return socket;
}

constexpr unsigned echo_header = 8, ip4_header = 20, ip6_header = 40;

ns3::Ptr<ns3::Packet> payload(unsigned size) {
  std::vector<std::uint8_t> octets(size);
  for (std::size_t i = 0; i < octets.size(); ++i) octets[i] = static_cast<std::uint8_t>(i);
  return ns3::Create<ns3::Packet>(octets.data(), size);
}

}  // namespace

Pinger::Pinger(ns3::Ptr<ns3::Node> node, std::uint16_t identifier, Shape shape, OnReply on_reply,
               OnError on_error)
    : node_{node},
      identifier_{identifier},
      shape_{shape},
      on_reply_{std::move(on_reply)},
      on_error_{std::move(on_error)} {
  socket_ = raw_socket(node, ns3::Ipv4RawSocketFactory::GetTypeId(), icmp,
                       {[this](ns3::Ptr<ns3::Socket>) { on_readable(); }});
  if (node->GetObject<ns3::Ipv6>() != nullptr)
    socket6_ = raw_socket(node, ns3::Ipv6RawSocketFactory::GetTypeId(), icmpv6,
                          {[this](ns3::Ptr<ns3::Socket>) { on_readable6(); }});
}

Pinger::~Pinger() {
  for (const auto& socket : {socket_, socket6_}) {
    if (socket == nullptr) continue;
    socket->SetRecvCallback(OnReadable{});
    socket->Close();
  }
}

bool Pinger::send(const IpAddr& to, std::uint16_t sequence) {
  return to.is_v4() ? send4(to.v4(), sequence) : send6(to.v6(), sequence);
}

bool Pinger::send4(Ip4 to, std::uint16_t sequence) {
  ns3::Icmpv4Echo echo;
  echo.SetIdentifier(identifier_);
  echo.SetSequenceNumber(sequence);
  echo.SetData(payload(shape_.size - ip4_header - echo_header));
  ns3::Icmpv4Header header;
  header.SetType(ns3::Icmpv4Header::ICMPV4_ECHO);
  header.EnableChecksum();
  auto packet = ns3::Create<ns3::Packet>();
  packet->AddHeader(echo);
  packet->AddHeader(header);
  const bool plain = !shape_.dont_fragment && shape_.hops == Shape{}.hops;
  if (!plain && !address(packet, to)) return false;
  return socket_->SendTo(packet, 0, ns3::InetSocketAddress{to_ns3(to), 0}) >= 0;
}

// The socket takes the IP header from us: its own never has the bit, and always as many hops.
bool Pinger::address(ns3::Ptr<ns3::Packet> packet, Ip4 to) {
  ns3::Ipv4Header ip;
  ip.SetDestination(to_ns3(to));
  ip.SetProtocol(icmp);
  ip.SetTtl(static_cast<std::uint8_t>(shape_.hops));
  ip.SetPayloadSize(static_cast<std::uint16_t>(packet->GetSize()));
  if (shape_.dont_fragment) ip.SetDontFragment();
  ns3::Socket::SocketErrno error{};
  const auto route =
      node_->GetObject<ns3::Ipv4>()->GetRoutingProtocol()->RouteOutput(packet, ip, nullptr, error);
  if (route == nullptr) return false;
  ip.SetSource(route->GetSource());
  packet->AddHeader(ip);
  socket_->SetAttribute("IpHeaderInclude", ns3::BooleanValue(true));
  return true;
}

bool Pinger::send6(const Ip6& to, std::uint16_t sequence) {
  if (socket6_ == nullptr) return false;
  socket6_->SetIpv6HopLimit(static_cast<std::uint8_t>(shape_.hops));
  ns3::Icmpv6Echo echo{true};
  echo.SetId(identifier_);
  echo.SetSeq(sequence);
  auto packet = payload(shape_.size - ip6_header - echo_header);
  packet->AddHeader(echo);  // the socket, which knows the source, sums it up
  ns3::Ipv6Header ip;
  ip.SetDestination(to_ns3(to));
  ns3::Socket::SocketErrno error{};  // the socket itself does not say when there is no route
  auto routing = node_->GetObject<ns3::Ipv6>()->GetRoutingProtocol();
  if (routing->RouteOutput(packet, ip, nullptr, error) == nullptr) return false;
  return socket6_->SendTo(packet, 0, ns3::Inet6SocketAddress{to_ns3(to), 0}) >= 0;
}

void Pinger::on_readable() {
  while (auto packet = socket_->Recv()) {
    ns3::Ipv4Header ip;
    packet->RemoveHeader(ip);
    ns3::Icmpv4Header header;
    if (packet->GetSize() < 8) continue;
    packet->RemoveHeader(header);
    read_error(from_ns3(ip.GetSource()), header, packet);
    if (header.GetType() != ns3::Icmpv4Header::ICMPV4_ECHO_REPLY) continue;
    ns3::Icmpv4Echo echo;
    packet->RemoveHeader(echo);
    if (echo.GetIdentifier() == identifier_) on_reply_(echo.GetSequenceNumber(), ip.GetTtl());
  }
}

// Errors quote the echo they are about: type, code, checksum, identifier, sequence.
void Pinger::read_error(Ip4 from, const ns3::Icmpv4Header& kind,
                        ns3::Ptr<ns3::Packet> packet) const {
  std::array<std::uint8_t, 8> echo{};
  std::optional<unsigned> mtu;
  if (kind.GetType() == ns3::Icmpv4Header::ICMPV4_DEST_UNREACH &&
      kind.GetCode() == ns3::Icmpv4DestinationUnreachable::ICMPV4_FRAG_NEEDED) {
    ns3::Icmpv4DestinationUnreachable unreachable;
    packet->RemoveHeader(unreachable);
    unreachable.GetData(echo.data());
    mtu = unreachable.GetNextHopMtu();
  } else if (kind.GetType() == ns3::Icmpv4Header::ICMPV4_TIME_EXCEEDED) {
    ns3::Icmpv4TimeExceeded exceeded;
    packet->RemoveHeader(exceeded);
    exceeded.GetData(echo.data());
  } else {
    return;
  }
  const bool ours = (echo[4] << 8 | echo[5]) == identifier_;
  if (ours && on_error_) on_error_(from, mtu);
}

void Pinger::on_readable6() {
  while (auto packet = socket6_->Recv()) {
    ns3::Ipv6Header ip;
    packet->RemoveHeader(ip);
    std::uint8_t type = 0;
    if (packet->GetSize() < 8 || packet->CopyData(&type, 1) != 1) continue;
    if (type != ns3::Icmpv6Header::ICMPV6_ECHO_REPLY) continue;
    ns3::Icmpv6Echo echo{false};
    packet->RemoveHeader(echo);
    if (echo.GetId() == identifier_) on_reply_(echo.GetSeq(), ip.GetHopLimit());
  }
}

}  // namespace tflab::sim
