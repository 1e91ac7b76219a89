#pragma once
// EVPN and multicast routes that control nodes told this agent, by the entry of the bridge table
// each is about; stale ones are treated as unicast paths are. What is done with them is Bridging's.

#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "control-core/agent/path.h"
#include "control-core/types/family.h"
#include "control-core/xmpp/item.h"

namespace tflab::agent {

// An entry of the bridge table. A multicast tree is behind the broadcast MAC.
struct BridgeEntry {
  VrfId vrf;
  Mac mac;
  friend auto operator<=>(const BridgeEntry&, const BridgeEntry&) = default;
};

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
  using Told = std::pair<const Key, Row>;

  void set(const Key& key, xmpp::Item item);
  void clear(const Key& key);
  void remove_vrf(VrfId vrf);
  void forget_trees(Source source);
  void mark_stale(Source source);
  void sweep_stale(Source source);

  // All that was told about an entry.
  const std::vector<const Told*>& about(const BridgeEntry& entry) const;
  std::vector<Mac> macs(VrfId vrf) const;
  // What is to be looked at again since the last call.
  std::set<BridgeEntry> take_changes() { return std::exchange(changes_, {}); }
  const std::map<Key, Row>& rows() const { return rows_; }

private:
  using Rows = std::map<Key, Row>;
  Rows::iterator erase(Rows::iterator row);

  Rows rows_;
  std::map<BridgeEntry, std::vector<const Told*>> by_entry_;
  std::set<BridgeEntry> changes_;
};

}  // namespace tflab::agent
