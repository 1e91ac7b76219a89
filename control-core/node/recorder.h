#pragma once
// A control node that tells a tape of everything that goes in and comes out. Without a tape it is
// the node and nothing else. Pages are not told: reading one changes nothing.

#include <memory>
#include <optional>
#include <utility>
#include <variant>

#include "control-core/base/input.h"
#include "control-core/node/control_node.h"

namespace tflab::node {

struct Configured {
  config::ControlNode next;
};
using Input = std::variant<Started, Stopped, Configured, Accepted, Opened, Arrived, Closed, Blocked,
                           Writable, TimerDue>;

class Tape {
public:
  virtual void created(const config::ControlNode& config) = 0;
  virtual void took(Instant now, const Input& input) = 0;
  virtual void gave(const Output& output) = 0;
  virtual void gave_nothing() = 0;  // the host polled, and there was no more

protected:
  ~Tape() = default;
};

class Recorder {
public:
  // `tape` may be null; otherwise it outlives this.
  Recorder(config::ControlNode config, Tape* tape, std::shared_ptr<Pools> pools = {});

  void start(Instant now);
  void stop(Instant now);
  void configure(Instant now, config::ControlNode next);
  StreamId on_accepted(Instant now, Endpoint local, Endpoint remote);
  void on_opened(Instant now, StreamId stream, Endpoint local);
  void on_bytes(Instant now, StreamId stream, Bytes bytes);
  void on_closed(Instant now, StreamId stream);
  void on_blocked(Instant now, StreamId stream);
  void on_writable(Instant now, StreamId stream);
  void on_timer(Instant now);
  std::optional<Instant> next_timer() const { return node_.next_timer(); }
  std::optional<Output> poll_output();

  const config::ControlNode& config() const { return node_.config(); }
  std::uint64_t activity() const { return node_.activity(); }
  std::uint64_t messages() const { return node_.messages(); }
  std::vector<RouterRoute> router_routes() const { return node_.router_routes(); }
  void each_vpn_route(const ControlNode::VisitVpn& visit) const { node_.each_vpn_route(visit); }
  std::optional<introspect::Tree> page(const introspect::PageRequest& request) const {
    return node_.page(request);
  }

private:
  ControlNode node_;
  Tape* tape_;
};

// The call that was told as `input`; what on_accepted() answered.
std::optional<StreamId> play(ControlNode& node, Instant now, const Input& input);

}  // namespace tflab::node
