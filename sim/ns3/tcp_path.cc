#include "sim/ns3/tcp_path.h"

#include <ns3/ipv4-header.h>
#include <ns3/ipv4-route.h>
#include <ns3/object-factory.h>
#include <ns3/packet.h>
#include <ns3/rtt-estimator.h>
#include <ns3/tcp-congestion-ops.h>
#include <ns3/tcp-recovery-ops.h>

#include <string>
#include <vector>

#include "sim/ns3/address.h"
#include "vrouter-core/base/load.h"
#include "vrouter-core/wire/ethernet.h"
#include "vrouter-core/wire/ipv4.h"
#include "vrouter-core/wire/tcp.h"

namespace tflab::sim {
namespace {

constexpr std::uint8_t hops = 64;

// What ns-3 makes of the type that an attribute of TCP names.
template <class Made>
ns3::Ptr<Made> made(const ns3::TcpL4Protocol& tcp, const std::string& attribute) {
  ns3::TypeIdValue type;
  tcp.GetAttribute(attribute, type);
  ns3::ObjectFactory factory;
  factory.SetTypeId(type.Get());
  return factory.Create<Made>();
}

// The neighbour is alive, as ns-3 notes it for every packet.
void heard_of(ns3::ArpCache& neighbours, Ip4 source, const Mac& from) {
  if (auto* direct = neighbours.Lookup(to_ns3(source))) {
    if (direct->IsAlive()) direct->UpdateSeen();
    return;
  }
  for (auto* router : neighbours.LookupInverse(to_ns3(from)))
    if (router->IsAlive()) router->UpdateSeen();
}

wire::Ipv4 header_of(ns3::Ipv4Address from, ns3::Ipv4Address to, std::uint32_t size) {
  wire::Ipv4 ip;
  ip.total_length = static_cast<std::uint16_t>(wire::Ipv4::size + size);
  ip.ttl = hops;
  ip.protocol = wire::Protocol::tcp;
  ip.src = from_ns3(from);
  ip.dst = from_ns3(to);
  return ip;
}

ns3::Ipv4Header as_ns3(const wire::Ipv4& ip) {
  ns3::Ipv4Header header;
  header.SetSource(to_ns3(ip.src));
  header.SetDestination(to_ns3(ip.dst));
  header.SetProtocol(ns3::TcpL4Protocol::PROT_NUMBER);
  header.SetPayloadSize(static_cast<std::uint16_t>(ip.total_length - wire::Ipv4::size));
  header.SetTtl(ip.ttl);
  header.SetMayFragment();
  header.SetIdentification(ip.id);
  return header;
}

}  // namespace

ns3::TypeId TcpConnection::GetTypeId() {
  static ns3::TypeId id = ns3::TypeId("tflab::sim::TcpConnection")
                              .SetParent<ns3::TcpSocketBase>()
                              .SetGroupName("tflab");
  return id;
}

int TcpConnection::Connect(const ns3::Address& address) {
  const int result = ns3::TcpSocketBase::Connect(address);
  if (result == 0) join();
  return result;
}

ns3::Ptr<ns3::TcpSocketBase> TcpConnection::Fork() {
  return ns3::CopyObject<TcpConnection>(this);
}

void TcpConnection::CompleteFork(ns3::Ptr<ns3::Packet> packet, const ns3::TcpHeader& header,
                                 const ns3::Address& from, const ns3::Address& to) {
  ns3::TcpSocketBase::CompleteFork(packet, header, from, to);
  join();
}

// A socket passes on to its own traces what changes in its state. Nobody follows them, and what it
// takes to find that out, six times for each segment, lies cold.
void TcpConnection::trace_nothing() {
  const auto cut = [this](const char* what, auto pass_on) {
    m_tcb->TraceDisconnectWithoutContext(
        what, ns3::MakeCallback(pass_on, static_cast<ns3::TcpSocketBase*>(this)));
  };
  cut("NextTxSequence", &ns3::TcpSocketBase::UpdateNextTxSequence);
  cut("HighestSequence", &ns3::TcpSocketBase::UpdateHighTxMark);
  cut("BytesInFlight", &ns3::TcpSocketBase::UpdateBytesInFlight);
  cut("CongestionWindow", &ns3::TcpSocketBase::UpdateCwnd);
  cut("CongestionWindowInflated", &ns3::TcpSocketBase::UpdateCwndInfl);
  cut("RTT", &ns3::TcpSocketBase::UpdateRtt);
}

void TcpConnection::join() {
  if (m_endPoint == nullptr) return;
  const ns3::InetSocketAddress local{m_endPoint->GetLocalAddress(), m_endPoint->GetLocalPort()};
  const ns3::InetSocketAddress remote{m_endPoint->GetPeerAddress(), m_endPoint->GetPeerPort()};
  from_ = remote;
  to_ = local;
  ends_ = {TcpEnds::end(local.GetIpv4().Get(), local.GetPort()),
           TcpEnds::end(remote.GetIpv4().Get(), remote.GetPort())};
  (*all_)[ends_] = this;
}

void TcpConnection::leave() {
  const auto at = all_->find(ends_);
  if (at != all_->end() && at->second == this) all_->erase(at);
}

void TcpConnection::receive(Bytes segment) {
  const ns3::Ptr<TcpConnection> alive{this};
  Reader in{segment};
  const auto tcp = wire::Tcp::read(in);
  const std::size_t size = segment.size();
  if (!in.ok() || !IsValidTcpSegment(ns3::SequenceNumber32{tcp.sequence}, tcp.header_size,
                                     static_cast<std::uint32_t>(size - tcp.header_size)))
    return;
  DoForwardUp(ns3::Create<ns3::Packet>(reinterpret_cast<const std::uint8_t*>(segment.data()),
                                       static_cast<std::uint32_t>(size)),
              from_, to_);
}

ns3::TypeId TcpPath::GetTypeId() {
  static ns3::TypeId id =
      ns3::TypeId("tflab::sim::TcpPath").SetParent<ns3::TcpL4Protocol>().SetGroupName("tflab");
  return id;
}

void TcpPath::begin() {
  ip_ = GetObject<ns3::Ipv4L3Protocol>();
  SetDownTarget({[this](ns3::Ptr<ns3::Packet> segment, ns3::Ipv4Address from, ns3::Ipv4Address to,
                        std::uint8_t protocol, ns3::Ptr<ns3::Ipv4Route> route) {
    send(segment, from, to, protocol, route);
  }});
}

void TcpPath::go_the_usual_way() {
  usual_ = true;
  SetDownTarget(ns3::MakeCallback(&ns3::Ipv4L3Protocol::Send, ip_));
}

// As ns-3 makes one.
ns3::Ptr<ns3::Socket> TcpPath::make_socket() {
  if (usual_) return CreateSocket();
  const auto socket = ns3::CreateObject<TcpConnection>(connections_);
  socket->SetNode(GetObject<ns3::Node>());
  socket->SetTcp(this);
  socket->SetRtt(made<ns3::RttEstimator>(*this, "RttEstimatorType"));
  socket->SetCongestionControlAlgorithm(made<ns3::TcpCongestionOps>(*this, "SocketType"));
  socket->SetRecoveryAlgorithm(made<ns3::TcpRecoveryOps>(*this, "RecoveryType"));
  AddSocket(socket);
  return socket;
}

bool TcpPath::receive(EthernetDevice& device, const Mac& from, Bytes packet) const {
  Reader in{packet};
  const auto ip = wire::Ipv4::read(in);
  const bool plain = in.ok() && ip.protocol == wire::Protocol::tcp && !ip.fragment() &&
                     ip.tos == 0 && ip.header_size == wire::Ipv4::size &&
                     ip.total_length <= packet.size() &&
                     ip.total_length >= wire::Ipv4::size + wire::Tcp::size;
  if (!plain || device.neighbours() == nullptr) return false;
  const Bytes segment = packet.subspan(wire::Ipv4::size, ip.total_length - wire::Ipv4::size);
  const std::uint16_t source = load16(segment.data()), destination = load16(segment.data() + 2);
  const auto at = connections_->find(
      {TcpEnds::end(ip.dst.raw(), destination), TcpEnds::end(ip.src.raw(), source)});
  if (at == connections_->end() || !at->second->receives()) return false;
  heard_of(*device.neighbours(), ip.src, from);
  at->second->receive(segment);
  return true;
}

void TcpPath::send(ns3::Ptr<ns3::Packet> segment, ns3::Ipv4Address from, ns3::Ipv4Address to,
                   std::uint8_t, ns3::Ptr<ns3::Ipv4Route> route) {
  if (route == nullptr) return;
  const std::uint32_t size = segment->GetSize();
  auto ip = header_of(from, to, size);
  ip.id = sent_[std::uint64_t{from.Get()} << 32 | to.Get()]++;

  const auto device = ns3::DynamicCast<EthernetDevice>(route->GetOutputDevice());
  const auto gateway = route->GetGateway();
  const auto hop = gateway == ns3::Ipv4Address::GetZero() ? to : gateway;
  auto* neighbour = device != nullptr && device->neighbours() != nullptr && from != to
                        ? device->neighbours()->Lookup(hop)
                        : nullptr;
  const bool known = neighbour != nullptr && neighbour->IsAlive() && !neighbour->IsExpired();
  if (!known || ip.total_length > device->GetMtu())
    return ip_->SendWithHeader(segment, as_ns3(ip), route);

  auto frame = std::make_shared<std::vector<std::byte>>(wire::Ethernet::size + ip.total_length);
  Writer out{*frame};
  const auto mac = ns3::Mac48Address::ConvertFrom(neighbour->GetMacAddress());
  wire::Ethernet{from_ns3(mac), device->mac(), wire::EtherType::ipv4}.write(out);
  ip.write(out);
  segment->CopyData(reinterpret_cast<std::uint8_t*>(frame->data() + out.written().size()), size);
  device->send(std::move(frame));
}

void TcpPath::DoDispose() {
  ip_ = nullptr;
  ns3::TcpL4Protocol::DoDispose();
}

}  // namespace tflab::sim
