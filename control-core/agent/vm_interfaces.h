#pragma once
// The machine ports this vrouter serves: the vif, the VRF and the labels of each. A label is the
// port's, not the address's: the fixed address and all floating IPs of a port share it.

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "control-core/agent/labels.h"
#include "control-core/agent/lowest_free.h"
#include "control-core/agent/nexthops.h"
#include "control-core/agent/output.h"
#include "control-core/agent/qos.h"
#include "control-core/agent/vrfs.h"
#include "control-core/config/model.h"
#include "vrouter-core/ops/op.h"

namespace tflab::agent {

struct VmInterface {
  config::Port port;
  vr::SetVif vif;                     // as programmed; its nexthop is set when it has flows
  std::optional<Label> label;         // leads to `nexthop`; none: the labels have run out
  std::optional<Label> bridge_label;  // when the network bridges: leads to the port, for frames
  NexthopKey nexthop;
  bool fails = false;  // a health check: its addresses are not told and lead nowhere
};

class VmInterfaces {
public:
  VmInterfaces(Labels& labels, const Qos& qos, Outputs& out)
      : labels_{labels}, qos_{qos}, out_{out} {}

  // Makes the interfaces of `config` what it says, in order of its ports; their VRFs and QoS maps
  // exist already.
  // A port whose network nobody configured waits. Returns labels that lead elsewhere now.
  std::vector<Label> bring_up(const config::Vrouter& config, const Vrfs& vrfs);
  void set_failing(const std::string& name, bool fails) { interfaces_.at(name).fails = fails; }
  // The names of interfaces that `config` has no use for.
  std::vector<std::string> gone(const config::Vrouter& config) const;
  // In two steps, since routes may lead to the label until they are told that it is gone.
  std::vector<Label> unbind(const std::string& name);
  void remove(const std::string& name);

  const VmInterface* find(const std::string& port) const;
  const std::map<VifId, const VmInterface*>& by_vif() const { return by_vif_; }

private:
  VmInterface& made(const config::Port& port);
  void program(VmInterface& interface, const vr::SetVif& wanted);
  std::optional<Label> relabel(VmInterface& interface, const config::Network& network,
                               bool has_flows);

  Labels& labels_;
  const Qos& qos_;
  Outputs& out_;
  LowestFree<VifId> ids_{first_port_vif};
  std::map<std::string, VmInterface> interfaces_;
  std::map<VifId, const VmInterface*> by_vif_;
};

}  // namespace tflab::agent
