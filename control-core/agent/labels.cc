#include "control-core/agent/labels.h"

#include <cassert>

namespace tflab::agent {

std::optional<Label> Labels::allocate() {
  const bool fresh_left = next_ <= last;
  if (given_up_.size() > quarantine || (!fresh_left && !given_up_.empty())) {
    const Label oldest = given_up_.front();
    given_up_.pop_front();
    return oldest;
  }
  if (!fresh_left) return {};
  if (next_ == first_multicast) next_ += blocks * block_size;
  return Label{next_++};
}

void Labels::release(Label label) {
  assert(!bindings_.contains(label));
  given_up_.push_back(label);
}

void Labels::bind(Label label, const NexthopKey& key) {
  const auto was = bindings_.find(label);
  if (was != bindings_.end() && was->second.key == key) return;
  const NexthopId nexthop = nexthops_.acquire(key);
  out_.program(vr::BindLabel{label, nexthop});
  if (was != bindings_.end()) nexthops_.release(was->second.nexthop);
  bindings_.insert_or_assign(label, Binding{key, nexthop});
}

void Labels::unbind(Label label) {
  const auto it = bindings_.find(label);
  assert(it != bindings_.end());
  out_.program(vr::UnbindLabel{label});
  nexthops_.release(it->second.nexthop);
  bindings_.erase(it);
}

const NexthopKey* Labels::bound_to(Label label) const {
  const auto it = bindings_.find(label);
  return it == bindings_.end() ? nullptr : &it->second.key;
}

LabelBlock Labels::multicast_block(std::size_t control_node) {
  assert(control_node < blocks);
  const auto from = first_multicast + static_cast<std::uint32_t>(control_node) * block_size;
  return {from, from + block_size - 1};
}

}  // namespace tflab::agent
