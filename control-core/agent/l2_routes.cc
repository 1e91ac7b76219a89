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

L2Routes::~L2Routes() {
  for (auto& [key, table] : tables_)
    for (const Row& row : table)
      for (Row::Said& said : row.said) unsay(said);
}

void L2Routes::unsay(Row::Said& said) {
  if (const auto number = std::exchange(said, {}).number; number != 0) items_.give_back(number);
}

void L2Routes::note(VrfId vrf, const xmpp::Item& item) {
  if (const auto mac = mac_of(item)) changes_.push_back({vrf, *mac});
  if (const auto prefix = prefix_of(item)) changed_prefixes_.push_back({vrf, *prefix});
}

void L2Routes::set(VrfId vrf, Source source, const xmpp::SharedItem& item) {
  const std::size_t slot = slot_of(source);
  const std::pair key{vrf, xmpp::family_of(*item)};
  Table& table = tables_.try_emplace(key, ByName{&items_}).first->second;
  const Row::Said now{.number = items_.keep(item) & Row::Said::most};
  const auto row = table.lower_bound(*item);
  if (row == table.end() || ByName::order(any(*row), *item) != 0) {
    Row fresh;
    fresh.said[slot] = now;
    table.insert(row, fresh);
  } else {
    auto was = std::exchange(row->said[slot], now);
    unsay(was);
  }
  note(vrf, *item);
}

void L2Routes::clear(VrfId vrf, Source source, const xmpp::Item& item) {
  const std::size_t slot = slot_of(source);
  const auto table = tables_.find({vrf, xmpp::family_of(item)});
  if (table == tables_.end()) return;
  const auto row = table->second.find(item);
  if (row == table->second.end() || row->said[slot].number == 0) return;
  note(vrf, any(*row));
  auto said = row->said[slot];
  if (row->said[1 - slot].number == 0) {
    table->second.erase(row);
  } else {
    row->said[slot] = {};
  }
  unsay(said);
}

void L2Routes::remove_vrf(VrfId vrf) {
  const auto first = tables_.lower_bound({vrf, Family{}});
  auto last = first;
  for (; last != tables_.end() && last->first.first == vrf; ++last)
    for (const Row& row : last->second) {
      note(vrf, any(row));
      for (Row::Said& said : row.said) unsay(said);
    }
  tables_.erase(first, last);
}

template <class Goes>
void L2Routes::erase_if(Tables::value_type& table, Source source, Goes goes) {
  const std::size_t slot = slot_of(source);
  for (auto row = table.second.begin(); row != table.second.end();) {
    auto said = row->said[slot];
    if (said.number == 0 || !goes(said)) {
      ++row;
      continue;
    }
    note(table.first.first, any(*row));
    if (row->said[1 - slot].number == 0) {
      row = table.second.erase(row);
    } else {
      row->said[slot] = {};
      ++row;
    }
    unsay(said);
  }
}

void L2Routes::forget_trees(Source source) {
  for (auto& table : tables_)
    if (table.first.second == Family::ermvpn) {
      erase_if(table, source, [](const Row::Said&) { return true; });
    }
}

void L2Routes::mark_stale(Source source) {
  const std::size_t slot = slot_of(source);
  any_stale_[slot] = true;
  for (const auto& [key, table] : tables_)
    for (const Row& row : table) {
      if (row.said[slot].number == 0) continue;
      row.said[slot].stale = 1;
      note(key.first, any(row));
    }
}

void L2Routes::sweep_stale(Source source) {
  if (!std::exchange(any_stale_[slot_of(source)], false)) return;
  for (auto& table : tables_)
    erase_if(table, source, [](const Row::Said& said) { return said.stale != 0; });
}

void L2Routes::add_told(const Row& row, std::vector<Told>& told) const {
  for (std::size_t slot = 0; slot < row.said.size(); ++slot)
    if (const Row::Said said = row.said[slot]; said.number != 0) {
      told.push_back({source_of_control_node(slot), said.stale != 0, &items_.at(said.number)});
    }
}

std::vector<L2Routes::Told> L2Routes::about(const BridgeEntry& entry) const {
  std::vector<Told> told;
  const auto table = tables_.find({entry.vrf, Family::evpn});
  if (table == tables_.end()) return told;
  auto row = table->second.lower_bound(first_about(entry.mac));
  for (; row != table->second.end() && mac_of(any(*row)) == entry.mac; ++row) add_told(*row, told);
  return told;
}

std::vector<L2Routes::Told> L2Routes::trees(VrfId vrf) const {
  std::vector<Told> told;
  const auto table = tables_.find({vrf, Family::ermvpn});
  if (table == tables_.end()) return told;
  for (const Row& row : table->second)
    if (mac_of(any(row))) add_told(row, told);
  return told;
}

std::vector<L2Routes::Told> L2Routes::about(const RoutedPrefix& routed) const {
  std::vector<Told> told;
  const auto table = tables_.find({routed.vrf, Family::evpn});
  if (table == tables_.end()) return told;
  auto row = table->second.lower_bound(first_about({}, routed.prefix));
  for (; row != table->second.end() && prefix_of(any(*row)) == routed.prefix; ++row)
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
    if (const auto mac = mac_of(any(row));
        mac && mac != broadcast_mac && (macs.empty() || macs.back() != *mac))
      macs.push_back(*mac);
  return macs;
}

std::vector<IpPrefix> L2Routes::prefixes(VrfId vrf) const {
  std::vector<IpPrefix> prefixes;
  const auto table = tables_.find({vrf, Family::evpn});
  if (table == tables_.end()) return prefixes;
  for (const Row& row : table->second)
    if (const auto prefix = prefix_of(any(row)); prefix) prefixes.push_back(*prefix);
  return prefixes;
}

}  // namespace tflab::agent
