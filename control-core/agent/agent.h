#pragma once
// The vRouter agent without an operating system: configuration, control-node streams, trapped
// packets and time in; forwarding operations, bytes and packets out.

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "control-core/agent/datapath.h"
#include "control-core/agent/output.h"
#include "control-core/base/stream.h"
#include "control-core/config/model.h"
#include "control-core/introspect/tree.h"
#include "vrouter-core/base/instant.h"
#include "vrouter-core/base/reader.h"
#include "vrouter-core/ops/op.h"
#include "vrouter-core/ops/result.h"

namespace tflab::xmpp {
class Memo;
}

namespace tflab::agent {

class Agent {
public:
  // `memo`: of all agents of this process that may be told the same; null: this one is alone.
  explicit Agent(config::Vrouter config, std::shared_ptr<xmpp::Memo> memo = {});
  ~Agent();

  void start(Instant now);
  // Closes the streams. Forwarding stays as it is: the host takes the vrouter down, or leaves it,
  // and may start() again.
  void stop(Instant now);
  // Before start() it only replaces the configuration. A new name, address, MAC, underlay or XMPP
  // timing builds everything anew; anything else touches only what it changes.
  void configure(Instant now, config::Vrouter next);

  void on_opened(Instant now, StreamId stream, Endpoint local);
  void on_bytes(Instant now, StreamId stream, Bytes bytes);
  void on_closed(Instant now, StreamId stream);
  // A trapped frame; `why` is the number of vr::Trap (vrouter-core/ops/trap.h).
  void on_trap(Instant now, std::uint16_t why, VifId in, VrfId vrf, Bytes frame);
  void on_refused(Instant now, const vr::Op& op, vr::Result why);
  // What a Sweep has taken out.
  void on_aged(Instant now, const std::vector<vr::FlowKey>& flows);
  void on_timer(Instant now);
  std::optional<Instant> next_timer() const;
  std::optional<Output> poll_output();

  const config::Vrouter& config() const;
  std::uint64_t activity() const;  // as ControlNode::activity
  // A control node has told everything, or there is none.
  bool synced() const;
  std::optional<introspect::Tree> page(const introspect::PageRequest& request,
                                       const Datapath& datapath) const;

private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace tflab::agent
