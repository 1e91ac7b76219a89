#pragma once
// A vrouter as a process: agent and forwarding core, TCP under the one and packet sockets under the
// other. Frames are forwarded where they lie in the ring; traps wait until the burst is over, so
// that the agent never changes tables under a packet.

#include <boost/asio/io_context.hpp>

#include <vector>

#include "control-core/agent/recorder.h"
#include "netns-lab/host/daemon.h"
#include "netns-lab/host/loop.h"
#include "netns-lab/host/memory.h"
#include "netns-lab/host/ports.h"
#include "netns-lab/host/tcp.h"
#include "vrouter-core/vrouter/vrouter.h"

namespace tflab::netns {

class VrouterHost final : public DaemonNode, private StreamOwner, private vr::Host {
public:
  // `tape` may be null; otherwise it outlives this.
  VrouterHost(boost::asio::io_context& io, const Clock& clock, config::Vrouter config,
              agent::Tape* tape);

  void start() override;
  void stop() override;
  void wake() override;
  bool flushed() const override { return streams_.flushed(); }
  void configure(const scenario::Scenario& scenario, const std::string& name) override;
  std::optional<introspect::Tree> page(const introspect::PageRequest& request) override;
  std::uint64_t activity() const override { return agent_.activity(); }
  std::optional<Instant> next_timer() const override { return agent_.next_timer(); }
  std::uint16_t http_port() const override;
  Keep keeps() const override { return Keep::packet_sockets; }

private:
  // A storm of traps must not eat the memory: beyond this they are lost, as on a full pkt0.
  static constexpr std::size_t most_traps = 1024;

  struct Trapped {
    vr::Trap why;
    VifId in;
    VrfId vrf;
    std::vector<std::byte> frame;
  };
  struct Carry;

  StreamId on_accepted(Endpoint local, Endpoint remote) override;
  void on_opened(StreamId stream, Endpoint local) override;
  void on_bytes(StreamId stream, Bytes bytes) override;
  void on_closed(StreamId stream) override;
  void on_blocked(StreamId) override {}
  void on_writable(StreamId) override {}

  void transmit(VifId out, std::span<const std::byte> frame) override;
  void punt(vr::Trap why, VifId in, VrfId vrf, std::span<const std::byte> frame) override;

  agent::Datapath datapath() const;
  void receive(VifId in, Bytes frame);
  std::vector<vr::FlowKey> sweep();
  void drain();

  const Clock& clock_;
  agent::Recorder agent_;
  Mapping memory_;
  vr::Vrouter vrouter_;
  Streams streams_;
  Ports ports_;
  WakeUp wake_up_;
  std::vector<Trapped> trapped_;
};

}  // namespace tflab::netns
