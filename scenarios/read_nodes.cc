#include "scenarios/read_nodes.h"

#include "control-core/base/text.h"

namespace tflab::scenario {
namespace {

constexpr std::size_t node_name_max = 128;

}  // namespace

void check_node_name(const Node& node) {
  if (!good_name(node.name(), node_name_max))
    node.key_fault("name " + in_quotes(node.name()) +
                   " must be letters, digits, _ . - only, not start with . or -, and have at most "
                   "128 characters");
}

void claim(const Node& node, IpAddr address, Draft& to) {
  const auto [taken, fresh] = to.underlay_taken.emplace(address, node.pointer());
  if (!fresh)
    node.fault(in_quotes(to_text(address)) + " is taken by " + taken->second + " (" +
               to.faults.place(taken->second) + "); give each node its own address");
}

void claim(const Node& node, Mac mac, Draft& to) {
  const auto [taken, fresh] = to.macs_taken.emplace(mac, node.pointer());
  if (!fresh)
    node.fault("MAC " + to_text(mac) + " is taken by " + taken->second + " (" +
               to.faults.place(taken->second) + "); give each interface its own");
}

std::optional<Ip4> host_address(const Node& node) {
  const auto address = node.ip4();
  if (!address) return {};
  const std::uint32_t first = address->raw() >> 24;
  if (first == 0 || first == 127 || first >= 224) {
    node.fault(to_text(*address) + " is not an address a node can have");
    return {};
  }
  return address;
}

}  // namespace tflab::scenario
