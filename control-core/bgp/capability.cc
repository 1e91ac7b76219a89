#include "control-core/bgp/capability.h"

#include <algorithm>
#include <array>

namespace tflab::bgp {
namespace {

constexpr std::uint16_t restart_state = 0x8000, notification_too = 0x4000, restart_time = 0x0fff;
constexpr std::uint8_t forwarding_kept = 0x80;
constexpr std::uint32_t long_lived_time = 0xffffff;

void write_family(Writer& out, Family family, std::uint8_t flags) {
  out.be16(row_of(family).afi);
  out.u8(row_of(family).safi);
  out.u8(flags);
}

void write_multiprotocol(Writer& out, Family family) {
  out.be16(row_of(family).afi);
  out.u8(0);
  out.u8(row_of(family).safi);
}

void write_graceful_restart(Writer& out, const GracefulRestart& restart) {
  out.be16(static_cast<std::uint16_t>((restart.restarting ? restart_state : 0) |
                                      (restart.notification ? notification_too : 0) |
                                      (restart.seconds & restart_time)));
  for (const auto& [family, forwarding] : restart.families)
    write_family(out, family, forwarding ? forwarding_kept : 0);
}

void write_long_lived(Writer& out, const std::vector<LongLived>& families) {
  for (const auto& [family, forwarding, seconds] : families) {
    write_family(out, family, forwarding ? forwarding_kept : 0);
    out.be24(std::min(seconds, long_lived_time));
  }
}

void read_multiprotocol(Reader in, Capabilities& into) {
  const std::uint16_t afi = in.be16();
  in.u8();
  const std::uint8_t safi = in.u8();
  const auto family = family_of_bgp(afi, safi);
  if (!in.ok() || !family) return;
  if (std::ranges::find(into.families, *family) == into.families.end())
    into.families.push_back(*family);
}

void read_route_refresh(Reader, Capabilities& into) {
  into.route_refresh = true;
}
void read_enhanced_route_refresh(Reader, Capabilities& into) {
  into.enhanced_route_refresh = true;
}
void read_extended_messages(Reader, Capabilities& into) {
  into.extended_messages = true;
}

void read_four_octet_as(Reader in, Capabilities& into) {
  const Asn as{in.be32()};
  if (in.done()) into.four_byte_as = as;
}

void read_graceful_restart(Reader in, Capabilities& into) {
  GracefulRestart restart;
  const std::uint16_t head = in.be16();
  if (!in.ok()) return;
  restart.restarting = (head & restart_state) != 0;
  restart.notification = (head & notification_too) != 0;
  restart.seconds = head & restart_time;
  while (in.left() >= 4) {
    const std::uint16_t afi = in.be16();
    const std::uint8_t safi = in.u8(), flags = in.u8();
    const auto family = family_of_bgp(afi, safi);
    if (family) restart.families.push_back({*family, (flags & forwarding_kept) != 0});
  }
  into.graceful_restart = std::move(restart);
}

void read_long_lived(Reader in, Capabilities& into) {
  into.long_lived.clear();
  while (in.left() >= 7) {
    const std::uint16_t afi = in.be16();
    const std::uint8_t safi = in.u8(), flags = in.u8();
    const std::uint32_t seconds = in.be24();
    const auto family = family_of_bgp(afi, safi);
    if (family) into.long_lived.push_back({*family, (flags & forwarding_kept) != 0, seconds});
  }
}

enum Code : std::uint8_t {
  multiprotocol = 1,
  route_refresh = 2,
  extended_messages = 6,
  graceful_restart = 64,
  four_octet_as = 65,
  enhanced_route_refresh = 70,
  long_lived_graceful_restart = 71,
};

struct Row {
  Code code;
  void (*read)(Reader value, Capabilities& into);
};
constexpr Row rows[] = {
    {multiprotocol, read_multiprotocol},
    {route_refresh, read_route_refresh},
    {extended_messages, read_extended_messages},
    {graceful_restart, read_graceful_restart},
    {four_octet_as, read_four_octet_as},
    {enhanced_route_refresh, read_enhanced_route_refresh},
    {long_lived_graceful_restart, read_long_lived},
};

template <class Value>
void write(Writer& out, Code code, Value value) {
  out.u8(code);
  const std::size_t mark = out.written().size();
  out.u8(0);
  value();
  out.back_to(mark).u8(static_cast<std::uint8_t>(out.written().size() - mark - 1));
}
void write_bare(Writer& out, Code code, bool offered) {
  if (offered) write(out, code, [] {});
}

}  // namespace

void write_capabilities(Writer& out, const Capabilities& all) {
  for (Family family : all.families)
    write(out, multiprotocol, [&] { write_multiprotocol(out, family); });
  write_bare(out, route_refresh, all.route_refresh);
  write_bare(out, extended_messages, all.extended_messages);
  if (all.four_byte_as) write(out, four_octet_as, [&] { out.be32(all.four_byte_as->raw()); });
  if (all.graceful_restart)
    write(out, graceful_restart, [&] { write_graceful_restart(out, *all.graceful_restart); });
  write_bare(out, enhanced_route_refresh, all.enhanced_route_refresh);
  if (!all.long_lived.empty())
    write(out, long_lived_graceful_restart, [&] { write_long_lived(out, all.long_lived); });
}

bool read_capabilities(Reader in, Capabilities& into) {
  while (in.left() > 0) {
    const std::uint8_t code = in.u8();
    const Reader value = in.sub(in.u8());
    if (!in.ok()) return false;
    for (const Row& row : rows)
      if (row.code == code) row.read(value, into);
  }
  return true;
}

std::vector<std::byte> multiprotocol_capabilities(const std::vector<Family>& families) {
  std::array<std::byte, 6 * tflab::families> room;
  Writer out{room};
  for (Family family : families)
    write(out, multiprotocol, [&] { write_multiprotocol(out, family); });
  return {out.written().begin(), out.written().end()};
}

}  // namespace tflab::bgp
