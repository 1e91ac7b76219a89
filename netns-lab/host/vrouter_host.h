#pragma once
// A vrouter as a process: the agent, TCP under it, and what forwards for it (forwarder.h). Traps
// wait until the burst is over, so that the agent never changes tables under a packet.

#include <boost/asio/io_context.hpp>

#include <functional>
#include <memory>
#include <vector>

#include "control-core/agent/recorder.h"
#include "netns-lab/host/daemon.h"
#include "netns-lab/host/forwarder.h"
#include "netns-lab/host/loop.h"
#include "netns-lab/host/tcp.h"

namespace tflab::netns {

class VrouterHost final : public DaemonNode, private StreamOwner, private ForwarderOwner {
public:
  using MakeForwarder = std::function<std::unique_ptr<Forwarder>(
      boost::asio::io_context& io, const Clock& clock, ForwarderOwner& owner)>;

  // `tape` may be null; otherwise it outlives this.
  VrouterHost(boost::asio::io_context& io, const Clock& clock, config::Vrouter config,
              agent::Tape* tape, const MakeForwarder& make_forwarder);

  void start() override;
  void stop() override;
  void wake() override;
  bool flushed() const override { return streams_.flushed(); }
  void configure(const scenario::Scenario& scenario, const std::string& name) override;
  std::optional<introspect::Tree> page(const introspect::PageRequest& request) override;
  // /record begins to write down what is forwarded, /recorded ends it and has it as a case: the
  // first line says why it ended before, the second is the case.
  std::optional<HttpAnswer> answer(const std::string& target) override;
  std::uint64_t activity() const override { return agent_.activity(); }
  std::optional<Instant> next_timer() const override { return agent_.next_timer(); }
  std::uint16_t http_port() const override;
  Keep keeps() const override { return forwarder_->keeps(); }

private:
  // A storm of traps must not eat the memory: beyond this they are lost, as on a full pkt0.
  static constexpr std::size_t most_traps = 1024;

  struct Carry;

  StreamId on_accepted(Endpoint local, Endpoint remote) override;
  void on_opened(StreamId stream, Endpoint local) override;
  void on_bytes(StreamId stream, Bytes bytes) override;
  void on_closed(StreamId stream) override;
  void on_blocked(StreamId) override {}
  void on_writable(StreamId) override {}

  void trapped(std::uint16_t why, VifId in, VrfId vrf, Bytes frame) override;
  void burst_end() override { drain(); }
  void refused(const vr::Op& op, vr::Result why) override;

  void drain();

  const Clock& clock_;
  agent::Recorder agent_;
  Streams streams_;
  std::unique_ptr<Forwarder> forwarder_;
  WakeUp wake_up_;
  std::vector<agent::Trapped> trapped_;
};

}  // namespace tflab::netns
