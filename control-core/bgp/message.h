#pragma once
// Messages in a stream of bytes (RFC 4271 section 4.1): the header, and the cutter that finds one
// message after the other however TCP sliced them. It never holds more than one message.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "control-core/bgp/notification.h"
#include "vrouter-core/base/reader.h"

namespace tflab::bgp {

enum class MessageType : std::uint8_t {
  open = 1,
  update = 2,
  notification = 3,
  keepalive = 4,
  route_refresh = 5  // RFC 2918
};

inline constexpr std::size_t marker_size = 16;
inline constexpr std::size_t header_size = 19;
inline constexpr std::size_t longest_message = 4096;
inline constexpr std::size_t longest_extended_message = 65535;  // RFC 8654

// Adds header and body; the two together must not exceed the longest message.
void append_message(std::vector<std::byte>& out, MessageType type, Bytes body);

struct Header {
  MessageType type{};
  std::uint16_t length = 0;  // of the whole message
};
// What a header may say depends on what was agreed in OPEN.
struct Limits {
  bool extended = false;  // UPDATE, NOTIFICATION, ROUTE-REFRESH may be longer (RFC 8654)
  bool refresh = false;   // there are ROUTE-REFRESHes
};
// RFC 4271 section 6.1. `bytes` has at least header_size octets.
OrNotification<Header> read_header(Bytes bytes, Limits limits = {});

class Framer {
public:
  struct Message {
    MessageType type{};
    Bytes body;  // valid until the next call
  };
  using Found = std::optional<OrNotification<Message>>;

  // Eats one message from the front of `input`, or all of it when a message is not complete yet.
  // After a fault the stream has lost its rhythm: nothing more can be read from it.
  Found next(Bytes& input);
  void set_limits(Limits limits) { limits_ = limits; }
  void clear();  // and no limits but the first ones
  std::size_t held() const { return partial_.size(); }

private:
  bool fill(Bytes& input, std::size_t size);

  std::vector<std::byte> partial_;  // the beginning of a message whose end has not come
  bool delivered_ = false;          // partial_ is what the last call returned
  Limits limits_;
};

}  // namespace tflab::bgp
