#pragma once
// TCP of a simulated node: ns-3's own, whose segments take a shorter way between a socket and the
// wire. ns-3's IP layer does for each of them what comes out alike for all of a connection, and
// looks for the connection among all of its node; here that is one lookup in a hash table, and a
// frame is written at once. The frames are the same, octet by octet and in time: whatever is not
// plain (no such connection, no neighbour known, fragments, ECN) goes the usual way. Checksums are
// written, but not verified: nothing on a segment is ever damaged.

#include <ns3/arp-cache.h>
#include <ns3/ipv4-end-point.h>
#include <ns3/ipv4-l3-protocol.h>
#include <ns3/tcp-l4-protocol.h>
#include <ns3/tcp-socket-base.h>

#include <cstdint>
#include <memory>
#include <unordered_map>

#include "sim/ns3/ethernet_device.h"
#include "vrouter-core/base/hash.h"

namespace tflab::sim {

// Both ends of a connection: address and port, seen from here.
struct TcpEnds {
  std::uint64_t local = 0, remote = 0;
  static std::uint64_t end(std::uint32_t address, std::uint16_t port) {
    return std::uint64_t{address} << 16 | port;
  }
  friend bool operator==(const TcpEnds&, const TcpEnds&) = default;
};
struct HashOfEnds {
  std::size_t operator()(const TcpEnds& ends) const { return mixed(ends.local, ends.remote); }
};

class TcpConnection;
using TcpConnections = std::unordered_map<TcpEnds, TcpConnection*, HashOfEnds>;  // only looked up

class TcpConnection final : public ns3::TcpSocketBase {
public:
  static ns3::TypeId GetTypeId();
  explicit TcpConnection(std::shared_ptr<TcpConnections> all) : all_{std::move(all)} {
    trace_nothing();
  }
  // By a listener, for who comes.
  TcpConnection(const TcpConnection& other) : ns3::TcpSocketBase{other}, all_{other.all_} {
    trace_nothing();
  }
  TcpConnection& operator=(const TcpConnection&) = delete;
  ~TcpConnection() override { leave(); }

  int Connect(const ns3::Address& address) override;

  // It is not over yet.
  bool receives() const { return m_endPoint != nullptr; }
  void receive(Bytes segment);

private:
  void CompleteFork(ns3::Ptr<ns3::Packet> packet, const ns3::TcpHeader& header,
                    const ns3::Address& from, const ns3::Address& to) override;
  ns3::Ptr<ns3::TcpSocketBase> Fork() override;
  void trace_nothing();
  void join();
  void leave();

  std::shared_ptr<TcpConnections> all_;  // of the node
  TcpEnds ends_;
  ns3::Address from_, to_;
};

class TcpPath final : public ns3::TcpL4Protocol {
public:
  static ns3::TypeId GetTypeId();

  // Its node has an IP layer by now.
  void begin();
  // Every segment takes ns-3's own way: the yardstick.
  void go_the_usual_way();
  ns3::Ptr<ns3::Socket> make_socket();

  // A packet has come for this device's MAC. False: it is for ns-3 to receive.
  bool receive(EthernetDevice& device, const Mac& from, Bytes packet) const;

private:
  void send(ns3::Ptr<ns3::Packet> segment, ns3::Ipv4Address from, ns3::Ipv4Address to,
            std::uint8_t protocol, ns3::Ptr<ns3::Ipv4Route> route);
  void DoDispose() override;

  ns3::Ptr<ns3::Ipv4L3Protocol> ip_;
  bool usual_ = false;
  std::shared_ptr<TcpConnections> connections_ = std::make_shared<TcpConnections>();
  std::unordered_map<std::uint64_t, std::uint16_t> sent_;  // packets by addresses: their numbers
};

}  // namespace tflab::sim
