#include "control-core/rib/best_path.h"

#include <algorithm>
#include <array>
#include <compare>

namespace tflab::rib {
namespace {

// What the rules look at, read out of a path once. Smaller is better in every field.
struct Merits {
  const Path* path = nullptr;
  bool infeasible = false, leaf = false, not_sticky = false, stale = false, aliased = false;
  std::uint32_t local_pref = 0;  // complement: higher wins
  std::uint32_t sequence = 0;    // complement
  unsigned as_length = 0;
  bool service_chain = false;
  std::uint32_t neighbour = 0;  // 0: none
  std::uint32_t med = 0;
  int source = 0;  // negated: higher wins
  std::uint32_t router_id = 0;
};

int preference(Source source) {
  return source == Source::bgp ? 1 : static_cast<int>(source);  // xmpp is 1, local 5
}

// E-Tree (RFC 8317 section 5.1): type 06, subtype 05, the lowest bit of the flags says leaf.
bool etree_leaf(const Attributes& attributes) {
  return std::ranges::any_of(attributes.ext_communities, [](ExtCommunity c) {
    return c.type() == 0x06 && c.subtype() == 0x05 && (c.wire() >> 40 & 1) != 0;
  });
}

void add_mobility(Merits& merits, const Attributes& attributes) {
  merits.not_sticky = true;
  merits.sequence = ~std::uint32_t{0};
  for (ExtCommunity community : attributes.ext_communities) {
    if (const auto mobility = community.as_mac_mobility()) {
      merits.not_sticky = !mobility->sticky;
      merits.sequence = ~mobility->sequence;
      return;
    }
  }
}

std::uint32_t router_id_of(const Path& path) {
  if (path.attributes->originator_id) return path.attributes->originator_id->raw();
  return path.peer ? path.peer->router_id.raw() : 0;
}

Merits merits_of(const Path& path) {
  const Attributes& attributes = *path.attributes;
  Merits out;
  out.path = &path;
  out.infeasible = !path.feasible();
  out.local_pref = ~attributes.effective_local_pref();
  out.leaf = etree_leaf(attributes);
  add_mobility(out, attributes);
  out.stale = (path.flags & llgr_stale) != 0 ||
              std::ranges::count(attributes.communities, Community::llgr_stale) != 0;
  out.as_length = attributes.as_path.length();
  out.service_chain = !attributes.origin_vn_path.empty();
  if (const auto as = attributes.as_path.neighbour()) out.neighbour = as->raw();
  out.med = attributes.med.value_or(0);
  out.aliased = (path.flags & aliased_path) != 0;
  out.source = -preference(path.key.source);
  out.router_id = router_id_of(path);
  return out;
}

using Order = std::strong_ordering;
struct Rule {
  Lost lost;
  Order (*compare)(const Merits& a, const Merits& b);
};
constexpr Order same = Order::equal;

bool both_chains(const Merits& a, const Merits& b) {
  return a.service_chain && b.service_chain;
}
bool both_local(const Merits& a, const Merits& b) {
  return !a.path->peer && !b.path->peer;
}
bool not_xmpp(const Merits& m) {
  return m.path->peer && m.path->peer->kind != Peer::agent;
}
bool not_ebgp(const Merits& m) {
  return m.path->peer && m.path->peer->kind == Peer::ibgp;
}

Order by_as_path(const Merits& a, const Merits& b) {
  return both_chains(a, b) ? same : a.as_length <=> b.as_length;
}
Order by_chained_as_path(const Merits& a, const Merits& b) {
  return both_chains(a, b) ? a.as_length <=> b.as_length : same;
}
// Comparable only between routes of one neighbour (RFC 4271 section 9.1.2.2 c).
Order by_med(const Merits& a, const Merits& b) {
  return a.neighbour != 0 && a.neighbour == b.neighbour ? a.med <=> b.med : same;
}
Order by_local_path_id(const Merits& a, const Merits& b) {
  return both_local(a, b) ? a.path->key.path_id <=> b.path->key.path_id : same;
}
Order by_cluster_list(const Merits& a, const Merits& b) {
  return a.path->attributes->cluster_list.size() <=> b.path->attributes->cluster_list.size();
}
Order by_peer(const Merits& a, const Merits& b) {
  const IpAddr left = a.path->peer ? a.path->peer->address : IpAddr{};
  const IpAddr right = b.path->peer ? b.path->peer->address : IpAddr{};
  return left <=> right;
}

// Two paths that differ in nothing the rules know: the key decides, so that order is total.
Order by_key(const Merits& a, const Merits& b) {
  return a.path->key <=> b.path->key;
}

#define TFLAB_FIELD(field) \
  [](const Merits& a, const Merits& b) -> Order { return a.field <=> b.field; }

constexpr auto rules = std::to_array<Rule>({
    {Lost::infeasible, TFLAB_FIELD(infeasible)},
    {Lost::local_pref, TFLAB_FIELD(local_pref)},
    {Lost::etree_leaf, TFLAB_FIELD(leaf)},
    {Lost::not_sticky, TFLAB_FIELD(not_sticky)},
    {Lost::sequence, TFLAB_FIELD(sequence)},
    {Lost::llgr_stale, TFLAB_FIELD(stale)},
    {Lost::as_path, by_as_path},
    {Lost::origin, TFLAB_FIELD(path->attributes->origin)},
    {Lost::med, by_med},
    // Everything equal up to here is equal cost.
    {Lost::aliased, TFLAB_FIELD(aliased)},
    {Lost::service_chain_as_path, by_chained_as_path},
    {Lost::not_local,
     [](const Merits& a, const Merits& b) -> Order {
       return (a.path->peer != nullptr) <=> (b.path->peer != nullptr);
     }},
    {Lost::source, TFLAB_FIELD(source)},
    {Lost::local_path_id, by_local_path_id},
    {Lost::not_xmpp,
     [](const Merits& a, const Merits& b) -> Order { return not_xmpp(a) <=> not_xmpp(b); }},
    {Lost::not_ebgp,
     [](const Merits& a, const Merits& b) -> Order { return not_ebgp(a) <=> not_ebgp(b); }},
    {Lost::path_id, TFLAB_FIELD(path->key.path_id)},
    {Lost::router_id, TFLAB_FIELD(router_id)},
    {Lost::cluster_list, by_cluster_list},
    {Lost::peer, by_peer},
    {Lost::equal, by_key},
});
#undef TFLAB_FIELD

struct Verdict {
  Order order;
  Lost rule;
};
Verdict compare(const Merits& a, const Merits& b, bool with_med) {
  for (const Rule& rule : rules) {
    if (rule.lost == Lost::med && !with_med) continue;
    if (const Order order = rule.compare(a, b); order != 0) return {order, rule.lost};
  }
  return {same, Lost::none};
}

bool better(const Merits& a, const Merits& b) {
  return compare(a, b, true).order < 0;
}

// MED makes "better" intransitive. Sorting first without it gives an order that arrival cannot
// change, and inserting one by one then gives the same answer to the same set of paths.
void sort(std::vector<Merits>& all) {
  std::ranges::sort(
      all, [](const Merits& a, const Merits& b) { return compare(a, b, false).order < 0; });
  for (auto at = all.begin(); at != all.end(); ++at)
    for (auto back = at; back != all.begin() && better(*back, *std::prev(back)); --back)
      std::iter_swap(back, std::prev(back));
}

}  // namespace

Lost why_worse(const Path& better_path, const Path& worse) {
  const Verdict verdict = compare(merits_of(better_path), merits_of(worse), true);
  return verdict.order < 0 ? verdict.rule : Lost::none;
}

void rank(std::span<Path> paths) {
  if (paths.size() == 1) {
    paths.front().lost = Lost::none;
    return;
  }
  std::vector<Merits> all;
  all.reserve(paths.size());
  for (const Path& path : paths) all.push_back(merits_of(path));
  sort(all);
  std::vector<Path> ranked;
  ranked.reserve(paths.size());
  for (const Merits& merits : all) {
    ranked.push_back(*merits.path);
    const bool first = merits.path == all.front().path;
    ranked.back().lost = first ? Lost::none : compare(all.front(), merits, true).rule;
  }
  std::ranges::move(ranked, paths.begin());
}

namespace {

// Without MEDs to compare "better" is a total order, which one path more or less cannot upset.
bool meds_matter(std::span<const Path> paths) {
  return std::ranges::any_of(
      paths, [](const Path& path) { return path.attributes->as_path.neighbour().has_value(); });
}

void say_why(std::span<Path> paths) {
  if (paths.empty()) return;
  const Merits best = merits_of(paths.front());
  paths.front().lost = Lost::none;
  for (Path& path : paths.subspan(1)) path.lost = compare(best, merits_of(path), true).rule;
}

}  // namespace

void rank_after_arrival(std::span<Path> paths) {
  if (meds_matter(paths)) return rank(paths);
  const auto last = std::prev(paths.end());
  const Merits fresh = merits_of(*last);
  const auto place = std::partition_point(
      paths.begin(), last, [&](const Path& path) { return better(merits_of(path), fresh); });
  const bool best = place == paths.begin();
  std::rotate(place, last, paths.end());
  if (best) return say_why(paths);
  place->lost = compare(merits_of(paths.front()), merits_of(*place), true).rule;
}

void rank_after_loss(std::span<Path> paths, bool best_lost) {
  if (meds_matter(paths)) return rank(paths);
  if (best_lost) say_why(paths);
}

bool equal_cost(const Path& best, const Path& other) {
  const Verdict verdict = compare(merits_of(best), merits_of(other), true);
  return verdict.rule == Lost::none || verdict.rule > Lost::med;
}

std::string_view to_text(Source source) {
  constexpr std::array<std::string_view, 6> names = {"BGP",         "XMPP",      "ServiceChain",
                                                     "StaticRoute", "Aggregate", "Local"};
  return names[static_cast<std::size_t>(source)];
}

std::string_view to_text(Flag flag) {
  constexpr std::array<std::string_view, 12> names = {
      "AsPathLooped",       "NoNeighborAs",      "Stale",        "NoTunnelEncap",
      "OriginatorIdLooped", "ResolveNexthop",    "ResolvedPath", "RoutingPolicyReject",
      "LlgrStale",          "ClusterListLooped", "AliasedPath",  "CheckGlobalErmVpnRoute"};
  for (std::size_t i = 0; i < names.size(); ++i)
    if (flag == 1u << i) return names[i];
  return "None";
}

std::string_view to_text(Lost lost) {
  constexpr std::array<std::string_view, 22> names = {
      "best",         "infeasible", "local preference", "E-Tree leaf",
      "not sticky",   "sequence",   "LLGR stale",       "AS path length",
      "origin",       "MED",        "aliased",          "AS path length of service chains",
      "not local",    "source",     "local path id",    "not XMPP",
      "not eBGP",     "path id",    "router id",        "cluster list length",
      "peer address", "path key"};
  return names[static_cast<std::size_t>(lost)];
}

}  // namespace tflab::rib
