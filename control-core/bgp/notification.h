#pragma once
// A NOTIFICATION as a value (RFC 4271 section 4.5): why a session ends. Everything that can refuse
// bytes returns one of these instead of throwing.

#include <cstddef>
#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "vrouter-core/base/reader.h"

namespace tflab::bgp {

// Error codes (RFC 4271 section 6).
enum Code : std::uint8_t {
  header_error = 1,
  open_error = 2,
  update_error = 3,
  hold_timer_expired = 4,
  fsm_error = 5,
  cease = 6,
  route_refresh_error = 7,  // RFC 7313
  send_hold_expired = 8,    // RFC 9687
};
enum HeaderError : std::uint8_t { not_synchronized = 1, bad_length = 2, bad_type = 3 };
enum OpenError : std::uint8_t {
  malformed_open = 0,
  unsupported_version = 1,
  bad_peer_as = 2,
  bad_identifier = 3,
  unsupported_parameter = 4,
  unacceptable_hold_time = 6,
  unsupported_capability = 7,  // RFC 5492 section 5
};
enum UpdateError : std::uint8_t {
  malformed_attribute_list = 1,
  unrecognized_well_known = 2,
  missing_well_known = 3,
  attribute_flags = 4,
  attribute_length = 5,
  invalid_next_hop = 8,
  optional_attribute = 9,
  invalid_network = 10,
  malformed_as_path = 11,
};
enum RouteRefreshError : std::uint8_t { invalid_refresh_length = 1 };
// RFC 4486 section 4, RFC 8538 section 3.
enum Cease : std::uint8_t {
  max_prefixes = 1,
  administrative_shutdown = 2,
  deconfigured = 3,
  administrative_reset = 4,
  connection_rejected = 5,
  other_change = 6,
  connection_collision = 7,
  out_of_resources = 8,
  hard_reset = 9,
};

struct Notification {
  std::uint8_t code = 0, subcode = 0;
  std::vector<std::byte> data;
  friend bool operator==(const Notification&, const Notification&) = default;
};

template <class T>
using OrNotification = std::variant<T, Notification>;

// The same said so that routes are not kept even where graceful restart covers NOTIFICATIONs
// (RFC 8538 section 3): wrapped in Cease/hard reset.
Notification hard(const Notification& notification);
// Is it what a speaker says when it goes for good? Then it should be said hard.
bool ends_for_good(const Notification& notification);

// "Cease/administrative shutdown", "hold timer expired". A shutdown text (RFC 9003) is appended
// with everything unprintable escaped.
std::string to_text(const Notification& notification);

std::vector<std::byte> encode(const Notification& notification);  // the whole message
Notification decode_notification(Bytes body);                     // body of at least two octets

}  // namespace tflab::bgp
