#pragma once
// All an agent knows, each part in its own noun. Parts refer to each other, so this neither moves
// nor is copied. Inputs change it (agent.cc, reconcile.cc); pages read it.

#include <boost/container/deque.hpp>
#include <cstdint>
#include <string>

#include "control-core/agent/adverts.h"
#include "control-core/agent/bridging.h"
#include "control-core/agent/controllers.h"
#include "control-core/agent/flows.h"
#include "control-core/agent/health_checks.h"
#include "control-core/agent/l2_routes.h"
#include "control-core/agent/labels.h"
#include "control-core/agent/neighbours.h"
#include "control-core/agent/nexthops.h"
#include "control-core/agent/output.h"
#include "control-core/agent/preferences.h"
#include "control-core/agent/qos.h"
#include "control-core/agent/router_routes.h"
#include "control-core/agent/routes.h"
#include "control-core/agent/underlay.h"
#include "control-core/agent/vm_interfaces.h"
#include "control-core/agent/vrfs.h"
#include "control-core/agent/wanted_routes.h"
#include "control-core/config/model.h"
#include "control-core/xmpp/memo.h"
#include "vrouter-core/ops/result.h"

namespace tflab::agent {

// Operations the vrouter did not take. Each is a fault of ours or a table that is full.
struct Refusals {
  static constexpr std::size_t most = 64;  // remembered
  struct Record {
    Instant when;
    std::string op;
    vr::Result why{};
  };
  std::uint64_t count = 0;
  boost::container::deque<Record> last;  // oldest first
};

struct State {
  State(config::Vrouter configuration, Outputs& outputs, std::uint32_t& last_stream,
        std::shared_ptr<xmpp::Memo> memo)
      : config{std::move(configuration)},
        underlay{Underlay::of(config)},
        out{outputs},
        neighbours{underlay, outputs},
        nexthops{underlay, neighbours, outputs},
        labels{nexthops, outputs},
        qos{outputs},
        interfaces{labels, qos, outputs},
        health{outputs},
        routes{nexthops, {underlay, config.encaps, labels}, memo->items(), outputs},
        router_routes{routes, l2_routes},
        flows{nexthops, outputs},
        l2_routes{memo->items()},
        bridging{nexthops, labels, l2_routes, {underlay, config.encaps, labels}, outputs},
        controllers{config, outputs, last_stream, std::move(memo)} {}
  State(const State&) = delete;
  State& operator=(const State&) = delete;

  config::Vrouter config;
  const Underlay underlay;  // fixed for the life of a State
  Outputs& out;
  Neighbours neighbours;
  Nexthops nexthops;
  Labels labels;
  Vrfs vrfs;
  Qos qos;
  vr::SetVif fabric_interface, host_interface;  // as programmed
  VmInterfaces interfaces;
  HealthChecks health;
  Preferences preferences;
  Routes routes;
  RouterRoutes router_routes;
  Flows flows;
  L2Routes l2_routes;
  Bridging bridging;
  Controllers controllers;
  HostLabels host_labels;
  WantedRoutes wanted;  // as handed to `routes`
  Adverts adverts;      // as told to the control nodes
};

}  // namespace tflab::agent
