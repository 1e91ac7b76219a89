#pragma once
// A control node as a process: the core, TCP under it, its pages over HTTP. A router may have Linux
// for its data plane.

#include <boost/asio/io_context.hpp>

#include <memory>

#include "control-core/node/recorder.h"
#include "netns-lab/host/daemon.h"
#include "netns-lab/host/linux_plane.h"
#include "netns-lab/host/loop.h"
#include "netns-lab/host/md5_watch.h"
#include "netns-lab/host/tcp.h"

namespace tflab::netns {

class ControlHost final : public DaemonNode, private StreamOwner {
public:
  // `tape` may be null; otherwise it outlives this. Without a plane nothing is forwarded.
  ControlHost(boost::asio::io_context& io, const Clock& clock, config::ControlNode config,
              std::uint16_t http_port, node::Tape* tape, std::unique_ptr<LinuxPlane> plane);

  void start() override;
  void stop() override;
  void wake() override;
  bool flushed() const override { return streams_.flushed(); }
  void configure(const scenario::Scenario& scenario, const std::string& name) override;
  std::optional<introspect::Tree> page(const introspect::PageRequest& request) override;
  std::uint64_t activity() const override { return node_.activity(); }
  std::optional<Instant> next_timer() const override { return node_.next_timer(); }
  std::uint16_t http_port() const override { return http_port_; }
  // ip(8) has to be started by root.
  Keep keeps() const override { return plane_ ? Keep::root : Keep::low_ports; }

private:
  StreamId on_accepted(Endpoint local, Endpoint remote) override;
  void on_opened(StreamId stream, Endpoint local) override;
  void on_bytes(StreamId stream, Bytes bytes) override;
  void on_closed(StreamId stream) override;
  void on_blocked(StreamId stream) override;
  void on_writable(StreamId stream) override;
  void hold_peers_to(const config::ControlNode& config);
  void drain_soon();
  void drain();
  void forward();

  boost::asio::io_context& io_;
  const Clock& clock_;
  std::uint16_t http_port_;
  node::Recorder node_;
  Streams streams_;
  WakeUp wake_up_;
  Md5Watch md5_watch_;
  std::unique_ptr<LinuxPlane> plane_;
  std::uint64_t forwarded_ = 0;  // activity that the plane has followed
  bool draining_ = false;
};

}  // namespace tflab::netns
