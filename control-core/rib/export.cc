#include "control-core/rib/export.h"

#include <algorithm>
#include <array>

namespace tflab::rib {
namespace {

bool has(const Attributes& attributes, Community community) {
  return std::ranges::find(attributes.communities, community) != attributes.communities.end();
}

// RFC 1997, "well-known communities".
bool stays_inside(const Attributes& attributes) {
  return has(attributes, Community::no_export) || has(attributes, Community::no_export_subconfed);
}

// What one iBGP peer said is repeated to others by a route reflector only (RFC 4456 section 6).
bool may_repeat(const Speaker& us, const Audience& them, const Path& path) {
  if (!them.internal || !path.peer || path.peer->kind != Peer::ibgp) return true;
  return us.cluster_id && (path.peer->client || them.client);
}

bool kept_interest(const Speaker& us, Family family, const Path& path) {
  return family == Family::route_target && !us.passes_interest_on && path.peer && path.peer->bgp();
}

// To a client, interest in a target is ours, whoever it came from: even the one that it came from
// must know that somebody is to be told (RFC 4684 section 3.2).
void reflect(const Speaker& us, const Audience& them, Family family, const Path& path,
             Attributes& out) {
  if (!path.peer || path.peer->kind != Peer::ibgp) return;
  if (family == Family::route_target && them.client)
    out.originator_id = us.router_id;
  else if (!out.originator_id)
    out.originator_id = path.peer->router_id;
  out.cluster_list.insert(out.cluster_list.begin(), *us.cluster_id);
}

void to_internal(const Speaker& us, const Audience& them, Family family, const Path& path,
                 Attributes& out) {
  out.local_pref = out.effective_local_pref();  // mandatory on iBGP (RFC 4271 section 5.1.5)
  reflect(us, them, family, path, out);
}

void rewrite(const Speaker& us, const Audience& them, Family family, Attributes& out) {
  const auto& [as_override, private_as, encaps] = them.rewriting;
  if (as_override) out.as_path = overridden(std::move(out.as_path), them.as, us.as);
  out.as_path = without_private(out.as_path, private_as, them.as, them.internal ? Asn{} : us.as);
  if (!encaps.empty() && has_tunnels(family)) set_encaps(out, encaps);
}

void to_external(const Speaker& us, Attributes& out) {
  out.originator_id.reset();
  out.cluster_list.clear();
  out.local_pref.reset();
  if (!out.as_path.empty()) out.med.reset();
  out.as_path.prepend(us.as);
}

// RFC 9494 section 4.6. To those who do not know the mark, the route is the last resort and stays
// inside the AS. Interest in a target is no route: it keeps what it has.
void mark_stale(const Audience& them, Family family, const Path& path, Attributes& out) {
  const bool marked = has(out, Community::llgr_stale);
  if (family == Family::route_target || (!marked && (path.flags & llgr_stale) == 0)) return;
  if (them.long_lived) {
    if (!marked) out.communities.push_back(Community::llgr_stale);
    return;
  }
  out.local_pref = 0;
  std::erase(out.communities, Community::llgr_stale);
  if (!has(out, Community::no_export)) out.communities.push_back(Community::no_export);
}

// Addresses outside a VPN carry no VPN's marks, except whose network they belong to.
void strip_vpn_marks(Attributes& out) {
  std::erase_if(out.ext_communities, [](ExtCommunity c) { return !c.as_origin_vn(); });
  out.origin_vn_path.clear();
}

// Known only to the node that has the agent; cleared so that sets equal on the wire are equal.
void forget_local_knowledge(Attributes& out) {
  out.source_rd = {};
  out.sub_protocol = SubProtocol::none;
  out.label_block.reset();
}

}  // namespace

Untold kept_from(const Speaker& us, const Audience& them, Family family, const Path& path) {
  const Attributes& attributes = *path.attributes;
  if (!path.feasible()) return Untold::infeasible;
  if (has(attributes, Community::no_advertise)) return Untold::no_advertise;
  if (!them.internal && stays_inside(attributes)) return Untold::no_export;
  if (!may_repeat(us, them, path)) return Untold::not_reflected;
  const bool looped = !them.internal && attributes.as_path.contains(them.as);
  if (looped && !them.rewriting.as_override) return Untold::as_loop;
  if (kept_interest(us, family, path)) return Untold::interest_kept;
  return Untold::no;
}

std::string_view to_text(Untold why) {
  constexpr std::array<std::string_view, 12> names = {
      "told",
      "no path is left",
      "the best path is infeasible",
      "community no-advertise",
      "community no-export",
      "split horizon: what one iBGP peer said is repeated to clients, or if a client said it",
      "its AS is in the AS path",
      "what peers want is not passed on",
      "the family was not negotiated",
      "waits for its route targets, or for our start",
      "not interested in any of its route targets",
      "the best path came from it"};
  return names[static_cast<std::size_t>(why)];
}

std::optional<Attributes> exported(const Speaker& us, const Audience& them, Family family,
                                   const Path& path) {
  if (kept_from(us, them, family, path) != Untold::no) return {};
  Attributes out = *path.attributes;
  forget_local_knowledge(out);
  if (family == Family::inet || family == Family::inet6) strip_vpn_marks(out);
  mark_stale(them, family, path, out);
  rewrite(us, them, family, out);
  if (family == Family::route_target || family == Family::ermvpn) out.next_hop = us.router_id;
  if (them.internal)
    to_internal(us, them, family, path, out);
  else
    to_external(us, out);
  return out;
}

}  // namespace tflab::rib
