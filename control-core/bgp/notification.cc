#include "control-core/bgp/notification.h"

#include <algorithm>
#include <string_view>

#include "control-core/bgp/message.h"

namespace tflab::bgp {
namespace {

struct Name {
  std::uint8_t code, subcode;
  std::string_view text;
};

// clang-format off
constexpr Name names[] = {
    {1, 0, "message header error"},
    {1, 1, "connection not synchronized"},
    {1, 2, "bad message length"},
    {1, 3, "bad message type"},
    {2, 0, "OPEN message error"},
    {2, 1, "unsupported version"},
    {2, 2, "bad peer AS"},
    {2, 3, "bad BGP identifier"},
    {2, 4, "unsupported optional parameter"},
    {2, 6, "unacceptable hold time"},
    {2, 7, "unsupported capability"},
    {3, 0, "UPDATE message error"},
    {3, 1, "malformed attribute list"},
    {3, 2, "unrecognized well-known attribute"},
    {3, 3, "missing well-known attribute"},
    {3, 4, "attribute flags error"},
    {3, 5, "attribute length error"},
    {3, 6, "invalid ORIGIN attribute"},
    {3, 8, "invalid NEXT_HOP attribute"},
    {3, 9, "optional attribute error"},
    {3, 10, "invalid network field"},
    {3, 11, "malformed AS_PATH"},
    {4, 0, "hold timer expired"},
    {5, 0, "finite state machine error"},
    {5, 1, "unexpected message in OpenSent"},      // RFC 6608
    {5, 2, "unexpected message in OpenConfirm"},
    {5, 3, "unexpected message in Established"},
    {6, 0, "Cease"},
    {6, 1, "maximum number of prefixes reached"},
    {6, 2, "administrative shutdown"},
    {6, 3, "peer de-configured"},
    {6, 4, "administrative reset"},
    {6, 5, "connection rejected"},
    {6, 6, "other configuration change"},
    {6, 7, "connection collision resolution"},
    {6, 8, "out of resources"},
    {6, 9, "hard reset"},
    {7, 0, "ROUTE-REFRESH message error"},  // RFC 7313
    {7, 1, "invalid message length"},
    {8, 0, "send hold timer expired"},  // RFC 9687
};
// clang-format on

std::string name_of(std::uint8_t code, std::uint8_t subcode) {
  for (const Name& name : names)
    if (name.code == code && name.subcode == subcode) return std::string{name.text};
  return std::to_string(subcode == 0 ? code : subcode);
}

void append_escaped(std::string& out, std::byte octet) {
  constexpr char digits[] = "0123456789abcdef";
  const auto value = static_cast<unsigned char>(octet);
  if (value >= 0x20 && value < 0x7f && value != '\\' && value != '"') {
    out += static_cast<char>(value);
    return;
  }
  out += "\\x";
  out += digits[value >> 4];
  out += digits[value & 15];
}

// RFC 9003 section 2: one octet of length, then the text, after 6/2 and 6/4 only.
std::string shutdown_text(const Notification& n) {
  const bool has_text = n.code == cease &&
                        (n.subcode == administrative_shutdown || n.subcode == administrative_reset);
  if (!has_text || n.data.size() < 2) return {};
  const std::size_t said = static_cast<std::size_t>(n.data[0]);
  const std::size_t length = std::min(said, n.data.size() - 1);
  std::string out = ": \"";
  for (std::size_t i = 1; i <= length; ++i) append_escaped(out, n.data[i]);
  return out + '"';
}

// A hard reset has the code, subcode and data of what it is about (RFC 8538 section 3.1).
std::string reset_reason(const Notification& n) {
  if (n.code != cease || n.subcode != hard_reset || n.data.size() < 2) return {};
  const Notification inner = decode_notification(n.data);
  if (inner.code == cease && inner.subcode == hard_reset) return {};
  return " (" + to_text(inner) + ")";
}

}  // namespace

std::string to_text(const Notification& notification) {
  std::string out = name_of(notification.code, 0);
  if (notification.subcode != 0) out += '/' + name_of(notification.code, notification.subcode);
  return out + shutdown_text(notification) + reset_reason(notification);
}

Notification hard(const Notification& notification) {
  Notification out{cease, hard_reset, {}};
  out.data = {static_cast<std::byte>(notification.code),
              static_cast<std::byte>(notification.subcode)};
  out.data.insert(out.data.end(), notification.data.begin(), notification.data.end());
  return out;
}

// RFC 8538 section 5.
bool ends_for_good(const Notification& n) {
  constexpr std::uint8_t endings[] = {max_prefixes, administrative_shutdown, deconfigured,
                                      other_change};
  return n.code == cease && std::ranges::find(endings, n.subcode) != std::end(endings);
}

std::vector<std::byte> encode(const Notification& notification) {
  std::vector<std::byte> body{static_cast<std::byte>(notification.code),
                              static_cast<std::byte>(notification.subcode)};
  const std::size_t room = longest_message - header_size - body.size();
  const std::size_t length = std::min(notification.data.size(), room);
  body.insert(body.end(), notification.data.begin(),
              notification.data.begin() + static_cast<std::ptrdiff_t>(length));
  std::vector<std::byte> out;
  append_message(out, MessageType::notification, body);
  return out;
}

Notification decode_notification(Bytes body) {
  Reader in{body};
  Notification out;
  out.code = in.u8();
  out.subcode = in.u8();
  const Bytes data = in.take(in.left());
  out.data.assign(data.begin(), data.end());
  return out;
}

}  // namespace tflab::bgp
