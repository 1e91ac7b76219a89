#pragma once
// What becomes of a best path on its way to BGP peers: whether it may be told at all, and which
// attributes it then carries. A function of the path, of us and of what the peers have in common.

#include <compare>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "control-core/rib/path.h"
#include "control-core/types/family.h"
#include "control-core/types/rewriting.h"

namespace tflab::rib {

// We, as other speakers see us.
struct Speaker {
  Asn as;
  Ip4 router_id;
  std::optional<Ip4> cluster_id;   // set: route reflector
  bool passes_interest_on = true;  // what peers want of targets is told to other peers
  friend bool operator==(const Speaker&, const Speaker&) = default;
};

// What the members of a group have in common: they are owed the same bytes for the same route.
struct Audience {
  bool internal = true;  // iBGP
  bool client = false;   // we reflect for them
  bool four_byte_as = false;
  bool extended = false;    // they read messages of more than 4096 octets (RFC 8654)
  bool long_lived = false;  // they know what LLGR_STALE means (RFC 9494)
  Asn as;                   // theirs
  Rewriting rewriting;
  std::vector<Family> families;
  friend auto operator<=>(const Audience&, const Audience&) = default;
};

// Why a member of a group is not told of a destination.
enum class Untold : std::uint8_t {
  no,  // it is told
  no_path,
  infeasible,
  no_advertise,
  no_export,
  not_reflected,
  as_loop,
  interest_kept,
  no_family,
  not_open,
  not_wanted,
  its_own
};
std::string_view to_text(Untold why);

// As far as it follows from the path and what the audience has in common.
Untold kept_from(const Speaker& us, const Audience& them, Family family, const Path& path);

std::optional<Attributes> exported(const Speaker& us, const Audience& them, Family family,
                                   const Path& path);

}  // namespace tflab::rib
