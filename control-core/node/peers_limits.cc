// What a single peer may cost: how many routes it may announce (RFC 4486), what is kept for it
// while it does not read, and how often it may ask for our routes again (RFC 2918, RFC 7313).

#include <array>
#include <utility>

#include "control-core/base/text.h"
#include "control-core/node/peers.h"
#include "vrouter-core/base/writer.h"

namespace tflab::node {
namespace {

constexpr Duration after_too_many = seconds(60);  // until we talk to it again
constexpr Duration between_refreshes = seconds(5);

// RFC 4486 section 4: AFI, SAFI, and the limit.
std::vector<std::byte> limit_data(Family family, std::uint32_t limit) {
  std::array<std::byte, 7> room;
  Writer out{room};
  out.be16(row_of(family).afi);
  out.u8(row_of(family).safi);
  out.be32(limit);
  return {out.written().begin(), out.written().end()};
}

}  // namespace

// --- prefix limit

void Peers::check_limit(Instant now, Peer& peer, Family family) {
  const std::uint32_t limit = peer.config.prefix_limit;
  if (peer.up && limit != 0 && peer.paths[static_cast<std::size_t>(family)] > limit)
    shut(now, peer, family);
}

// Only where somebody counts; otherwise on_update keeps no count.
void Peers::recount(Peer& peer) {
  peer.paths.fill(0);
  if (peer.config.prefix_limit == 0) return;
  for (Family family : peer.families)
    for (const auto& [nlri, destination] : core_.routing->master(family).rows())
      for (const rib::Path& path : destination.paths)
        if (path.peer == &peer.peer && !path.replicated())
          ++peer.paths[static_cast<std::size_t>(family)];
}

void Peers::shut(Instant now, Peer& peer, Family family) {
  const bgp::Cause why{bgp::cease, bgp::max_prefixes, true,
                       "Cease/maximum number of prefixes reached: more than " +
                           std::to_string(peer.config.prefix_limit) + " of " +
                           std::string{row_of(family).config}};
  peer.timers.arm(Peer::Timer::shut, now + after_too_many);
  Link& link = *peer.up;
  link.session.stop(now, why, limit_data(family, peer.config.prefix_limit));
  peer.ours.session.stop(now, why);
}

// --- a peer that does not read

// However often routes change meanwhile, no more is kept for it than what it once knew.
void Peers::spare(Peer& peer) {
  peer.blocked = true;
  if (peer.group) peer.group->hold(peer.peer);
}

// What is no longer so it is told by the new routes themselves, or before the end of rib.
void Peers::catch_up(Instant now, Peer& peer) {
  peer.blocked = false;
  open_families(peer);
  drain(now, peer);
}

// Of what it must forget, how much is not said anew?
void Peers::forget_rest(Instant now, Peer& peer, const rib::Batch& batch) {
  const auto at = peer.to_forget.find(batch.family);
  if (at == peer.to_forget.end()) return;
  for (const rib::Batch::Route& route : batch.reached) at->second.erase(*route.nlri);
  if (!batch.end_of_rib()) return;
  bgp::Update update;
  update.family = batch.family;
  update.unreach.assign(at->second.begin(), at->second.end());
  peer.to_forget.erase(at);
  if (!update.unreach.empty()) peer.up->session.send(now, update);
}

// --- refresh

void Peers::on_refresh(Instant now, Peer& peer, const bgp::Refresh& refresh) {
  switch (refresh.what) {
    case bgp::Refresh::begin:
      return peer.retention.refreshing(now, refresh.family);
    case bgp::Refresh::end:
      peer.retention.end_of_rib(now, refresh.family);
      return recount(peer);
    case bgp::Refresh::request:
      peer.refreshes.insert(refresh.family);
      if (!peer.timers.armed(Peer::Timer::refresh)) answer_refreshes(now, peer);
  }
}

// However often it asked. What it has not been told yet will come anyhow.
void Peers::answer_refreshes(Instant now, Peer& peer) {
  if (peer.blocked) return peer.timers.arm(Peer::Timer::refresh, now + between_refreshes);
  for (Family family : std::exchange(peer.refreshes, {})) {
    if (!peer.group || !peer.group->opened(peer.peer, family)) continue;
    peer.up->session.send_refresh({family, bgp::Refresh::begin});
    peer.group->tell_again(peer.peer, family);
    peer.answering.insert(family);
    peer.timers.arm(Peer::Timer::refresh, now + between_refreshes);
  }
}

}  // namespace tflab::node
