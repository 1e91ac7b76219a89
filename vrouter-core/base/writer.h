#pragma once
// The mirror of Reader: fills a caller's buffer, and on overflow fails once and writes no more.

#include <cstddef>
#include <cstdint>
#include <span>

namespace tflab {

class Writer {
public:
  constexpr explicit Writer(std::span<std::byte> room) : room_{room} {}

  constexpr bool ok() const { return ok_; }
  constexpr std::span<const std::byte> written() const { return room_.first(used_); }

  constexpr void u8(std::uint8_t v) { be(v, 1); }
  constexpr void be16(std::uint16_t v) { be(v, 2); }
  constexpr void be24(std::uint32_t v) { be(v, 3); }
  constexpr void be32(std::uint32_t v) { be(v, 4); }
  constexpr void be64(std::uint64_t v) { be(v, 8); }
  constexpr void bytes(std::span<const std::byte> v) {
    for (std::byte b : v) be(static_cast<std::uint64_t>(b), 1);
  }

  // A writer over the same room that has used only `mark` octets: for a checksum, which is known
  // when all it covers has been written.
  constexpr Writer back_to(std::size_t mark) const {
    Writer again{room_};
    again.used_ = mark;
    again.ok_ = ok_;
    return again;
  }

  // A 16-bit length that counts what body() writes. Lengths are never computed by hand.
  template <class Body>
  constexpr void counted16(Body body) {
    const std::size_t mark = used_;
    be16(0);
    body();
    if (!ok_) return;
    const std::size_t n = used_ - mark - 2;
    if (n > 0xffff) {
      ok_ = false;
      return;
    }
    room_[mark] = static_cast<std::byte>(n >> 8);
    room_[mark + 1] = static_cast<std::byte>(n & 0xff);
  }

private:
  constexpr void be(std::uint64_t v, std::size_t n) {
    if (!ok_ || room_.size() - used_ < n) {
      ok_ = false;
      return;
    }
    for (std::size_t i = n; i-- > 0;) room_[used_++] = static_cast<std::byte>(v >> (8 * i) & 0xff);
  }

  std::span<std::byte> room_;
  std::size_t used_ = 0;
  bool ok_ = true;
};

}  // namespace tflab
