#pragma once
// ROUTE-REFRESH (RFC 2918): please say everything of this family again. RFC 7313 adds what goes
// around the answer, so that its end tells which routes were not said again.

#include <cstdint>
#include <optional>
#include <vector>

#include "control-core/bgp/notification.h"
#include "control-core/types/family.h"

namespace tflab::bgp {

struct Refresh {
  enum What : std::uint8_t { request = 0, begin = 1, end = 2 };
  Family family{};
  What what = request;
  friend bool operator==(const Refresh&, const Refresh&) = default;
};

std::vector<std::byte> encode(const Refresh& refresh);  // the whole message
// Nothing for families and subtypes we do not know, which are to be ignored. Filters of RFC 5291,
// which we never offer, are passed over.
OrNotification<std::optional<Refresh>> decode_refresh(Bytes body);

}  // namespace tflab::bgp
