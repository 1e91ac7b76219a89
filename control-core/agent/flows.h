#pragma once
// The flows this agent has set: one record for a packet nobody had decided about, with its reverse.
// The vrouter ages them (Sweep) and tells; whatever changes about configuration or routes, each
// flow is asked about again, so that none outlives the reason it was allowed for.

#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "control-core/agent/flow_setup.h"
#include "control-core/agent/nexthops.h"
#include "control-core/agent/output.h"
#include "control-core/agent/service_ports.h"
#include "vrouter-core/base/instant.h"
#include "vrouter-core/ops/flow.h"

namespace tflab::agent {

class Flows {
public:
  static constexpr Duration sweep_interval = millis(250);

  struct Record {
    std::string port;  // config::Port::name of the machine whose flow it is
    FlowWay way{};
    std::optional<FrameEnds> ends{};  // of frames that are bridged
    FlowSetup setup;                  // as programmed, with the nexthops of sources
  };

  Flows(Nexthops& nexthops, Outputs& out) : nexthops_{nexthops}, out_{out} {}

  // The vrouter asks: a packet of no flow, or of one that it has given up.
  void missed(Instant now, const State& state, const VmInterface& interface, FlowWay way,
              const vr::FlowKey& key, const std::optional<FrameEnds>& ends);
  // Configuration or routes may have changed.
  void review(const State& state);
  // The interface behind this nexthop goes: no flow may name it any more.
  void take_down(const NexthopKey& interface);
  // The vrouter has forgotten the flow, and its reverse with it.
  void aged(const vr::FlowKey& key);
  // The vrouter has no room for it: the other half goes as well.
  void refused(const vr::FlowKey& key);

  void on_timer(Instant now);
  std::optional<Instant> next_timer() const;

  const std::map<vr::FlowKey, Record>& records() const { return records_; }

private:
  using Records = std::map<vr::FlowKey, Record>;

  Records::iterator of(const vr::FlowKey& key);  // of either direction
  FlowSetup decided(const State& state, const VmInterface& interface, const Record& record,
                    const vr::FlowKey& key) const;
  void program(Record& record, FlowSetup wanted);
  void program(const vr::SetFlow& flow);
  void remove(Records::iterator it);
  void forget(Records::iterator it);
  bool answers(const vr::FlowKey& reverse, const vr::FlowKey& forward) const;
  void drop_reverse(const vr::FlowKey& forward, const FlowSetup& setup);
  void claim(const vr::SetFlow& reverse, const vr::FlowKey& by);

  Nexthops& nexthops_;
  Outputs& out_;
  Records records_;                             // by the forward flow's key
  std::map<vr::FlowKey, vr::FlowKey> reverse_;  // from the reverse flow's key to the forward one's
  ServicePorts service_ports_;
  Instant swept_{};
};

}  // namespace tflab::agent
