#pragma once
// A lab that stands, in namespaces and VMs, as a Lab. Time is real, but nobody waits for nothing:
// when every node has settled all clocks are set forward together to the next timer of any of them,
// so that what would happen in the time that is skipped happens all the same, and only the waiting
// is left out.

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "netns-lab/lab/capture.h"
#include "netns-lab/lab/ground.h"
#include "netns-lab/lab/state.h"
#include "scenarios/lab.h"

namespace tflab::netns {

class StandingLab final : public scenario::Lab {
public:
  // Throws when there is no such lab. `capture_folder` empty: outputs.captures are not taken.
  // `ground` outlives this.
  StandingLab(const std::string& name, const std::string& capture_folder, Ground& ground);

  scenario::HostKind kind() const override { return ground_.kind(); }
  Instant now() const override;
  void advance(Instant until) override;
  Duration step() override;
  void configure(const scenario::Scenario& next) override;
  void control(scenario::Control::Verb verb, const scenario::NodeRef& node) override;
  scenario::PingResult ping(const scenario::Ping& ping) override;
  void separate(const std::vector<scenario::NodeRef>& apart) override;
  void plug(const scenario::NodeRef& node, bool in) override;
  void send(const std::string& machine, const std::string& interface, Bytes frame) override;
  std::vector<scenario::Sighting> follow(const std::string& machine, const std::string& interface,
                                         Bytes frame) override;
  std::vector<scenario::NodeRef> nodes() const override;
  std::optional<introspect::Tree> page(const scenario::NodeRef& node, std::string_view name,
                                       const introspect::Query& query) override;

private:
  // What all daemons that live say, together; nothing when one of them does not answer.
  struct Pulse {
    std::string changes;
    std::optional<Duration> next;
    bool in_step = true;  // all of them have skipped what we have
  };
  std::optional<Pulse> pulse() const;
  // Waits until nothing has changed for a while, or `until` has come.
  void settle(std::chrono::milliseconds quiet, Instant until) const;
  void skip(Duration time);
  bool all_skip_time() const;

  void stop_program(const Space& space, scenario::Control::Verb verb);
  void start_program(const Space& space);
  IpAddr address_of(const std::string& name) const;
  const Space& space_of(const std::string& machine) const;
  void begin_captures(const std::string& folder);

  std::string name_;
  Ground& ground_;
  State state_;
  scenario::Scenario scenario_;
  std::chrono::steady_clock::time_point zero_;
  Duration skipped_{};         // since the lab was made, by whomever
  Duration skipped_before_{};  // ... by others, before us

  std::vector<std::unique_ptr<Capture>> captures_;
};

// The scenario a lab stands for; throws when there is none or it cannot be read.
scenario::Scenario scenario_of(const std::string& lab);

}  // namespace tflab::netns
