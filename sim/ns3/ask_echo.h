#pragma once
// Calls an echo service (RFC 862) from a simulated node, over UDP or TCP. Each call is a
// conversation of its own; `on_echo` tells the number of one that came back.

#include <ns3/node.h>
#include <ns3/socket.h>

#include <functional>
#include <map>

#include "sim/ns3/tcp_streams.h"

namespace tflab::sim {

using OnEcho = std::function<void(std::uint16_t call)>;

class UdpCaller {
public:
  // `size`: octets of payload, at least two.
  UdpCaller(ns3::Ptr<ns3::Node> node, const Endpoint& to, unsigned size, OnEcho on_echo);
  ~UdpCaller();
  UdpCaller(const UdpCaller&) = delete;
  UdpCaller& operator=(const UdpCaller&) = delete;

  void call(std::uint16_t number);

private:
  void on_readable();

  Endpoint to_;
  unsigned size_;
  OnEcho on_echo_;
  ns3::Ptr<ns3::Socket> socket_;
};

class TcpCaller final : StreamUser {
public:
  TcpCaller(ns3::Ptr<ns3::Node> node, const Endpoint& to, unsigned size, OnEcho on_echo);

  void call(std::uint16_t number);
  void hang_up() { streams_.retire(); }  // what nobody has answered yet is not tried again

private:
  StreamId accepted(const Endpoint& local, const Endpoint& remote) override;
  void opened(StreamId stream, const Endpoint& local) override;
  void bytes(StreamId stream, Bytes bytes) override;
  void closed(StreamId stream) override;
  void blocked(StreamId stream) override;
  void writable(StreamId stream) override;

  Endpoint to_;
  unsigned size_;
  OnEcho on_echo_;
  std::map<StreamId, std::size_t> heard_;  // octets of a call's answer
  TcpStreams streams_;
};

}  // namespace tflab::sim
