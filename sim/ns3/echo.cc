#include "sim/ns3/echo.h"

#include <ns3/inet-socket-address.h>
#include <ns3/packet.h>
#include <ns3/udp-socket-factory.h>

namespace tflab::sim {

UdpEcho::UdpEcho(ns3::Ptr<ns3::Node> node)
    : socket_{ns3::Socket::CreateSocket(node, ns3::UdpSocketFactory::GetTypeId())} {
  socket_->Bind(ns3::InetSocketAddress{ns3::Ipv4Address::GetAny(), echo_port});
  socket_->SetRecvCallback(
      ns3::Callback<void, ns3::Ptr<ns3::Socket>>{[this](ns3::Ptr<ns3::Socket>) { on_readable(); }});
}

UdpEcho::~UdpEcho() {
  socket_->SetRecvCallback(ns3::Callback<void, ns3::Ptr<ns3::Socket>>{});
  socket_->Close();
}

void UdpEcho::on_readable() {
  ns3::Address from;
  while (auto packet = socket_->RecvFrom(from)) {
    packet->RemoveAllPacketTags();
    socket_->SendTo(packet, 0, from);
  }
}

TcpEcho::TcpEcho(ns3::Ptr<ns3::Node> node, std::uint32_t segment_size)
    : streams_{node, *this, segment_size} {
  streams_.listen(echo_port);
}

StreamId TcpEcho::accepted(const Endpoint&, const Endpoint&) {
  return StreamId{++last_stream_};
}

void TcpEcho::bytes(StreamId stream, Bytes bytes) {
  streams_.write({stream, std::make_shared<std::vector<std::byte>>(bytes.begin(), bytes.end())});
  streams_.flush();
}

// It opens nothing, a closed stream leaves nothing behind, and what waits to be sent back is
// bounded by what was sent: nothing to do.
void TcpEcho::opened(StreamId, const Endpoint&) {}
void TcpEcho::closed(StreamId) {}
void TcpEcho::blocked(StreamId) {}
void TcpEcho::writable(StreamId) {}

EchoServices::EchoServices(ns3::Ptr<ns3::Node> node, scenario::Workload workload,
                           std::uint32_t mtu) {
  constexpr std::uint32_t tcp_headers = 20 + 20 + 12;
  if (workload == scenario::Workload::udp_echo) udp_ = std::make_unique<UdpEcho>(node);
  if (workload == scenario::Workload::tcp_echo)
    tcp_ = std::make_unique<TcpEcho>(node, mtu - tcp_headers);
}

}  // namespace tflab::sim
