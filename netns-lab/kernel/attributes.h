#pragma once
// Netlink attributes made of records: as many to an attribute as fit a message, a record never cut.
// Without enough room it only measures.

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "vrouter-core/base/writer.h"

namespace tflab::kernel {

class Attributes {
public:
  // Of one attribute: a dump's message holds NLMSG_GOODSIZE, a page without its head, at least.
  static constexpr std::size_t longest = 3000;

  explicit Attributes(std::span<std::byte> room) : room_{room} {}

  // write(Writer&) makes one record.
  template <class Write>
  void record(std::uint16_t type, Write write) {
    std::array<std::byte, 512> one;
    Writer out{one};
    write(out);
    const auto octets = out.written();
    if (type != type_ || size_ + octets.size() > longest) begin(type);
    put(used_, octets);
    used_ += octets.size();
    size_ += octets.size();
    note_size();
  }

  // What all of it takes.
  std::size_t used() const { return aligned(used_); }

private:
  struct Head {  // struct nlattr
    std::uint16_t size, type;
  };
  static constexpr std::size_t aligned(std::size_t n) { return (n + 3) / 4 * 4; }

  void begin(std::uint16_t type) {
    start_ = aligned(used_);
    used_ = start_ + sizeof(Head);
    size_ = 0;
    type_ = type;
  }
  void note_size() {
    const Head head{static_cast<std::uint16_t>(sizeof(Head) + size_), type_};
    put(start_, std::as_bytes(std::span{&head, 1}));
  }
  void put(std::size_t at, std::span<const std::byte> octets) {
    if (at + octets.size() <= room_.size())
      __builtin_memcpy(room_.data() + at, octets.data(), octets.size());
  }

  std::span<std::byte> room_;
  std::size_t used_ = 0, start_ = 0, size_ = 0;
  std::uint16_t type_ = 0;
};

}  // namespace tflab::kernel
