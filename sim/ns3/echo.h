#pragma once
// What machines run besides answering pings: a server on port 7 that sends back what it gets
// (RFC 862), over UDP or TCP.

#include <ns3/node.h>
#include <ns3/socket.h>

#include <memory>

#include "scenarios/model.h"
#include "sim/ns3/tcp_streams.h"

namespace tflab::sim {

inline constexpr std::uint16_t echo_port = 7;

class UdpEcho {
public:
  explicit UdpEcho(ns3::Ptr<ns3::Node> node);
  ~UdpEcho();
  UdpEcho(const UdpEcho&) = delete;
  UdpEcho& operator=(const UdpEcho&) = delete;

private:
  void on_readable();

  ns3::Ptr<ns3::Socket> socket_;
};

class TcpEcho final : StreamUser {
public:
  TcpEcho(ns3::Ptr<ns3::Node> node, std::uint32_t segment_size);

private:
  StreamId accepted(const Endpoint& local, const Endpoint& remote) override;
  void opened(StreamId stream, const Endpoint& local) override;
  void bytes(StreamId stream, Bytes bytes) override;
  void closed(StreamId stream) override;
  void blocked(StreamId stream) override;
  void writable(StreamId stream) override;

  TcpStreams streams_;
  std::uint32_t last_stream_ = 0;
};

// What a machine or a host is there for besides answering pings, which its stack does.
class EchoServices {
public:
  EchoServices(ns3::Ptr<ns3::Node> node, scenario::Workload workload, std::uint32_t mtu);

private:
  std::unique_ptr<UdpEcho> udp_;
  std::unique_ptr<TcpEcho> tcp_;
};

}  // namespace tflab::sim
