#pragma once
// EVPN and multicast routes that control nodes told this agent, for those who look at them. They
// do not forward anything yet; stale ones are treated as unicast paths are.

#include <map>
#include <string>
#include <utility>

#include "control-core/agent/path.h"
#include "control-core/types/family.h"
#include "control-core/xmpp/item.h"

namespace tflab::agent {

class L2Routes {
public:
  struct Key {
    VrfId vrf;
    Family family = Family::evpn;
    std::string id;  // as items and retracts name it
    Source source = Source::control_0;
    friend auto operator<=>(const Key&, const Key&) = default;
  };
  struct Row {
    xmpp::Item item;
    bool stale = false;
  };

  void set(const Key& key, xmpp::Item item) { rows_.insert_or_assign(key, Row{std::move(item)}); }
  void clear(const Key& key) { rows_.erase(key); }
  void remove_vrf(VrfId vrf) {
    std::erase_if(rows_, [&](const auto& row) { return row.first.vrf == vrf; });
  }
  void mark_stale(Source source) {
    for (auto& [key, row] : rows_)
      if (key.source == source) row.stale = true;
  }
  void sweep_stale(Source source) {
    std::erase_if(rows_, [source](const auto& row) {
      return row.second.stale && row.first.source == source;
    });
  }
  const std::map<Key, Row>& rows() const { return rows_; }

private:
  std::map<Key, Row> rows_;
};

}  // namespace tflab::agent
