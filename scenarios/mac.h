#pragma once
// MAC addresses that a scenario leaves open: a function of the interface's name alone, so that they
// survive every change of the file that does not rename it, and are the same on every host.

#include <string_view>

#include "vrouter-core/base/addr.h"

namespace tflab::scenario {

Mac derived_mac(std::string_view name);  // 02:...: unicast, locally administered

}  // namespace tflab::scenario
