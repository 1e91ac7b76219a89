#include "control-core/bgp/open.h"

#include <array>
#include <cassert>
#include <optional>

#include "control-core/bgp/message.h"
#include "vrouter-core/base/writer.h"

namespace tflab::bgp {
namespace {

constexpr std::uint8_t capabilities_parameter = 2;
constexpr std::uint8_t extended_lengths = 255;  // RFC 9072 section 2

std::optional<Notification> read_parameters(Reader in, bool extended, Open& open) {
  const Notification malformed{open_error, malformed_open, {}};
  while (in.left() > 0) {
    const std::uint8_t type = in.u8();
    const std::size_t length = extended ? in.be16() : in.u8();
    const Reader value = in.sub(length);
    if (!in.ok()) return malformed;
    if (type != capabilities_parameter) return Notification{open_error, unsupported_parameter, {}};
    if (!read_capabilities(value, open)) return malformed;
  }
  return {};
}

}  // namespace

// All capabilities go in one parameter, as the original sends them.
std::vector<std::byte> encode(const Open& open) {
  std::array<std::byte, 255> capability_room;
  Writer capabilities{capability_room};
  write_capabilities(capabilities, open);
  const auto size = static_cast<std::uint8_t>(capabilities.written().size());

  std::array<std::byte, 12 + 255> room;
  Writer out{room};
  out.u8(bgp_version);
  out.be16(open.my_as);
  out.be16(open.hold_seconds);
  out.be32(open.identifier.raw());
  out.u8(static_cast<std::uint8_t>(size + 2));
  out.u8(capabilities_parameter);
  out.u8(size);
  out.bytes(capabilities.written());
  assert(capabilities.ok() && out.ok());  // eight families fit several times over
  std::vector<std::byte> message;
  append_message(message, MessageType::open, out.written());
  return message;
}

OrNotification<Open> decode_open(Bytes body) {
  Reader in{body};
  const std::uint8_t version = in.u8();
  Open open;
  open.my_as = in.be16();
  open.hold_seconds = in.be16();
  open.identifier = Ip4{in.be32()};
  std::size_t length = in.u8();
  if (!in.ok()) return Notification{open_error, malformed_open, {}};
  if (version != bgp_version)
    return Notification{open_error, unsupported_version, {std::byte{0}, std::byte{bgp_version}}};

  const bool extended = length != 0 && in.left() > 0 && Reader{in}.u8() == extended_lengths;
  if (extended) {
    in.u8();
    length = in.be16();
  }
  if (!in.ok() || length != in.left()) return Notification{open_error, malformed_open, {}};
  if (const auto fault = read_parameters(in, extended, open)) return *fault;
  return open;
}

}  // namespace tflab::bgp
