#pragma once
// What is changed in attributes for the sake of one neighbour, as its session's terms say.

#include <compare>
#include <cstdint>
#include <string_view>
#include <vector>

#include "control-core/types/attributes.h"
#include "control-core/types/family.h"

namespace tflab {

// What becomes of private AS numbers (RFC 6996) in what a neighbour is told. Its own number stays:
// it would not see its own routes come back otherwise.
enum class PrivateAs : std::uint8_t {
  kept,
  removed,      // up to the first public number
  all_removed,  // wherever they stand
  all_replaced  // by the public number before them, else by ours
};

std::string_view to_text(PrivateAs action);  // as the original's configuration says it; kept: ""

struct Rewriting {
  bool as_override = false;  // its own AS number becomes ours, so that it takes the route
  PrivateAs private_as = PrivateAs::kept;
  // VPN routes are told with these encapsulations and no other; what it tells without any gets
  // them. Empty: as they are.
  std::vector<Encap> encaps;
  friend auto operator<=>(const Rewriting&, const Rewriting&) = default;
};

// RFC 6996 section 5.
bool is_private(Asn as);
AsPath overridden(AsPath path, Asn theirs, Asn ours);
// `ours` stands for numbers before the first public one; zero: they go.
AsPath without_private(const AsPath& path, PrivateAs what, Asn theirs, Asn ours);
bool has_tunnels(Family family);  // whether routes of the family say how they are reached
void set_encaps(Attributes& attributes, const std::vector<Encap>& encaps);

}  // namespace tflab
