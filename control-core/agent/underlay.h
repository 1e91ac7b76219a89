#pragma once
// Where this vrouter stands in the underlay: its address, its segment and the way out of it.

#include <cstdint>
#include <optional>

#include "control-core/config/model.h"
#include "vrouter-core/base/addr.h"

namespace tflab::agent {

struct Underlay {
  Ip4 address;
  std::uint8_t prefix_length = 24;
  std::optional<Ip4> gateway;
  Mac mac;

  static Underlay of(const config::Vrouter& config) {
    return {config.address, config.prefix_length, config.gateway, config.mac};
  }

  IpPrefix segment() const { return {address, prefix_length}; }
  bool on_link(Ip4 to) const { return !gateway || segment().covers(to); }
  // Whose MAC a packet to `to` gets.
  Ip4 next_hop(Ip4 to) const { return on_link(to) ? to : *gateway; }
};

}  // namespace tflab::agent
