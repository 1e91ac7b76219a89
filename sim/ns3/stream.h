#pragma once
// The byte-stream port over ns-3's TCP: listens, dials, keeps what a node has written until TCP
// takes it, and always reads everything at once, because ns-3.37 never reopens a window that a slow
// reader left smaller than a segment.

#include <ns3/node.h>
#include <ns3/socket.h>

#include <deque>
#include <map>
#include <memory>
#include <vector>

#include "control-core/base/stream.h"
#include "vrouter-core/base/reader.h"

namespace tflab::sim {

// Whoever is told about streams: the host of a core.
class StreamUser {
public:
  virtual StreamId accepted(const Endpoint& local, const Endpoint& remote) = 0;
  virtual void opened(StreamId stream, const Endpoint& local) = 0;
  virtual void bytes(StreamId stream, Bytes bytes) = 0;
  virtual void closed(StreamId stream) = 0;  // refused, reset, or ended by the other side
  virtual void blocked(StreamId stream) = 0;
  virtual void writable(StreamId stream) = 0;

protected:
  ~StreamUser() = default;
};

class Streams {
public:
  // More than high water queued is told once, and once again when less than low water is.
  static constexpr std::size_t high_water = 1 << 20;
  static constexpr std::size_t low_water = 1 << 18;

  // `segment_size`: octets of TCP payload in a full packet.
  Streams(ns3::Ptr<ns3::Node> node, StreamUser& user, std::uint32_t segment_size);
  ~Streams() { abandon(); }
  Streams(const Streams&) = delete;
  Streams& operator=(const Streams&) = delete;

  void listen(std::uint16_t port);
  void stop_listening();

  void open(const OpenStream& request);
  void write(const WriteStream& request);
  void close(const CloseStream& request);  // after what was written; nothing is told any more

  // The program ends: nobody gets in any more, and every connection is closed as if it had been
  // asked for, after what was written.
  void retire();

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
  };
  using Connections = std::map<StreamId, Connection>;

  ns3::Ptr<ns3::Socket> make_socket();
  void follow(StreamId stream, ns3::Ptr<ns3::Socket> socket);
  void on_accepted(ns3::Ptr<ns3::Socket> socket, const ns3::Address& from);
  void on_connected(StreamId stream);
  void on_readable(StreamId stream);
  void on_gone(StreamId stream);
  void flush(StreamId stream);
  bool send_some(Connection& connection);
  void tell_pressure(StreamId stream);
  void finish(Connections::iterator it);

  ns3::Ptr<ns3::Node> node_;
  StreamUser& user_;
  std::uint32_t segment_size_;
  std::vector<ns3::Ptr<ns3::Socket>> listeners_;
  Connections connections_;
  // A connection that was half open when its listener went still calls the listener's function.
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace tflab::sim
