#pragma once
// Hosts one control node on a station: call in, do what it asks, sleep until its next timer.

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "control-core/node/recorder.h"
#include "recording/file.h"
#include "scenarios/lab.h"
#include "sim/ns3/stream.h"
#include "sim/ns3/wake_up.h"
#include "sim/world/processor.h"
#include "sim/world/station.h"

namespace tflab::sim {

class ControlHost final : public StreamUser {
public:
  // `recording`: file for what goes in and out, in every life; empty: none.
  ControlHost(Station& station, config::ControlNode config, const std::string& recording = {},
              scenario::ProcessorModel processor = {});

  void start();
  void stop();        // says goodbye; the station lives on
  void lose_power();  // of the process; the station's power is the station's business
  void configure(const config::ControlNode& next, const scenario::ProcessorModel& processor);
  bool up() const { return core_ != nullptr; }

  Station& station() { return station_; }
  const config::ControlNode& config() const { return config_; }
  std::optional<introspect::Tree> page(const introspect::PageRequest& request) const;
  bool each_vpn_route(const node::ControlNode::VisitVpn& visit) const;  // false: it is down
  const scenario::Vitals& vitals() const { return vitals_; }            // of this life

private:
  StreamId accepted(const Endpoint& local, const Endpoint& remote) override;
  void opened(StreamId stream, const Endpoint& local) override;
  void bytes(StreamId stream, Bytes bytes) override;
  void closed(StreamId stream) override;
  void blocked(StreamId stream) override;
  void writable(StreamId stream) override;

  template <class Call>
  void enter(Call call);
  void settle();
  void say_all();
  void after_work();

  Station& station_;
  config::ControlNode config_;
  std::unique_ptr<Streams> streams_, parting_;  // of this life and the last
  std::unique_ptr<recording::File> tape_;
  std::unique_ptr<node::Recorder> core_;
  WakeUp alarm_;
  Processor processor_;
  std::vector<node::Output> unsaid_;  // until the work is done
  std::uint64_t charged_ = 0;         // messages of the core that the processor has dealt with
  bool settling_ = false;
  scenario::Vitals vitals_;
  std::uint64_t activity_ = 0;  // of the core, when it was last looked at
};

}  // namespace tflab::sim
