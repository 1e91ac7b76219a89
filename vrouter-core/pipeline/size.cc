#include "vrouter-core/pipeline/size.h"

#include "vrouter-core/base/checksum.h"
#include "vrouter-core/pipeline/nat.h"
#include "vrouter-core/wire/tcp.h"

namespace tflab::vr {

namespace {

// Where the value of the maximum segment size option stands (RFC 9293 section 3.2), or null.
std::byte* segment_size_option(std::byte* tcp, std::size_t size) {
  constexpr std::uint8_t end = 0, nothing = 1, segment_size = 2;
  for (std::size_t at = wire::Tcp::size; at < size;) {
    const auto kind = static_cast<std::uint8_t>(tcp[at]);
    if (kind == end) return nullptr;
    if (kind == nothing) {
      ++at;
      continue;
    }
    if (at + 1 >= size) return nullptr;
    const auto length = static_cast<std::size_t>(tcp[at + 1]);
    if (length < 2 || at + length > size) return nullptr;
    if (kind == segment_size) return length == 4 ? tcp + at + 2 : nullptr;
    at += length;
  }
  return nullptr;
}

}  // namespace

Verdict Fit::too_long(Packet& p, const Tables& t) {
  const bool may_cut = p.meta.v4 && (load16(p.meta.ip + 6) & 0x4000) == 0;
  if (p.meta.bridged) {
    // A bridge has nobody to tell. Of several copies this one is lost.
    const bool to_many = p.meta.eth.dst.multicast();
    return dropped(
        p, to_many && p.meta.v4 && !may_cut ? Drop::mcast_df_bit : Drop::interface_tx_discard);
  }
  return may_cut ? Verdict::next : punted_untranslated(p, t, Trap::handle_df);
}

void Fit::clamp(Packet& p, std::size_t longest_packet) {
  const Meta& meta = p.meta;
  std::byte* tcp = meta.ip + meta.header_size;
  const auto size = static_cast<std::size_t>(p.bytes().data() + p.size() - tcp);
  if (meta.fragment || size < wire::Tcp::size) return;
  if ((static_cast<std::uint8_t>(tcp[13]) & wire::Tcp::syn) == 0) return;
  const std::size_t header = (static_cast<std::size_t>(tcp[12]) >> 4) * 4;
  if (header < wire::Tcp::size || header > size) return;
  std::byte* option = segment_size_option(tcp, header);
  const std::size_t headers = (meta.v4 ? 20u : 40u) + wire::Tcp::size;
  if (option == nullptr || longest_packet <= headers) return;
  const auto fits = static_cast<std::uint16_t>(longest_packet - headers);
  const std::uint16_t offered = load16(option);
  if (offered <= fits) return;
  store(option, fits);
  // An option may stand at an odd place; then its octets count in the other halves of the sum.
  const bool odd = (option - tcp) % 2 != 0;
  const auto as_summed = [&](std::uint16_t n) {
    return odd ? static_cast<std::uint16_t>(n << 8 | n >> 8) : n;
  };
  store(tcp + 16, checksum_after(load16(tcp + 16), as_summed(offered), as_summed(fits)));
}

}  // namespace tflab::vr
