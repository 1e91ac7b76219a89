#pragma once
// The mirror of Reader: fills a caller's buffer, and on overflow fails once and writes no more.

#include <cstddef>
#include <cstdint>
#include <span>
#include <type_traits>

namespace tflab {

class Writer {
public:
  constexpr explicit Writer(std::span<std::byte> room) : room_{room} {}

  constexpr bool ok() const { return ok_; }
  constexpr std::span<const std::byte> written() const { return room_.first(used_); }

  constexpr void u8(std::uint8_t v) { be<1>(v); }
  constexpr void be16(std::uint16_t v) { be<2>(v); }
  constexpr void be24(std::uint32_t v) { be<3>(v); }
  constexpr void be32(std::uint32_t v) { be<4>(v); }
  constexpr void be64(std::uint64_t v) { be<8>(v); }
  constexpr void bytes(std::span<const std::byte> v) {
    if (v.empty() || !has_room(v.size())) return;
    std::byte* const to = room_.data() + used_;
    if (std::is_constant_evaluated())
      for (std::size_t i = 0; i < v.size(); ++i) to[i] = v[i];
    else
      __builtin_memcpy(to, v.data(), v.size());
    used_ += v.size();
  }

  // fill(Writer) may write `most` octets and says how many of them count: so what comes in many
  // sizes is written with stores whose size is known, and what is too much is written over.
  template <std::size_t most, class Fill>
  constexpr void up_to(Fill fill) {
    if (room_.size() - used_ >= most) {
      used_ += fill(Writer{room_.subspan(used_, most)});
      return;
    }
    std::byte scratch[most]{};
    const std::size_t count = fill(Writer{std::span{scratch}});
    bytes(std::span{scratch}.first(count));
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
  constexpr bool has_room(std::size_t n) {
    if (room_.size() - used_ < n) ok_ = false;
    return ok_;
  }
  // One test and n octets: compilers make one store of it, because n is known to them.
  template <std::size_t n>
  constexpr void be(std::uint64_t v) {
    if (!has_room(n)) return;
    put<n>(room_.data() + used_, v);
    used_ += n;
  }
  template <std::size_t n>
  static constexpr void put(std::byte* to, std::uint64_t v) {
    if constexpr (n > 1) put<n - 1>(to, v >> 8);
    to[n - 1] = static_cast<std::byte>(v & 0xff);
  }

  std::span<std::byte> room_;
  std::size_t used_ = 0;
  bool ok_ = true;
};

}  // namespace tflab
