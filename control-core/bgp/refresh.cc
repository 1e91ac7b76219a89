#include "control-core/bgp/refresh.h"

#include <array>

#include "control-core/bgp/message.h"
#include "vrouter-core/base/writer.h"

namespace tflab::bgp {
namespace {

constexpr std::size_t plain_size = 4;  // AFI, subtype, SAFI

// RFC 5291 section 4: when to refresh, then lists of filters, each with its length.
bool filters_add_up(Reader in) {
  in.u8();
  while (in.ok() && in.left() > 0) {
    in.u8();
    in.take(in.be16());
  }
  return in.ok();
}

// RFC 7313 section 5: the data is the whole message.
Notification length_fault(Bytes body) {
  Notification out{route_refresh_error, invalid_refresh_length, {}};
  append_message(out.data, MessageType::route_refresh, body);
  return out;
}

bool sound(std::uint8_t subtype, Reader rest) {
  if (rest.left() == 0) return true;
  if (subtype == Refresh::begin || subtype == Refresh::end) return false;
  return subtype != Refresh::request || filters_add_up(rest);
}

}  // namespace

std::vector<std::byte> encode(const Refresh& refresh) {
  std::array<std::byte, plain_size> room;
  Writer out{room};
  out.be16(row_of(refresh.family).afi);
  out.u8(refresh.what);
  out.u8(row_of(refresh.family).safi);
  std::vector<std::byte> message;
  append_message(message, MessageType::route_refresh, out.written());
  return message;
}

OrNotification<std::optional<Refresh>> decode_refresh(Bytes body) {
  Reader in{body};
  const std::uint16_t afi = in.be16();
  const std::uint8_t subtype = in.u8(), safi = in.u8();
  if (!in.ok() || !sound(subtype, in)) return length_fault(body);
  const auto family = family_of_bgp(afi, safi);
  if (!family || subtype > Refresh::end) return std::optional<Refresh>{};
  return std::optional{Refresh{*family, static_cast<Refresh::What>(subtype)}};
}

}  // namespace tflab::bgp
