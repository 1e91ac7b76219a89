#pragma once
// What may happen to a world. An event says whom it concerns by numbers that mean something in any
// world (the rest of a division), so that a list of events stays one when some are left out.

#include <array>
#include <cstdint>
#include <vector>

#include "tests/swarm/random_world.h"
#include "vrouter-core/base/instant.h"

namespace tflab::swarm {

struct Event {
  enum class Do : std::uint8_t {
    add_port,
    remove_port,
    toggle_import,
    toggle_export,
    toggle_policy,
    reset,      // the connection between two breaks
    partition,  // nothing gets through between two, and nobody is told
    heal,
    crash,
    restart,
    toggle_want,
    toggle_route,
    toggle_family,   // a peering learns or forgets about route targets
    toggle_peering,  // it is taken out of the configuration, or put back
    toggle_switch,   // how far it reaches that somebody wants a target
    announce,        // a port is heard with an address that others may have, too
    settle,          // everything is mended and comes to rest, and is compared
    count
  };
  Do what{};
  std::array<unsigned, 3> whom{};
  Duration pause{};  // before it
};

std::vector<Event> random_events(Random& random, unsigned count);

}  // namespace tflab::swarm
