#include "control-core/agent/routes.h"

#include <algorithm>
#include <utility>

namespace tflab::agent {
namespace {

bool leads_to(const Path& path, Ip4 own, Label label) {
  if (!path.item) return false;
  return std::ranges::any_of(path.item->next_hops, [&](const xmpp::NextHop& hop) {
    return hop.address == IpAddr{own} && hop.label == label.raw();
  });
}

}  // namespace

void Routes::set(VrfId vrf, const IpPrefix& prefix, Source source, const Forward& forward) {
  table(vrf).edit(prefix, [&](Destination& destination) {
    destination.set(source, forward);
    program(vrf, prefix, destination);
  });
}

void Routes::set(VrfId vrf, Source told, const xmpp::SharedItem& item) {
  const IpPrefix& prefix = std::get<xmpp::UnicastItem>(*item).prefix;
  table(vrf).edit(prefix, [&](Destination& destination) {
    const bool repeats = from_control_node(told) && destination.repeats(told, item);
    destination.set(told, item);
    if (repeats)
      ++changes_;
    else
      program(vrf, prefix, destination);
  });
}

void Routes::clear(VrfId vrf, const IpPrefix& prefix, Source source) {
  const auto table = tables_.find(vrf);
  if (table == tables_.end()) return;
  table->second.edit(prefix, [&](Destination& destination) {
    if (destination.clear(source)) program(vrf, prefix, destination);
  });
}

void Routes::remove_vrf(VrfId vrf) {
  const auto table = tables_.find(vrf);
  if (table == tables_.end()) return;
  table->second.edit_all([&](const IpPrefix& prefix, Destination& destination) {
    destination.clear_all();
    program(vrf, prefix, destination);
    return true;
  });
  tables_.erase(table);
}

template <class Change>
void Routes::each(Change change) {
  for (auto& [vrf, table] : tables_)
    table.edit_all([&, id = vrf](const IpPrefix& prefix, Destination& destination) {
      if (!change(destination)) return false;
      program(id, prefix, destination);
      return true;
    });
}

void Routes::mark_stale(Source source) {
  any_stale_[slot_of(source)] = true;
  each([source](Destination& destination) { return destination.mark_stale(source); });
}

void Routes::sweep_stale(Source source) {
  if (!std::exchange(any_stale_[slot_of(source)], false)) return;
  each([source](Destination& destination) { return destination.drop_stale(source); });
}

void Routes::label_moved(Label label) {
  each([&](Destination& destination) {
    return std::ranges::any_of(destination.paths(), [&](const Path& path) {
      return leads_to(path, context_.underlay.address, label);
    });
  });
}

void Routes::choose_again() {
  each([](const Destination&) { return true; });
}

std::optional<Routes::Match> Routes::match(VrfId vrf, const IpAddr& address) const {
  const auto table = tables_.find(vrf);
  if (table == tables_.end()) return {};
  for (unsigned length = address.bits() + 1; length-- > 0;) {
    const IpPrefix prefix{address, static_cast<std::uint8_t>(length)};
    const auto destination = table->second.find(prefix);
    if (!destination || !destination->programmed) continue;
    const Paths paths = destination->paths();
    const auto best = best_path(paths, vrf, context_);
    if (best) return Match{prefix, paths[best->path], best->forward};
  }
  return {};
}

bool Routes::has(VrfId vrf, const IpPrefix& prefix, Source source) const {
  const auto table = tables_.find(vrf);
  if (table == tables_.end()) return false;
  const auto destination = table->second.find(prefix);
  if (!destination) return false;
  const Paths paths = destination->paths();
  return std::ranges::find(paths, source, &Path::source) != paths.end();
}

std::size_t Routes::count(VrfId vrf) const {
  const auto table = tables_.find(vrf);
  return table == tables_.end() ? 0 : table->second.size();
}

// The new nexthop before the route, the route before the old nexthop goes.
void Routes::program(VrfId vrf, const IpPrefix& prefix, Destination& destination) {
  using Programmed = Destination::Programmed;
  ++changes_;
  const Paths paths = destination.paths();
  const auto best = best_path(paths, vrf, context_);
  const std::optional<Programmed> was = destination.programmed;
  if (best) {
    const Forward& with = best->forward;
    // Whatever a machine can reach, the vrouter answers ARP for: nothing of it is on its link.
    const auto proxy = vrf == fabric_vrf ? std::uint16_t{0} : std::uint16_t{vr::route_arp_proxy};
    const NexthopId nexthop = nexthops_.acquire(with.nexthop);
    if (with.nexthop.kind == NexthopKey::Kind::ecmp) {
      std::vector<Member> members;
      for (const Forward& way : forwards_of(paths[best->path], vrf, context_))
        members.push_back({way.nexthop, way.label, way.vni});
      nexthops_.set_members(nexthop, members);
    }
    destination.programmed =
        Programmed{nexthop, with.label, static_cast<std::uint16_t>(with.flags | proxy), with.vni};
  } else {
    destination.programmed.reset();
  }
  const auto& now = destination.programmed;
  if (now && now != was) {
    out_.program(vr::SetRoute{vrf, prefix, now->nexthop, now->label, now->flags, now->vni});
  }
  if (was && !now) out_.program(vr::DeleteRoute{vrf, prefix});
  if (was) nexthops_.release(was->nexthop);
}

}  // namespace tflab::agent
