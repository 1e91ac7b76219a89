#pragma once
// MPLS labels of this vrouter: which are handed out, and to which nexthop the vrouter's label table
// leads. Other vrouters may hold a label for a while after it was given up here; a number is
// therefore reused only after `quarantine` others were given up later, oldest first, so that a
// late packet meets no label rather than somebody else's machine.

#include <boost/container/deque.hpp>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>

#include "control-core/agent/nexthops.h"
#include "control-core/agent/output.h"
#include "control-core/types/attributes.h"

namespace tflab::agent {

class Labels {
public:
  static constexpr std::uint32_t first = 16;  // RFC 3032 section 2.1: 0 to 15 are reserved
  static constexpr std::uint32_t first_multicast = 1024, block_size = 2048;
  static constexpr std::uint32_t blocks = 2;  // one for each control node
  static constexpr std::uint32_t last = 0xfffff;
  static constexpr std::size_t quarantine = 32;

  struct Binding {
    NexthopKey key;
    NexthopId nexthop;
  };

  Labels(Nexthops& nexthops, Outputs& out) : nexthops_{nexthops}, out_{out} {}

  std::optional<Label> allocate();  // nothing: all are in use
  void release(Label label);

  void bind(Label label, const NexthopKey& key);  // again: moves the label to another nexthop
  void unbind(Label label);
  const NexthopKey* bound_to(Label label) const;
  const std::map<Label, Binding>& bindings() const { return bindings_; }

  // What the control node in this place may hand out for multicast trees.
  static LabelBlock multicast_block(std::size_t control_node);

private:
  Nexthops& nexthops_;
  Outputs& out_;
  std::uint32_t next_ = first;
  boost::container::deque<Label> given_up_;  // oldest first
  std::map<Label, Binding> bindings_;
};

}  // namespace tflab::agent
