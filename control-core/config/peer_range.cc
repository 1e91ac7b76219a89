#include "control-core/config/peer_range.h"

#include "control-core/base/text.h"

namespace tflab::config {

const PeerRange* range_of(const std::vector<PeerRange>& ranges, const IpAddr& address) {
  const PeerRange* found = nullptr;
  for (const PeerRange& range : ranges)
    if (range.prefix.covers(address) && (!found || range.prefix.length() > found->prefix.length()))
      found = &range;
  return found;
}

BgpPeer peer_from(const PeerRange& range, const IpAddr& address) {
  BgpPeer out;
  static_cast<PeerTerms&>(out) = range;
  out.name = to_text(address);
  out.address = address;
  out.passive = true;
  return out;
}

}  // namespace tflab::config
