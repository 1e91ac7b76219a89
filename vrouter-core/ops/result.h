#pragma once
// What became of an operation: done, or the reason why nothing changed.

#include <cstdint>

namespace tflab::vr {

enum class Result : std::uint8_t {
  done,
  no_such_vrf,
  no_such_vif,
  no_such_nexthop,
  no_such_route,
  no_such_label,
  in_use,  // a nexthop that routes, labels, ... name; a vif that nexthops name; a vrf that has
           // routes or that vifs and nexthops name
  out_of_range,  // an id beyond Limits
  table_full,
  bad_value,  // e.g. a tunnel nexthop without exactly one encapsulation flag
  no_such_member,
  no_such_mac,
  no_such_vni,
  no_such_flow,
  no_such_mirror,
  no_such_class,
  no_such_qos_map
};

}  // namespace tflab::vr
