#include "control-core/agent/route_table.h"

namespace tflab::agent {
namespace {

// The vrouter takes no more either (vr::SetRoute).
constexpr std::uint32_t nexthop_mask = (1u << 20) - 1, label_mask = (1u << 24) - 1;

}  // namespace

RouteTable::~RouteTable() {
  for (const Row& row : rows_) release(row);
}

std::optional<Destination> RouteTable::find(const IpPrefix& prefix) const {
  const auto at = rows_.find(prefix);
  if (at == rows_.end()) return {};
  return read(*at);
}

Destination RouteTable::read(const Row& row) const {
  if (row.own) return owns_[row.number]->destination;
  Destination out;
  for (std::size_t slot = 0; slot < 2; ++slot) {
    if ((row.told >> slot & 1) == 0) continue;
    const Source source = source_of_control_node(slot);
    out.set(source, items_.share_of(row.number));
    if ((row.stale >> slot & 1) != 0) out.mark_stale(source);
  }
  if (row.programmed) {
    const Label label{row.is_vni ? 0 : row.label};
    const Vni vni{row.is_vni ? row.label : 0};
    out.programmed = {NexthopId{row.nexthop}, label, static_cast<std::uint16_t>(row.flags), vni};
  }
  return out;
}

RouteTable::Rows::iterator RouteTable::put(Rows::iterator at, const IpPrefix& prefix,
                                           Destination destination) {
  const Row was = *at;
  if (destination.empty()) {
    at = rows_.erase(at);
  } else {
    write(*at, prefix, std::move(destination));
    ++at;
  }
  release(was);
  return at;
}

// What was in the row is for somebody else to release.
void RouteTable::write(const Row& row, const IpPrefix& prefix, Destination destination) {
  if (const xmpp::SharedItem* item = destination.only_item())
    return write_item(row, *item, destination);
  auto own = std::make_unique<Own>(Own{prefix, std::move(destination)});
  if (free_.empty()) {
    row.number = static_cast<std::uint32_t>(owns_.size());
    owns_.push_back(std::move(own));
  } else {
    row.number = free_.back();
    free_.pop_back();
    owns_[row.number] = std::move(own);
  }
  row.own = 1;
}

void RouteTable::write_item(const Row& row, const xmpp::SharedItem& item,
                            const Destination& destination) {
  row.number = items_.keep(item);
  unsigned told = 0, stale = 0;
  for (const Path& path : destination.paths()) {
    told |= 1u << slot_of(path.source);
    if (path.stale) stale |= 1u << slot_of(path.source);
  }
  row.own = 0;
  row.told = told & 3;
  row.stale = stale & 3;
  const auto& programmed = destination.programmed;
  row.programmed = programmed.has_value();
  if (!programmed) return;
  row.nexthop = programmed->nexthop.raw() & nexthop_mask;
  row.flags = static_cast<std::uint8_t>(programmed->flags);
  row.is_vni = programmed->vni != Vni{};
  const std::uint32_t label = programmed->label.raw(), vni = programmed->vni.raw();
  row.label = (row.is_vni ? vni : label) & label_mask;
}

void RouteTable::release(const Row& row) {
  if (!row.own) return items_.give_back(row.number);
  owns_[row.number].reset();
  free_.push_back(row.number);
}

}  // namespace tflab::agent
