#pragma once
// How big the tables of a simulated vrouter are. That of a lab has room for whatever may come. One
// of thousands has room for its networks' ports and for what routers tell them as they are now, for
// the fabric's vrouters, and for an eighth more, since a page of its table that is never used costs
// as much as one that is: routes lie where their hash puts them. Where no event brings or moves
// anything, the small tables are as small as what is there: they then share pages.

#include <cstdint>
#include <map>
#include <string>

#include "control-core/config/model.h"
#include "scenarios/model.h"
#include "vrouter-core/vrouter/limits.h"

namespace tflab::sim {

class TableSizes {
public:
  explicit TableSizes(const scenario::Scenario& scenario);
  vr::Limits of(const config::Vrouter& config) const;

private:
  std::uint32_t vrouters_ = 0, own_addresses_ = 0, ports_ = 0, all_routes_ = 0;
  std::map<std::string, std::uint32_t, std::less<>> routes_of_;  // by network
  bool joined_ = false;  // networks have routes of other networks
  bool settled_ = true;  // what a vrouter has at first is all it will have, and simple
};

}  // namespace tflab::sim
