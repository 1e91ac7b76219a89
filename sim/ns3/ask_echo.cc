#include "sim/ns3/ask_echo.h"

#include <ns3/inet-socket-address.h>
#include <ns3/packet.h>
#include <ns3/udp-socket-factory.h>

#include <vector>

#include "sim/ns3/address.h"

namespace tflab::sim {

UdpCaller::UdpCaller(ns3::Ptr<ns3::Node> node, const Endpoint& to, unsigned size, OnEcho on_echo)
    : to_{to},
      size_{size},
      on_echo_{std::move(on_echo)},
      socket_{ns3::Socket::CreateSocket(node, ns3::UdpSocketFactory::GetTypeId())} {
  socket_->Bind();
  socket_->SetRecvCallback(
      ns3::Callback<void, ns3::Ptr<ns3::Socket>>{[this](ns3::Ptr<ns3::Socket>) { on_readable(); }});
}

UdpCaller::~UdpCaller() {
  socket_->SetRecvCallback(ns3::Callback<void, ns3::Ptr<ns3::Socket>>{});
  socket_->Close();
}

void UdpCaller::call(std::uint16_t number) {
  std::vector<std::uint8_t> octets(size_);
  octets[0] = static_cast<std::uint8_t>(number >> 8);
  octets[1] = static_cast<std::uint8_t>(number);
  socket_->SendTo(ns3::Create<ns3::Packet>(octets.data(), size_), 0, to_ns3(to_));
}

void UdpCaller::on_readable() {
  while (auto packet = socket_->Recv()) {
    std::uint8_t number[2] = {};
    if (packet->GetSize() != size_ || packet->CopyData(number, 2) != 2) continue;
    on_echo_(static_cast<std::uint16_t>(number[0] << 8 | number[1]));
  }
}

TcpCaller::TcpCaller(ns3::Ptr<ns3::Node> node, const Endpoint& to, unsigned size, OnEcho on_echo)
    : to_{to}, size_{size}, on_echo_{std::move(on_echo)}, streams_{node, *this, size} {}

void TcpCaller::call(std::uint16_t number) {
  streams_.open({StreamId{number}, {}, to_});
}

void TcpCaller::opened(StreamId stream, const Endpoint&) {
  streams_.write({stream, std::make_shared<std::vector<std::byte>>(size_)});
  streams_.flush();
}

void TcpCaller::bytes(StreamId stream, Bytes bytes) {
  if ((heard_[stream] += bytes.size()) < size_) return;
  heard_.erase(stream);
  streams_.close({stream});
  on_echo_(static_cast<std::uint16_t>(stream.raw()));
}

// It listens nowhere; a call that is refused or reset has no answer, which is all there is to tell.
StreamId TcpCaller::accepted(const Endpoint&, const Endpoint&) {
  return {};
}
void TcpCaller::closed(StreamId stream) {
  heard_.erase(stream);
}
void TcpCaller::blocked(StreamId) {}
void TcpCaller::writable(StreamId) {}

}  // namespace tflab::sim
