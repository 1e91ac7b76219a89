#include "control-core/agent/destination.h"

#include <utility>

namespace tflab::agent {

void Destination::set(Source source, const Forward& forward) {
  set_own(source, {forward, nullptr});
}

void Destination::set_own(Source source, Own own) {
  auto next = own_ ? *own_ : std::map<Source, Own>{};
  next.insert_or_assign(source, std::move(own));
  own_ = std::make_shared<const std::map<Source, Own>>(std::move(next));
}

void Destination::set(Source source, xmpp::SharedItem item) {
  if (!from_control_node(source)) return set_own(source, {{}, std::move(item)});
  const std::size_t slot = slot_of(source);
  told_[slot] = std::move(item);
  stale_[slot] = false;
}

bool Destination::clear(Source source) {
  if (from_control_node(source)) {
    return static_cast<bool>(std::exchange(told_[slot_of(source)], nullptr));
  }
  if (!own_ || !own_->contains(source)) return false;
  auto next = *own_;
  next.erase(source);
  own_ = next.empty() ? nullptr : std::make_shared<const std::map<Source, Own>>(std::move(next));
  return true;
}

bool Destination::mark_stale(Source control_node) {
  const std::size_t slot = slot_of(control_node);
  if (!told_[slot]) return false;
  stale_[slot] = true;
  return true;
}

bool Destination::drop_stale(Source control_node) {
  return stale_[slot_of(control_node)] && clear(control_node);
}

bool Destination::repeats(Source told, const xmpp::SharedItem& item) const {
  const std::size_t slot = slot_of(told), other = 1 - slot;
  return told_[other] == item && !stale_[other] && (!told_[slot] || told_[slot] == item);
}

const xmpp::SharedItem* Destination::only_item() const {
  if (own_ || (told_[0] && told_[1] && told_[0] != told_[1])) return nullptr;
  return told_[0] ? &told_[0] : told_[1] ? &told_[1] : nullptr;
}

void Destination::clear_all() {
  told_ = {};
  own_.reset();
}

Paths Destination::paths() const {
  Paths paths;
  const auto add_own = [&](Source source) {
    if (!own_) return;
    const auto at = own_->find(source);
    if (at == own_->end()) return;
    const auto& [forward, item] = at->second;
    paths.push_back(item ? path_by(source, std::get<xmpp::UnicastItem>(*item))
                         : path_by(source, forward));
  };
  add_own(Source::link_local);
  add_own(Source::local);
  add_own(Source::neighbour);
  for (std::size_t slot = 0; slot < told_.size(); ++slot)
    if (told_[slot]) {
      paths.push_back(path_by(source_of_control_node(slot),
                              std::get<xmpp::UnicastItem>(*told_[slot]), stale_[slot]));
    }
  add_own(Source::router);
  add_own(Source::router_subnet);
  add_own(Source::standby);
  add_own(Source::fixed);
  return paths;
}

}  // namespace tflab::agent
