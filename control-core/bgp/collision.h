#pragma once
// Which of two connections between the same two speakers survives (RFC 4271 section 6.8, RFC 6286
// section 2.3). Both ends compute it alone and come to the same answer.

#include "vrouter-core/base/id.h"

namespace tflab::bgp {

enum class Keep : std::uint8_t { ours, theirs };  // the connection dialled by us, by them

// The speaker with the larger identifier keeps the connection it dialled; if the identifiers are
// equal, as they may be between ASes, the larger AS does. A session that is already established is
// not up for comparison: the newcomer is closed.
constexpr Keep survivor(Ip4 our_id, Asn our_as, Ip4 their_id, Asn their_as) {
  if (our_id != their_id) return our_id > their_id ? Keep::ours : Keep::theirs;
  return our_as > their_as ? Keep::ours : Keep::theirs;
}

static_assert(survivor(Ip4{2}, Asn{1}, Ip4{1}, Asn{1}) == Keep::ours);
static_assert(survivor(Ip4{1}, Asn{1}, Ip4{2}, Asn{1}) == Keep::theirs);
static_assert(survivor(Ip4{1}, Asn{2}, Ip4{1}, Asn{1}) == Keep::ours);

}  // namespace tflab::bgp
