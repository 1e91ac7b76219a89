#pragma once
// Pieces of datagrams that came before their first piece, which alone tells the ports of a flow:
// their frames as they were received, each in a place of its own, of which there is a fixed number.
// The vrouter's only copies of packets; they are made where a packet would die otherwise.

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "vrouter-core/base/id.h"
#include "vrouter-core/base/instant.h"
#include "vrouter-core/base/reader.h"
#include "vrouter-core/tables/flow_table.h"
#include "vrouter-core/tables/guard.h"
#include "vrouter-core/tables/memory.h"

namespace tflab::vr {

class HeldPieces {
public:
  static constexpr std::size_t headroom = 64;   // Vrouter::headroom
  static constexpr std::size_t longest = 9216;  // of a frame

  struct Piece {
    FlowWords datagram;
    Instant since;
    VifId in;
    std::uint8_t priority;  // of the tag that is gone
  };

  HeldPieces() = default;
  HeldPieces(Memory& memory, std::uint32_t limit)
      : places_{memory.take<Place>(limit)}, frames_{memory.take<Frame>(limit)} {}

  bool exist() const { return !places_.empty(); }
  std::uint32_t held() const { return glimpse(held_); }

  // False: all places are taken, or the frame is too long for one.
  bool hold(const Piece& piece, Bytes frame) {
    if (held_ == places_.size() || frame.size() > longest) return false;
    std::size_t i = 0;
    while (places_[i].status != Status::free) ++i;
    places_[i] = {piece, Status::waiting, static_cast<std::uint16_t>(frame.size())};
    __builtin_memcpy(frames_[i].octets.data() + headroom, frame.data(), frame.size());
    show(held_, held_ + 1);
    return true;
  }

  // Those of the datagram may go.
  void first_came(const FlowWords& datagram) {
    if (held_ == 0) return;
    for (Place& place : places_) {
      if (place.status != Status::waiting || place.piece.datagram != datagram) continue;
      place.status = Status::due;
      show(due_, due_ + 1);
    }
  }
  // Without the guard, as the next two.
  bool any_due() const { return glimpse(due_) != 0; }
  const Piece& piece(std::uint32_t place) const { return places_[place].piece; }
  // With headroom in front of the frame.
  std::span<std::byte> buffer(std::uint32_t place) const {
    return std::span{frames_[place].octets}.first(headroom + places_[place].size);
  }

  // One that may go: it is the caller's until it says that it has left. Others may be held
  // meanwhile, and become due.
  static constexpr std::uint32_t none = 0xffffffff;
  std::uint32_t take_due() {
    if (due_ == 0) return none;
    std::uint32_t place = 0;
    while (places_[place].status != Status::due) ++place;
    places_[place].status = Status::leaving;
    show(due_, due_ - 1);
    return place;
  }
  void left(std::uint32_t place) {
    places_[place].status = Status::free;
    show(held_, held_ - 1);
  }

  // Forgets those that wait for which gone(piece) is true.
  template <class Gone>
  void lose_if(Gone gone) {
    if (held_ == 0) return;
    for (Place& place : places_) {
      if (place.status != Status::waiting || !gone(place.piece)) continue;
      place.status = Status::free;
      show(held_, held_ - 1);
    }
  }

private:
  enum class Status : std::uint8_t { free, waiting, due, leaving };
  struct Place {
    Piece piece;
    Status status;
    std::uint16_t size;
  };
  struct alignas(Memory::line) Frame {
    std::array<std::byte, headroom + longest> octets;
  };

  std::span<Place> places_;
  std::span<Frame> frames_;
  std::uint32_t held_ = 0;  // places that are not free
  std::uint32_t due_ = 0;
};

}  // namespace tflab::vr
