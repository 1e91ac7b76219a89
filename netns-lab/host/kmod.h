#pragma once
// The forwarding core in the kernel: vrouter.ko, programmed over generic netlink
// (netns-lab/kernel/protocol.h). Who dies without closing leaves the vrouter forwarding as it was;
// who opens it next fills tables beside it, which take over when they are complete, or after a
// minute whether they are or not.

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>

#include <chrono>
#include <cstddef>
#include <vector>

#include "netns-lab/host/forwarder.h"
#include "netns-lab/host/genetlink.h"
#include "netns-lab/host/loop.h"

namespace tflab::netns {

class Kmod final : public Forwarder {
public:
  // Throws std::system_error: the module is not loaded, no right to, somebody else has it.
  Kmod(boost::asio::io_context& io, const Clock& clock, ForwarderOwner& owner);
  ~Kmod() override;

  void apply(const vr::Op& op) override;
  void settle() override;
  void complete() override;
  void attach(VifId vif, const std::string& device) override;
  void detach(VifId vif) override;
  void inject(VifId out, Bytes frame) override;
  void receive(VifId in, Bytes frame) override;
  std::vector<vr::FlowKey> sweep() override;
  agent::Datapath datapath() override;
  Keep keeps() const override { return Keep::nothing; }  // the socket is all it needs

private:
  void call(const Genetlink::Command& command);
  void take_over_after(std::chrono::steady_clock::duration time);
  void wait();
  void read_traps();

  const Clock& clock_;
  ForwarderOwner& owner_;
  Genetlink control_, traps_;
  boost::asio::posix::stream_descriptor waiter_;
  boost::asio::steady_timer take_over_;
  bool complete_ = false;
  std::vector<vr::Op> pending_;
  std::vector<std::byte> octets_;  // of them
};

}  // namespace tflab::netns
