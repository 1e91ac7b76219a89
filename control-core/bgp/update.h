#pragma once
// UPDATEs as values (RFC 4271 section 4.3, RFC 4760): one attribute set and the routes that carry
// it, or withdrawals, or an end-of-rib. decode_update() (update.cc) never throws at what a peer
// sent: it says what became of it. encode() (pack.cc) fits many routes into few messages.

#include <cstdint>
#include <span>
#include <vector>

#include "control-core/base/stream.h"
#include "control-core/bgp/damage.h"
#include "control-core/bgp/notification.h"
#include "control-core/bgp/routes.h"
#include "control-core/types/attributes.h"
#include "control-core/types/intern.h"
#include "vrouter-core/base/reader.h"

namespace tflab::bgp {

// What we say.
struct Update {
  Family family = Family::inet;
  AttributesRef attributes;  // null unless `reach` has something
  std::vector<Reach> reach;
  std::vector<Nlri> unreach;  // never together with `reach`
  bool end_of_rib = false;    // RFC 4724 section 2: then all else is empty
};

// What we hear.
struct Heard {
  Family family = Family::inet;
  AttributesRef attributes;  // null: the routes are withdrawn
  Routes routes;
  bool end_of_rib = false;  // then there are no routes
};

// What an UPDATE's bytes depend on besides the update itself.
struct Dialect {
  bool ibgp = true;           // LOCAL_PREF, ORIGINATOR_ID, CLUSTER_LIST are sent and believed
  bool four_byte_as = false;  // AS_PATH width
  bool extended = false;      // messages of more than 4096 octets (RFC 8654)
  friend auto operator<=>(const Dialect&, const Dialect&) = default;
};

// One or more whole UPDATE messages, header included. A set of attributes too large for a message
// cannot be announced: its routes are withdrawn instead, so that no older version of them lives on.
SharedBytes encode(const Update& update, Dialect dialect);

// What became of one message. Withdrawals stand before announcements: a route that is in both is
// announced (RFC 4271 section 4.3).
struct Decoded {
  std::vector<Heard> heard;
  Damage damage = Damage::none;  // the worst that was found
  Notification fault;            // what that was; told to the peer when it costs the session
  unsigned routes_ignored = 0;   // of a type we do not know, or unreadable inside sound bounds
};
// `body` is what follows the message header; families not in `spoken` are passed over.
Decoded decode_update(Bytes body, Dialect dialect, std::span<const Family> spoken,
                      AttributePool& pool);

}  // namespace tflab::bgp
