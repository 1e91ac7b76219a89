#include "sim/ns3/tcp_streams.h"

#include <ns3/nstime.h>
#include <ns3/packet.h>
#include <ns3/simulator.h>
#include <ns3/uinteger.h>

#include <algorithm>
#include <cstring>
#include <utility>

#include "sim/ns3/address.h"
#include "sim/ns3/tcp_path.h"

namespace tflab::sim {
namespace {

using ns3::Callback;
using ns3::Ptr;
using ns3::Socket;
using OnSocket = Callback<void, Ptr<Socket>>;
using OnRoom = Callback<void, Ptr<Socket>, std::uint32_t>;

// Reads on for a connection that nobody follows any more: unread bytes would turn its FIN into a
// reset.
void swallow(Ptr<Socket> socket) {
  for (auto packet = socket->Recv(); packet && packet->GetSize() > 0; packet = socket->Recv()) {
  }
}

// A listener of ns-3.37 takes a stray reset for a peer whose window is zero, and the probe that it
// would send after the persist timeout crashes: it has no peer. A connection inherits the value.
ns3::TimeValue never() {
  return ns3::TimeValue{ns3::Time::Max() / 2};
}
ns3::TimeValue usual() {
  return ns3::TimeValue{ns3::Seconds(6)};
}

void forget(Ptr<Socket> socket) {
  socket->SetConnectCallback(OnSocket{}, OnSocket{});
  socket->SetCloseCallbacks(OnSocket{}, OnSocket{});
  socket->SetSendCallback(OnRoom{});
  socket->SetAcceptCallback(Callback<bool, Ptr<Socket>, const ns3::Address&>{},
                            Callback<void, Ptr<Socket>, const ns3::Address&>{});
  socket->SetRecvCallback(ns3::MakeCallback(&swallow));
}

Endpoint local_of(Ptr<Socket> socket) {
  ns3::Address address;
  socket->GetSockName(address);
  return from_ns3(address);
}

}  // namespace

TcpStreams::TcpStreams(Ptr<ns3::Node> node, StreamUser& user, std::uint32_t segment_size)
    : node_{node}, user_{user}, segment_size_{segment_size} {}

Ptr<Socket> TcpStreams::make_socket() {
  auto socket = node_->GetObject<TcpPath>()->make_socket();
  socket->SetAttribute("SegmentSize", ns3::UintegerValue(segment_size_));
  return socket;
}

void TcpStreams::listen(std::uint16_t port) {
  auto socket = make_socket();
  socket->SetAttribute("PersistTimeout", never());
  socket->Bind(ns3::InetSocketAddress{ns3::Ipv4Address::GetAny(), port});
  socket->Listen();
  socket->SetAcceptCallback(
      Callback<bool, Ptr<Socket>, const ns3::Address&>{},
      Callback<void, Ptr<Socket>, const ns3::Address&>{
          [this, alive = std::weak_ptr{alive_}](Ptr<Socket> accepted, const ns3::Address& from) {
            if (!alive.expired()) on_accepted(accepted, from);
          }});
  listeners_.push_back(socket);
}

void TcpStreams::stop_listening() {
  for (auto& socket : listeners_) {
    forget(socket);
    socket->Close();
  }
  listeners_.clear();
}

void TcpStreams::on_accepted(Ptr<Socket> socket, const ns3::Address& from) {
  if (listeners_.empty()) {
    forget(socket);
    socket->Close();
    return;
  }
  socket->SetAttribute("PersistTimeout", usual());
  const StreamId stream = user_.accepted(local_of(socket), from_ns3(from));
  follow(stream, socket);
  connections_.at(stream).open = true;
  on_readable(stream);
}

void TcpStreams::follow(StreamId stream, Ptr<Socket> socket) {
  connections_[stream].socket = socket;
  socket->SetRecvCallback(OnSocket{[this, stream](Ptr<Socket>) { on_readable(stream); }});
  // Both alike: ns-3 reports a peer's reset as a normal close.
  const OnSocket gone{[this, stream](Ptr<Socket>) { on_gone(stream); }};
  socket->SetCloseCallbacks(gone, gone);
}

void TcpStreams::open(const OpenStream& request) {
  auto socket = make_socket();
  follow(request.stream, socket);
  const StreamId stream = request.stream;
  socket->SetConnectCallback(OnSocket{[this, stream](Ptr<Socket>) { on_connected(stream); }},
                             OnSocket{[this, stream](Ptr<Socket>) { on_gone(stream); }});
  const Ip4 from = request.from.v4();
  socket->Bind(ns3::InetSocketAddress{to_ns3(from), 0});
  socket->Connect(to_ns3(request.to));
}

void TcpStreams::on_connected(StreamId stream) {
  const auto it = connections_.find(stream);
  if (it == connections_.end()) return;
  it->second.open = true;
  user_.opened(stream, local_of(it->second.socket));
  flush(stream);
}

// TCP hands over all it has at once, and has nothing new before the next event.
void TcpStreams::on_readable(StreamId stream) {
  const auto it = connections_.find(stream);
  if (it == connections_.end()) return;
  const auto packet = it->second.socket->Recv();
  if (!packet || packet->GetSize() == 0 || it->second.closing) return;
  std::vector<std::byte> bytes(packet->GetSize());
  packet->CopyData(reinterpret_cast<std::uint8_t*>(bytes.data()), packet->GetSize());
  user_.bytes(stream, bytes);
  user_.heard();
}

void TcpStreams::write(const WriteStream& request) {
  const auto it = connections_.find(request.stream);
  // What is written after the other side ended it has nowhere to go.
  if (it == connections_.end() || it->second.closing || request.bytes->empty()) return;
  it->second.queue.push_back(request.bytes);
  it->second.queued += request.bytes->size();
  if (!std::exchange(it->second.unsent, true)) unsent_.push_back(request.stream);
}

void TcpStreams::flush() {
  for (const StreamId stream : std::exchange(unsent_, {})) flush(stream);
}

void TcpStreams::close(const CloseStream& request) {
  const auto it = connections_.find(request.stream);
  if (it == connections_.end()) return;
  it->second.closing = true;
  if (it->second.open)
    flush(request.stream);
  else
    finish(it);
}

// Hands TCP what it takes. ns-3 takes a packet whole or not at all, so packets are cut to fit.
bool TcpStreams::send_some(Connection& connection) {
  const std::size_t size = gather(connection, connection.socket->GetTxAvailable());
  if (size == 0) return false;
  if (connection.socket->Send(together_.data(), static_cast<std::uint32_t>(size), 0) < 0)
    return false;
  take_off(connection, size);
  return true;
}

// What waits, put together: every packet that TCP is handed costs it as much again.
std::size_t TcpStreams::gather(const Connection& connection, std::size_t most) {
  together_.resize(std::min(most, connection.queued));
  std::size_t size = 0, skip = connection.taken;
  for (const SharedBytes& bytes : connection.queue) {
    const std::size_t some = std::min(together_.size() - size, bytes->size() - skip);
    if (some == 0) break;
    std::memcpy(together_.data() + size, bytes->data() + skip, some);
    size += some;
    skip = 0;
  }
  return size;
}

void TcpStreams::take_off(Connection& connection, std::size_t octets) {
  connection.queued -= octets;
  connection.taken += octets;
  while (!connection.queue.empty() && connection.taken >= connection.queue.front()->size()) {
    connection.taken -= connection.queue.front()->size();
    connection.queue.pop_front();
  }
}

void TcpStreams::flush(StreamId stream) {
  for (;;) {
    const auto it = connections_.find(stream);
    if (it == connections_.end()) return;
    it->second.unsent = false;
    if (!it->second.open) return;
    if (it->second.queue.empty()) {
      if (it->second.closing) return finish(it);
      break;
    }
    if (!send_some(it->second)) break;
  }
  wait_for_room(stream);
  tell_pressure(stream);
}

// TCP says so at every acknowledgement: it is asked only while something waits.
void TcpStreams::wait_for_room(StreamId stream) {
  Connection& connection = connections_.at(stream);
  const bool waits = !connection.queue.empty();
  if (waits == std::exchange(connection.waits, waits)) return;
  OnRoom on_room;
  if (waits) on_room = OnRoom{[this, stream](Ptr<Socket>, std::uint32_t) { flush(stream); }};
  connection.socket->SetSendCallback(on_room);
}

void TcpStreams::tell_pressure(StreamId stream) {
  Connection& connection = connections_.at(stream);
  if (connection.closing) return;
  if (!connection.blocked && connection.queued > high_water) {
    connection.blocked = true;
    user_.blocked(stream);
  } else if (connection.blocked && connection.queued < low_water) {
    connection.blocked = false;
    user_.writable(stream);
  }
}

void TcpStreams::on_gone(StreamId stream) {
  const auto it = connections_.find(stream);
  if (it == connections_.end()) return;
  on_readable(stream);  // what came with the FIN
  const auto still = connections_.find(stream);
  if (still == connections_.end()) return;
  const bool told = still->second.closing;
  finish(still);
  if (!told) user_.closed(stream);
}

void TcpStreams::finish(Connections::iterator it) {
  const auto socket = it->second.socket;
  connections_.erase(it);
  forget(socket);
  swallow(socket);
  socket->Close();
  // ns-3 may be in the middle of telling that it failed, and looks at it afterwards.
  ns3::Simulator::ScheduleNow([socket] {});
}

void TcpStreams::retire() {
  stop_listening();
  std::vector<StreamId> all;
  for (const auto& [stream, connection] : connections_) all.push_back(stream);
  std::ranges::sort(all);
  for (const StreamId stream : all) close({stream});
}

void TcpStreams::abandon() {
  for (auto& [stream, connection] : connections_) forget(connection.socket);
  for (auto& socket : listeners_) forget(socket);
  connections_.clear();
  listeners_.clear();
}

}  // namespace tflab::sim
