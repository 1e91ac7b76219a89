#include "control-core/bgp/message.h"

#include <algorithm>
#include <array>
#include <cassert>
#include <utility>

#include "vrouter-core/base/writer.h"

namespace tflab::bgp {
namespace {

struct TypeRow {
  MessageType type;
  std::uint16_t shortest, longest;
  bool extensible;
};
// A ROUTE-REFRESH that is too short has an error code of its own (RFC 7313 section 5).
constexpr TypeRow types[] = {
    {MessageType::open, 29, longest_message, false},
    {MessageType::update, 23, longest_message, true},
    {MessageType::notification, 21, longest_message, true},
    {MessageType::keepalive, header_size, header_size, false},
    {MessageType::route_refresh, header_size, longest_message, true},
};

std::size_t longest_of(const TypeRow& row, Limits limits) {
  return row.extensible && limits.extended ? longest_extended_message : row.longest;
}

Notification length_fault(std::uint16_t length) {
  return {header_error,
          bad_length,
          {static_cast<std::byte>(length >> 8), static_cast<std::byte>(length & 0xff)}};
}

bool all_ones(Bytes marker) {
  return std::ranges::all_of(marker, [](std::byte b) { return b == std::byte{0xff}; });
}

}  // namespace

void append_message(std::vector<std::byte>& out, MessageType type, Bytes body) {
  const std::size_t length = header_size + body.size();
  assert(length <= longest_message);
  out.insert(out.end(), marker_size, std::byte{0xff});
  out.push_back(static_cast<std::byte>(length >> 8));
  out.push_back(static_cast<std::byte>(length & 0xff));
  out.push_back(static_cast<std::byte>(type));
  out.insert(out.end(), body.begin(), body.end());
}

OrNotification<Header> read_header(Bytes bytes, Limits limits) {
  Reader in{bytes};
  if (!all_ones(in.take(marker_size))) return Notification{header_error, not_synchronized, {}};
  const std::uint16_t length = in.be16();
  const std::uint8_t type = in.u8();
  const std::size_t longest = limits.extended ? longest_extended_message : longest_message;
  if (length < header_size || length > longest) return length_fault(length);
  for (const TypeRow& row : types) {
    if (static_cast<std::uint8_t>(row.type) != type) continue;
    if (row.type == MessageType::route_refresh && !limits.refresh) break;
    if (length < row.shortest || length > longest_of(row, limits)) return length_fault(length);
    return Header{row.type, length};
  }
  return Notification{header_error, bad_type, {static_cast<std::byte>(type)}};
}

void Framer::clear() {
  partial_.clear();
  delivered_ = false;
  limits_ = {};
}

// Moves bytes over until `size` are held; false if there are not enough yet.
bool Framer::fill(Bytes& input, std::size_t size) {
  if (partial_.size() < size) {
    const Bytes more = input.first(std::min(size - partial_.size(), input.size()));
    partial_.insert(partial_.end(), more.begin(), more.end());
    input = input.subspan(more.size());
  }
  return partial_.size() >= size;
}

Framer::Found Framer::next(Bytes& input) {
  if (std::exchange(delivered_, false)) partial_.clear();
  // The common case needs no copy: a whole message at the front of what came.
  const bool in_place = partial_.empty() && input.size() >= header_size;
  if (!in_place && !fill(input, header_size)) return {};
  const auto header = read_header(in_place ? input : Bytes{partial_}, limits_);
  if (const auto* fault = std::get_if<Notification>(&header)) return *fault;
  const auto [type, length] = std::get<Header>(header);
  if (in_place && input.size() >= length) {
    const Bytes body = input.subspan(header_size, length - header_size);
    input = input.subspan(length);
    return Message{type, body};
  }
  if (!fill(input, length)) return {};
  delivered_ = true;
  return Message{type, Bytes{partial_}.subspan(header_size)};
}

}  // namespace tflab::bgp
