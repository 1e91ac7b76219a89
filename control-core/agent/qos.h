#pragma once
// Forwarding classes and QoS maps in the vrouter: one map for each configuration, with a number of
// this node's own.

#include <cstdint>
#include <map>
#include <string>

#include "control-core/agent/lowest_free.h"
#include "control-core/agent/output.h"
#include "control-core/config/model.h"
#include "vrouter-core/ops/op.h"

namespace tflab::agent {

class Qos {
public:
  explicit Qos(Outputs& out) : out_{out} {}

  // Makes classes and maps what `config` says. What it does not name goes in a second step, when no
  // interface names it any more.
  void bring_up(const config::Vrouter& config);
  void take_down(const config::Vrouter& config);

  // 0, which is no map, for a name that nobody has configured.
  std::uint16_t map_of(const std::string& name) const;
  // Of what the node's own interfaces get: the first of that scope.
  static std::string name_for(const config::Vrouter& config, config::QosScope scope);

private:
  using Number = Id<struct QosMapTag, std::uint16_t>;

  Outputs& out_;
  LowestFree<Number> numbers_{Number{1}};
  std::map<std::uint8_t, vr::SetForwardingClass> classes_;
  std::map<std::string, vr::SetQosMap> maps_;
};

}  // namespace tflab::agent
