#pragma once
// Whether machines answer: an interface with health checks is pinged, and while it leaves one of
// them without an answer, nobody is told its addresses and nothing is routed to it.

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "control-core/agent/output.h"
#include "control-core/agent/vm_interfaces.h"
#include "control-core/config/model.h"
#include "vrouter-core/base/instant.h"
#include "vrouter-core/base/reader.h"

namespace tflab::agent {

class HealthChecks {
public:
  // Who asks, as machines see it; what they answer comes to the agent (wanted_routes.cc).
  static constexpr Ip4 asker{0xa9fea9fe};

  struct Probe {
    config::HealthCheck check;
    VifId vif;
    Mac mac;
    Ip4 address;
    Instant due;  // to ask, or to give up waiting
    std::optional<std::uint16_t> asked;
    unsigned unanswered = 0;  // in a row
    bool fails = false;       // until the next answer
  };
  // By the interface's port and the check's name.
  using Probes = std::map<std::pair<std::string, std::string>, Probe>;

  explicit HealthChecks(Outputs& out) : out_{out} {}

  // All that there are from now on. Those who stay keep their standing; a new one is taken for
  // healthy until it has been asked.
  void set(Instant now, const config::Vrouter& config, const VmInterfaces& interfaces);
  bool failing(const std::string& port) const;
  // A frame from the interface for the agent itself, and what time does. True: somebody's routes
  // come or go.
  bool heard(Instant now, VifId from, Bytes frame);
  bool on_timer(Instant now);
  std::optional<Instant> next_timer() const;

  const Probes& probes() const { return probes_; }

private:
  bool step(Instant now, Probe& probe);

  Outputs& out_;
  Probes probes_;
  std::uint16_t sequence_ = 0;
};

}  // namespace tflab::agent
