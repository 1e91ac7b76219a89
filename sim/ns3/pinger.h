#pragma once
// A source of ICMP echo requests on a simulated node, over raw sockets so that the TTL of the
// reply is seen. 56 octets of payload, as ping(8) sends, unless told otherwise.

#include <ns3/icmpv4.h>
#include <ns3/node.h>
#include <ns3/socket.h>

#include <functional>
#include <optional>

#include "vrouter-core/base/addr.h"

namespace tflab::sim {

class Pinger {
public:
  using OnReply = std::function<void(std::uint16_t sequence, unsigned ttl)>;
  // An IPv4 packet goes no further: it must not be cut and is too big, and this is how big it may
  // be (RFC 1191), or without an MTU, its hops are used up.
  using OnError = std::function<void(Ip4 from, std::optional<unsigned> mtu)>;
  struct Shape {
    unsigned size = 84;  // of the IP packet
    bool dont_fragment = false;
    unsigned hops = 64;
  };

  Pinger(ns3::Ptr<ns3::Node> node, std::uint16_t identifier, Shape shape, OnReply on_reply,
         OnError on_error = {});
  ~Pinger();
  Pinger(const Pinger&) = delete;
  Pinger& operator=(const Pinger&) = delete;

  // False: no route to there.
  bool send(const IpAddr& to, std::uint16_t sequence);

private:
  bool send4(Ip4 to, std::uint16_t sequence);
  bool send6(const Ip6& to, std::uint16_t sequence);
  void on_readable();
  void on_readable6();
  bool address(ns3::Ptr<ns3::Packet> packet, Ip4 to);
  void read_error(Ip4 from, const ns3::Icmpv4Header& kind, ns3::Ptr<ns3::Packet> packet) const;

  ns3::Ptr<ns3::Node> node_;
  std::uint16_t identifier_;
  Shape shape_;
  OnReply on_reply_;
  OnError on_error_;
  ns3::Ptr<ns3::Socket> socket_, socket6_;  // the second where the node has IPv6
};

}  // namespace tflab::sim
