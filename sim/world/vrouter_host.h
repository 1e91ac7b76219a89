#pragma once
// Hosts one vRouter: the agent, its forwarding core, and vhost0, the device of the computer's own
// IPv4 stack, over which the agent's XMPP runs. All that enters or leaves the computer passes
// through the forwarding core.

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "control-core/agent/recorder.h"
#include "recording/file.h"
#include "scenarios/forwarding.h"
#include "scenarios/lab.h"
#include "sim/ns3/ethernet_device.h"
#include "sim/ns3/stream.h"
#include "sim/ns3/wake_up.h"
#include "sim/world/forwarder.h"
#include "sim/world/underlay.h"

namespace tflab::sim {

class VrouterHost final : public StreamUser {
public:
  // Takes what leaves by a machine's port.
  using ToMachine = std::function<void(const std::string& port, SharedBytes frame)>;

  // `recording`: as ControlHost's.
  VrouterHost(Underlay& underlay, config::Vrouter config, const vr::Limits& limits,
              ToMachine to_machine, const std::string& recording = {});
  ~VrouterHost() { lose_power(); }
  VrouterHost(const VrouterHost&) = delete;
  VrouterHost& operator=(const VrouterHost&) = delete;

  void boot();
  void start();
  void stop();  // says goodbye; forwards for `linger` more, so that the goodbye gets out
  void lose_power();
  void configure(const config::Vrouter& next);
  bool on() const { return port_.has_value(); }
  bool up() const { return agent_ != nullptr; }

  void adapt();  // to a changed underlay; configure() tells the agent

  // A frame that a machine sent into its port.
  void from_machine(const std::string& port, Bytes frame);

  const config::Vrouter& config() const { return config_; }
  ns3::Ptr<ns3::Node> node() const { return node_; }
  std::optional<introspect::Tree> page(const introspect::PageRequest& request) const;
  std::optional<scenario::Fib> fib() const;                   // without the VRFs' names
  const scenario::Vitals& vitals() const { return vitals_; }  // of this life

  static constexpr Duration linger = seconds(1);

private:
  StreamId accepted(const Endpoint& local, const Endpoint& remote) override;
  void opened(StreamId stream, const Endpoint& local) override;
  void bytes(StreamId stream, Bytes bytes) override;
  void heard() override;
  void closed(StreamId stream) override;
  void blocked(StreamId stream) override;
  void writable(StreamId stream) override;

  void receive(VifId in, Bytes frame);
  void transmit(VifId out, Bytes frame);
  void to_vhost(Bytes frame);

  template <class Call>
  void enter(Call call);
  void settle();
  void drain();
  void rest();
  void perform(const OpenStream& open) { streams_->open(open); }
  void perform(const WriteStream& write);
  void perform(const CloseStream& close) { streams_->close(close); }
  void perform(const agent::Program& program);
  void perform(const agent::Attach& attach) { ports_[attach.vif] = attach.port; }
  void perform(const agent::Detach& detach) { ports_.erase(detach.vif); }
  void perform(const agent::Transmit& transmit);
  void perform(const agent::Reinject& again) { forwarder_->receive(again.vif, again.frame); }
  void perform(const agent::Sweep& sweep);
  void take_down();

  Underlay& underlay_;
  config::Vrouter config_;
  vr::Limits limits_;  // of its forwarding core, in every life
  ToMachine to_machine_;
  InterfaceId uplink_;

  ns3::Ptr<ns3::Node> node_;
  ns3::Ptr<EthernetDevice> vhost_;
  std::optional<PortId> port_;
  std::unique_ptr<Streams> streams_, parting_;  // of this life and the last
  std::unique_ptr<Forwarder> forwarder_;
  std::unique_ptr<recording::File> tape_;
  std::unique_ptr<agent::Recorder> agent_;
  std::map<VifId, std::string> ports_;
  WakeUp alarm_;
  WakeUp lingering_;
  bool settling_ = false;
  scenario::Vitals vitals_;
  std::uint64_t activity_ = 0;  // of the core, when it was last looked at
};

}  // namespace tflab::sim
