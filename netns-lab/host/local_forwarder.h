#pragma once
// The forwarding core in this process, packet sockets under it. Frames are forwarded a burst at
// a time, where they lie in the ring they came in.

#include <boost/asio/io_context.hpp>

#include <memory>
#include <utility>
#include <vector>

#include "netns-lab/host/forwarder.h"
#include "netns-lab/host/loop.h"
#include "netns-lab/host/memory.h"
#include "netns-lab/host/ports.h"
#include "vrouter-core/vrouter/vrouter.h"

namespace tflab::netns {

class LocalForwarder final : public Forwarder, private vr::Host {
public:
  LocalForwarder(boost::asio::io_context& io, const Clock& clock, ForwarderOwner& owner);

  void apply(const vr::Op& op) override;
  void complete() override {}  // this one dies with its agent
  void settle() override {}
  void attach(VifId vif, const std::string& device) override { ports_.attach(vif, device); }
  void detach(VifId vif) override { ports_.detach(vif); }
  void inject(VifId out, Bytes frame) override;
  void receive(VifId in, Bytes frame) override;
  std::vector<vr::FlowKey> sweep() override;
  agent::Datapath datapath() override;
  bool record() override;
  std::unique_ptr<Excerpt> recorded() override { return std::move(excerpt_); }
  Keep keeps() const override { return Keep::packet_sockets; }

private:
  void transmit(VifId out, std::span<const std::byte> frame) override {
    if (excerpt_) excerpt_->left(forwarding::place_of(out), frame);
    ports_.send(out, frame);
  }
  void punt(vr::Trap why, VifId in, VrfId vrf, std::span<const std::byte> frame) override {
    if (excerpt_) excerpt_->left(forwarding::place_of(why, in, vrf), frame);
    owner_.trapped(static_cast<std::uint16_t>(why), in, vrf, frame);
  }

  void forward(VifId in, PacketPort::Burst frames);

  const Clock& clock_;
  ForwarderOwner& owner_;
  Mapping memory_;
  vr::Vrouter vrouter_;
  Ports ports_;
  std::vector<vr::Vrouter::Arrival> arrivals_;
  std::unique_ptr<Excerpt> excerpt_;  // none: nobody records
};

}  // namespace tflab::netns
