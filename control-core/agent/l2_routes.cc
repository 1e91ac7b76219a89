#include "control-core/agent/l2_routes.h"

#include <iterator>

namespace tflab::agent {
namespace {

// Multicast MACs have no place of their own: broadcasts go along the tree, whatever EVPN says of
// them. Nor have EVPN routes without a MAC (type 5), and trees of single groups.
std::optional<BridgeEntry> entry_of(VrfId vrf, const xmpp::Item& item) {
  if (const auto* evpn = std::get_if<xmpp::EvpnItem>(&item)) {
    if (evpn->mac.zero() || evpn->mac.multicast()) return {};
    return BridgeEntry{vrf, evpn->mac};
  }
  const auto* tree = std::get_if<xmpp::MulticastItem>(&item);
  const bool for_all = tree != nullptr && tree->group == Ip4{0xffffffff} && tree->source == Ip4{};
  if (!for_all) return {};
  return BridgeEntry{vrf, broadcast_mac};
}

}  // namespace

void L2Routes::set(const Key& key, xmpp::Item item) {
  clear(key);
  const auto row = rows_.emplace(key, Row{std::move(item)}).first;
  const auto entry = entry_of(key.vrf, row->second.item);
  if (!entry) return;
  by_entry_[*entry].push_back(&*row);
  changes_.insert(*entry);
}

void L2Routes::clear(const Key& key) {
  const auto row = rows_.find(key);
  if (row != rows_.end()) erase(row);
}

L2Routes::Rows::iterator L2Routes::erase(Rows::iterator row) {
  if (const auto entry = entry_of(row->first.vrf, row->second.item)) {
    const auto told = by_entry_.find(*entry);
    std::erase(told->second, &*row);
    if (told->second.empty()) by_entry_.erase(told);
    changes_.insert(*entry);
  }
  return rows_.erase(row);
}

void L2Routes::remove_vrf(VrfId vrf) {
  auto row = rows_.lower_bound(Key{.vrf = vrf, .family = Family{}, .id = {}, .source = Source{}});
  while (row != rows_.end() && row->first.vrf == vrf) row = erase(row);
}

void L2Routes::forget_trees(Source source) {
  for (auto row = rows_.begin(); row != rows_.end();) {
    const bool goes = row->first.family == Family::ermvpn && row->first.source == source;
    row = goes ? erase(row) : std::next(row);
  }
}

void L2Routes::mark_stale(Source source) {
  for (auto& [key, row] : rows_) {
    if (key.source != source) continue;
    row.stale = true;
    if (const auto entry = entry_of(key.vrf, row.item)) changes_.insert(*entry);
  }
}

void L2Routes::sweep_stale(Source source) {
  for (auto row = rows_.begin(); row != rows_.end();) {
    const bool goes = row->second.stale && row->first.source == source;
    row = goes ? erase(row) : std::next(row);
  }
}

const std::vector<const L2Routes::Told*>& L2Routes::about(const BridgeEntry& entry) const {
  static const std::vector<const Told*> nothing;
  const auto told = by_entry_.find(entry);
  return told == by_entry_.end() ? nothing : told->second;
}

std::vector<Mac> L2Routes::macs(VrfId vrf) const {
  std::vector<Mac> macs;
  for (auto it = by_entry_.lower_bound({vrf, {}}); it != by_entry_.end() && it->first.vrf == vrf;
       ++it)
    if (it->first.mac != broadcast_mac) macs.push_back(it->first.mac);
  return macs;
}

}  // namespace tflab::agent
