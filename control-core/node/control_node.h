#pragma once
// A control node without an operating system: streams, time and configuration in, bytes out.
// BGP to other speakers, XMPP to agents, the tables between them, and introspect pages over them.

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <variant>
#include <vector>

#include "control-core/base/stream.h"
#include "control-core/config/model.h"
#include "control-core/introspect/tree.h"
#include "control-core/node/router_routes.h"
#include "control-core/types/nlri.h"
#include "vrouter-core/base/instant.h"
#include "vrouter-core/base/reader.h"

namespace tflab::node {

struct Pools;
using Output = std::variant<OpenStream, WriteStream, CloseStream>;

class ControlNode {
public:
  // Pools are shared with other nodes on the same thread, or null: its own.
  explicit ControlNode(config::ControlNode config, std::shared_ptr<Pools> pools = {});
  ~ControlNode();

  void start(Instant now);
  void stop(Instant now);  // Cease to peers, stream close to agents; then drain once more
  void configure(Instant now, config::ControlNode next);

  // The host listens where config() says and tells of every connection; one to xmpp_port is an
  // agent's, any other a BGP speaker's.
  StreamId on_accepted(Instant now, Endpoint local, Endpoint remote);
  void on_opened(Instant now, StreamId stream, Endpoint local);
  void on_bytes(Instant now, StreamId stream, Bytes bytes);  // takes effect with poll_output()
  void on_closed(Instant now, StreamId stream);    // refused, reset or ended by the other side
  void on_blocked(Instant now, StreamId stream);   // more is queued than the host likes
  void on_writable(Instant now, StreamId stream);  // ... and no longer

  void on_timer(Instant now);
  std::optional<Instant> next_timer() const;
  std::optional<Output> poll_output();

  const config::ControlNode& config() const;
  // Grows with every change of a session or a table, not with keepalives: hosts that live in real
  // time know by it that the node has settled.
  std::uint64_t activity() const;
  std::uint64_t messages() const;  // UPDATEs and stanzas, heard and said: what there was to do
  // Of a router: what its data plane is to do.
  std::vector<RouterRoute> router_routes() const;
  // What bgp.l3vpn.0 has, in its order, and the next hops of the best paths: a page of it says more
  // of a hundred thousand routes than anybody reads.
  using VisitVpn = std::function<void(const VpnRoute&, const IpAddr& next_hop)>;
  void each_vpn_route(const VisitVpn& visit) const;
  // A page of the original's introspect, by its request's name; nothing for an unknown name.
  std::optional<introspect::Tree> page(const introspect::PageRequest& request) const;

private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace tflab::node
