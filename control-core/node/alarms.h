#pragma once
// When which of many sessions wants to be woken. The next one is found without asking all of them.

#include <absl/container/btree_map.h>

#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "vrouter-core/base/instant.h"

namespace tflab::node {

template <class Who>
class Alarms {
public:
  void set(Who who, std::optional<Instant> when) {
    if (!when) return cancel(who);
    const auto [at, fresh] = when_.try_emplace(who, *when);
    if (fresh) {
      order_.emplace(*when, who);
    } else if (at->second != *when) {
      auto moved = order_.extract({at->second, who});
      at->second = moved.value().first = *when;
      order_.insert(std::move(moved));
    }
  }
  void cancel(Who who) {
    const auto at = when_.find(who);
    if (at == when_.end()) return;
    order_.erase({at->second, who});
    when_.erase(at);
  }
  // Will it be woken by then?
  bool wakes(Who who, Instant by) const {
    const auto at = when_.find(who);
    return at != when_.end() && at->second <= by;
  }
  std::optional<Instant> next() const {
    if (order_.empty()) return {};
    return order_.begin()->first;
  }
  // Those whose time has come, by time; they are set anew by whoever serves them.
  std::vector<Who> take_due(Instant now) {
    std::vector<Who> out;
    while (!order_.empty() && order_.begin()->first <= now) {
      out.push_back(order_.begin()->second);
      cancel(out.back());
    }
    return out;
  }

private:
  std::set<std::pair<Instant, Who>> order_;
  absl::btree_map<Who, Instant> when_;
};

}  // namespace tflab::node
