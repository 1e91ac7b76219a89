#include "control-core/bgp/open.h"

#include <algorithm>
#include <array>
#include <cassert>

#include "control-core/bgp/message.h"
#include "vrouter-core/base/writer.h"

namespace tflab::bgp {
namespace {

constexpr std::uint8_t capabilities_parameter = 2;
constexpr std::uint8_t extended_lengths = 255;  // RFC 9072 section 2
constexpr std::uint16_t restart_state = 0x8000, restart_time = 0x0fff;
constexpr std::uint8_t forwarding_kept = 0x80;

enum Capability : std::uint8_t { multiprotocol = 1, graceful_restart = 64, four_octet_as = 65 };

void write_family(Writer& out, Family family) {
  const FamilyRow& row = row_of(family);
  out.be16(row.afi);
  out.u8(0);
  out.u8(row.safi);
}

void write_multiprotocol(Writer& out, const std::vector<Family>& families) {
  for (Family family : families) {
    out.u8(multiprotocol);
    out.u8(4);
    write_family(out, family);
  }
}

void write_graceful_restart(Writer& out, const GracefulRestart& restart) {
  out.u8(graceful_restart);
  out.u8(static_cast<std::uint8_t>(2 + 4 * restart.families.size()));
  out.be16(static_cast<std::uint16_t>((restart.restarting ? restart_state : 0) |
                                      (restart.seconds & restart_time)));
  for (Family family : restart.families) {
    out.be16(row_of(family).afi);
    out.u8(row_of(family).safi);
    out.u8(forwarding_kept);
  }
}

void write_capabilities(Writer& out, const Open& open) {
  write_multiprotocol(out, open.families);
  if (open.four_byte_as) {
    out.u8(four_octet_as);
    out.u8(4);
    out.be32(open.four_byte_as->raw());
  }
  if (open.graceful_restart) write_graceful_restart(out, *open.graceful_restart);
}

void add_once(std::vector<Family>& families, std::optional<Family> family) {
  if (family && std::ranges::find(families, *family) == families.end()) families.push_back(*family);
}

void read_multiprotocol(Reader in, Open& open) {
  const std::uint16_t afi = in.be16();
  in.u8();
  const std::uint8_t safi = in.u8();
  if (in.ok()) add_once(open.families, family_of_bgp(afi, safi));
}

void read_four_octet_as(Reader in, Open& open) {
  const Asn as{in.be32()};
  if (in.ok() && in.left() == 0) open.four_byte_as = as;
}

void read_graceful_restart(Reader in, Open& open) {
  GracefulRestart restart;
  const std::uint16_t head = in.be16();
  if (!in.ok()) return;
  restart.restarting = (head & restart_state) != 0;
  restart.seconds = head & restart_time;
  while (in.left() >= 4) {
    const std::uint16_t afi = in.be16();
    const std::uint8_t safi = in.u8();
    in.u8();
    add_once(restart.families, family_of_bgp(afi, safi));
  }
  open.graceful_restart = restart;
}

// False if a capability does not end inside the parameter.
bool read_capabilities(Reader in, Open& open) {
  while (in.left() > 0) {
    const std::uint8_t code = in.u8();
    const Reader value = in.sub(in.u8());
    if (!in.ok()) return false;
    if (code == multiprotocol) read_multiprotocol(value, open);
    if (code == four_octet_as) read_four_octet_as(value, open);
    if (code == graceful_restart) read_graceful_restart(value, open);
  }
  return true;
}

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

std::vector<std::byte> multiprotocol_capabilities(const std::vector<Family>& families) {
  std::array<std::byte, 6 * tflab::families> room;
  Writer out{room};
  write_multiprotocol(out, families);
  return {out.written().begin(), out.written().end()};
}

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
