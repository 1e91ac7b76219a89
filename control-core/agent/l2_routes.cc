#include "control-core/agent/l2_routes.h"

#include <optional>
#include <tuple>
#include <variant>

namespace tflab::agent {
namespace {

// Multicast MACs but the broadcast MAC have no place of their own. Nor have trees of single groups.
// EVPN routes without a MAC are about prefixes.
std::optional<Mac> mac_of(const xmpp::Item& item) {
  if (const auto* evpn = std::get_if<xmpp::EvpnItem>(&item)) {
    if (evpn->mac.zero() || (evpn->mac.multicast() && evpn->mac != broadcast_mac)) return {};
    return evpn->mac;
  }
  const auto* tree = std::get_if<xmpp::MulticastItem>(&item);
  const bool for_all = tree != nullptr && tree->group == Ip4{0xffffffff} && tree->source == Ip4{};
  if (!for_all) return {};
  return broadcast_mac;
}

std::optional<IpPrefix> prefix_of(const xmpp::Item& item) {
  const auto* evpn = std::get_if<xmpp::EvpnItem>(&item);
  if (evpn == nullptr || !evpn->mac.zero()) return {};
  return evpn->address;
}

xmpp::Item first_about(const Mac& mac, const IpPrefix& address = {}) {
  xmpp::EvpnItem item;
  item.mac = mac;
  item.address = address;
  return item;
}

}  // namespace

std::strong_ordering L2Routes::ByName::order(const xmpp::Item& a, const xmpp::Item& b) {
  if (const auto* tree = std::get_if<xmpp::MulticastItem>(&a)) {
    return tree->id <=> std::get<xmpp::MulticastItem>(b).id;
  }
  const auto name = [](const xmpp::Item& item) {
    const auto& evpn = std::get<xmpp::EvpnItem>(item);
    return std::tie(evpn.mac, evpn.address, evpn.tag);
  };
  return name(a) <=> name(b);
}

void L2Routes::note(VrfId vrf, const Row& row) {
  if (const auto mac = mac_of(row.any())) changes_.insert({vrf, *mac});
  if (const auto prefix = prefix_of(row.any())) changed_prefixes_.insert({vrf, *prefix});
}

void L2Routes::set(VrfId vrf, Source source, const xmpp::SharedItem& item) {
  const std::size_t slot = slot_of(source);
  Table& table = tables_[{vrf, xmpp::family_of(*item)}];
  auto row = table.find(*item);
  if (row == table.end()) {
    Row fresh;
    fresh.said[slot] = item;
    row = table.insert(std::move(fresh)).first;
  } else {
    row->said[slot] = item;
    row->stale[slot] = false;
  }
  note(vrf, *row);
}

void L2Routes::clear(VrfId vrf, Source source, const xmpp::Item& item) {
  const std::size_t slot = slot_of(source);
  const auto table = tables_.find({vrf, xmpp::family_of(item)});
  if (table == tables_.end()) return;
  const auto row = table->second.find(item);
  if (row == table->second.end() || !row->said[slot]) return;
  note(vrf, *row);
  const bool last = !row->said[1 - slot];
  if (last) {
    table->second.erase(row);
  } else {
    row->said[slot].reset();
  }
}

void L2Routes::remove_vrf(VrfId vrf) {
  const auto first = tables_.lower_bound({vrf, Family{}});
  auto last = first;
  for (; last != tables_.end() && last->first.first == vrf; ++last)
    for (const Row& row : last->second) note(vrf, row);
  tables_.erase(first, last);
}

template <class Goes>
void L2Routes::erase_if(Tables::value_type& table, Source source, Goes goes) {
  const std::size_t slot = slot_of(source);
  for (auto row = table.second.begin(); row != table.second.end();) {
    if (!row->said[slot] || !goes(*row, slot)) {
      ++row;
      continue;
    }
    note(table.first.first, *row);
    const bool last = !row->said[1 - slot];
    if (last) {
      row = table.second.erase(row);
    } else {
      row->said[slot].reset();
      ++row;
    }
  }
}

void L2Routes::forget_trees(Source source) {
  for (auto& table : tables_)
    if (table.first.second == Family::ermvpn) {
      erase_if(table, source, [](const Row&, std::size_t) { return true; });
    }
}

void L2Routes::mark_stale(Source source) {
  const std::size_t slot = slot_of(source);
  any_stale_[slot] = true;
  for (const auto& [key, table] : tables_)
    for (const Row& row : table) {
      if (!row.said[slot]) continue;
      row.stale[slot] = true;
      note(key.first, row);
    }
}

void L2Routes::sweep_stale(Source source) {
  if (!std::exchange(any_stale_[slot_of(source)], false)) return;
  for (auto& table : tables_)
    erase_if(table, source, [](const Row& row, std::size_t slot) { return row.stale[slot]; });
}

void L2Routes::add_told(const Row& row, std::vector<Told>& told) {
  for (std::size_t slot = 0; slot < row.said.size(); ++slot)
    if (row.said[slot]) {
      told.push_back({source_of_control_node(slot), row.stale[slot], row.said[slot].get()});
    }
}

std::vector<L2Routes::Told> L2Routes::about(const BridgeEntry& entry) const {
  std::vector<Told> told;
  const auto table = tables_.find({entry.vrf, Family::evpn});
  if (table == tables_.end()) return told;
  auto row = table->second.lower_bound(first_about(entry.mac));
  for (; row != table->second.end() && mac_of(row->any()) == entry.mac; ++row) add_told(*row, told);
  return told;
}

std::vector<L2Routes::Told> L2Routes::trees(VrfId vrf) const {
  std::vector<Told> told;
  const auto table = tables_.find({vrf, Family::ermvpn});
  if (table == tables_.end()) return told;
  for (const Row& row : table->second)
    if (mac_of(row.any())) add_told(row, told);
  return told;
}

std::vector<L2Routes::Told> L2Routes::about(const RoutedPrefix& routed) const {
  std::vector<Told> told;
  const auto table = tables_.find({routed.vrf, Family::evpn});
  if (table == tables_.end()) return told;
  auto row = table->second.lower_bound(first_about({}, routed.prefix));
  for (; row != table->second.end() && prefix_of(row->any()) == routed.prefix; ++row)
    add_told(*row, told);
  return told;
}

std::vector<L2Routes::Told> L2Routes::all(VrfId vrf, Family family) const {
  std::vector<Told> told;
  if (const auto table = tables_.find({vrf, family}); table != tables_.end())
    for (const Row& row : table->second) add_told(row, told);
  return told;
}

std::vector<Mac> L2Routes::macs(VrfId vrf) const {
  std::vector<Mac> macs;
  const auto table = tables_.find({vrf, Family::evpn});
  if (table == tables_.end()) return macs;
  for (const Row& row : table->second)
    if (const auto mac = mac_of(row.any());
        mac && mac != broadcast_mac && (macs.empty() || macs.back() != *mac))
      macs.push_back(*mac);
  return macs;
}

std::vector<IpPrefix> L2Routes::prefixes(VrfId vrf) const {
  std::vector<IpPrefix> prefixes;
  const auto table = tables_.find({vrf, Family::evpn});
  if (table == tables_.end()) return prefixes;
  for (const Row& row : table->second)
    if (const auto prefix = prefix_of(row.any()); prefix) prefixes.push_back(*prefix);
  return prefixes;
}

}  // namespace tflab::agent
