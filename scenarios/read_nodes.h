#pragma once
// What the readers of nodes on the underlay share: names, addresses that only one may have.

#include <optional>
#include <string_view>

#include "scenarios/draft.h"

namespace tflab::scenario {

void check_node_name(const Node& node);
// Two nodes with one address could not both be reached.
void claim(const Node& node, IpAddr address, Draft& to);
void claim(const Node& node, Mac mac, Draft& to);
// A unicast address of a host: not 0/8, 127/8, multicast or above.
std::optional<Ip4> host_address(const Node& node);

void read_bgp_routers(const Node& root, Draft& to);
void read_physical_routers(const Node& root, Draft& to);  // after those

template <class Read>
void read_all(const Node& root, std::string_view collection, Draft& to, Read read) {
  constexpr std::size_t most = 131'072;
  const auto node = root.at(collection);
  if (!node) return;
  const auto members = node->members("an object of objects by name");
  if (members.size() > most) {
    node->fault(std::to_string(members.size()) + " objects are more than this version can hold (" +
                std::to_string(most) + ")");
    return;
  }
  for (const Node& member : members) read(member, to);
}

}  // namespace tflab::scenario
