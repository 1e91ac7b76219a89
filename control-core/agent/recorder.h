#pragma once
// An agent that tells a tape of everything that goes in and comes out; see node/recorder.h.

#include <cstdint>
#include <memory>
#include <optional>
#include <utility>
#include <variant>
#include <vector>

#include "control-core/agent/agent.h"
#include "control-core/base/input.h"

namespace tflab::agent {

struct Configured {
  config::Vrouter next;
};
struct Trapped {
  std::uint16_t why = 0;
  VifId vif;
  VrfId vrf;
  std::vector<std::byte> frame;
};
struct Refused {
  vr::Op op;
  vr::Result why{};
};
struct Aged {
  std::vector<vr::FlowKey> flows;
};
using Input = std::variant<Started, Stopped, Configured, Opened, Arrived, Closed, Trapped, Refused,
                           Aged, TimerDue>;

class Tape {
public:
  virtual void created(const config::Vrouter& config) = 0;
  virtual void took(Instant now, const Input& input) = 0;
  virtual void gave(const Output& output) = 0;
  virtual void gave_nothing() = 0;  // the host polled, and there was no more

protected:
  ~Tape() = default;
};

class Recorder {
public:
  // `tape` may be null; otherwise it outlives this.
  Recorder(config::Vrouter config, Tape* tape, std::shared_ptr<xmpp::Memo> memo = {});

  void start(Instant now);
  void stop(Instant now);
  void configure(Instant now, config::Vrouter next);
  void on_opened(Instant now, StreamId stream, Endpoint local);
  void on_bytes(Instant now, StreamId stream, Bytes bytes);
  void on_closed(Instant now, StreamId stream);
  void on_trap(Instant now, std::uint16_t why, VifId in, VrfId vrf, Bytes frame);
  void on_refused(Instant now, const vr::Op& op, vr::Result why);
  void on_aged(Instant now, const std::vector<vr::FlowKey>& flows);
  void on_timer(Instant now);
  std::optional<Instant> next_timer() const { return agent_.next_timer(); }
  std::optional<Output> poll_output();

  const config::Vrouter& config() const { return agent_.config(); }
  std::uint64_t activity() const { return agent_.activity(); }
  bool synced() const { return agent_.synced(); }
  std::optional<introspect::Tree> page(const introspect::PageRequest& request,
                                       const Datapath& datapath) const {
    return agent_.page(request, datapath);
  }

private:
  Agent agent_;
  Tape* tape_;
};

// The call that was told as `input`.
void play(Agent& agent, Instant now, const Input& input);

}  // namespace tflab::agent
