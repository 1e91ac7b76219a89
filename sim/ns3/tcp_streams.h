#pragma once
// The byte-stream port over ns-3's TCP: listens, dials, keeps what a node has written until TCP
// takes it, and always reads everything at once, because ns-3.37 never reopens a window that a slow
// reader left smaller than a segment.

#include <ns3/node.h>
#include <ns3/socket.h>

#include <deque>
#include <memory>
#include <unordered_map>
#include <vector>

#include "sim/ns3/stream.h"

namespace tflab::sim {

class TcpStreams final : public Streams {
public:
  // `segment_size`: octets of TCP payload in a full packet.
  TcpStreams(ns3::Ptr<ns3::Node> node, StreamUser& user, std::uint32_t segment_size);
  ~TcpStreams() override { abandon(); }
  TcpStreams(const TcpStreams&) = delete;
  TcpStreams& operator=(const TcpStreams&) = delete;

  void listen(std::uint16_t port) override;
  void stop_listening();

  void open(const OpenStream& request) override;
  void write(const WriteStream& request) override;
  void flush() override;
  void close(const CloseStream& request) override;

  void retire() override;

  // The node lost its power: all connections are forgotten and nobody is told.
  void abandon();

  std::size_t count() const { return connections_.size(); }

private:
  struct Connection {
    ns3::Ptr<ns3::Socket> socket;
    std::deque<SharedBytes> queue;
    std::size_t taken = 0;   // octets of the first element that TCP has
    std::size_t queued = 0;  // octets in all that it has not
    bool open = false, closing = false, blocked = false;
    bool unsent = false;  // it waits for a flush
    bool waits = false;   // for room in TCP
  };
  struct HashOfStream {
    std::size_t operator()(StreamId stream) const { return stream.raw(); }
  };
  // A control node looks one up for all that it is told or says; outputs never follow its order.
  using Connections = std::unordered_map<StreamId, Connection, HashOfStream>;

  ns3::Ptr<ns3::Socket> make_socket();
  void follow(StreamId stream, ns3::Ptr<ns3::Socket> socket);
  void on_accepted(ns3::Ptr<ns3::Socket> socket, const ns3::Address& from);
  void on_connected(StreamId stream);
  void on_readable(StreamId stream);
  void on_gone(StreamId stream);
  void flush(StreamId stream);
  bool send_some(Connection& connection);
  std::size_t gather(const Connection& connection, std::size_t most);
  static void take_off(Connection& connection, std::size_t octets);
  void wait_for_room(StreamId stream);
  void tell_pressure(StreamId stream);
  void finish(Connections::iterator it);

  ns3::Ptr<ns3::Node> node_;
  StreamUser& user_;
  std::uint32_t segment_size_;
  std::vector<ns3::Ptr<ns3::Socket>> listeners_;
  Connections connections_;
  std::vector<StreamId> unsent_;        // in order of the first write
  std::vector<std::uint8_t> together_;  // what is handed to TCP at once
  // A connection that was half open when its listener went still calls the listener's function.
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace tflab::sim
