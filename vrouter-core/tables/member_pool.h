#pragma once
// The lists of all composite nexthops, cut from one pool in groups. A list has places that may be
// empty; its length is one more than its last place in use.

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "vrouter-core/base/assert.h"
#include "vrouter-core/tables/memory.h"
#include "vrouter-core/tables/rows.h"

namespace tflab::vr {

struct Member {
  NexthopId nexthop{};  // discard: an empty place
  std::uint32_t number = 0;
  bool empty() const { return nexthop == NexthopId{}; }
};

class MemberPool {
public:
  static constexpr std::size_t group_size = 15;
  static constexpr std::uint16_t most = 4096;  // places of one list

  MemberPool() = default;
  MemberPool(Memory& memory, std::uint32_t groups)
      : groups_{memory.take<Group>(groups)}, left_{groups} {}

  // An empty one beyond the end.
  Member at(const Forward::Members& list, std::size_t index) const {
    if (index >= list.slots) return {};
    const Group* group = &groups_[list.first - 1];
    for (; index >= group_size; index -= group_size) group = &groups_[group->next - 1];
    return group->members[index];
  }

  // False, and nothing changed, when the groups it takes are not left.
  bool set(Forward::Members& list, std::uint16_t index, Member member) {
    const std::size_t has = groups_of(list.slots), wants = groups_of(index + 1u);
    if (wants > has && wants - has > left_) return false;
    std::uint32_t* link = &list.first;
    Group* group = nullptr;
    for (std::size_t n = 0; n <= index / group_size; ++n) {
      if (*link == 0) *link = open();
      group = &groups_[*link - 1];
      link = &group->next;
    }
    group->members[index % group_size] = member;
    if (index >= list.slots) list.slots = static_cast<std::uint16_t>(index + 1);
    return true;
  }
  void clear(Forward::Members& list, std::uint16_t index) {
    set(list, index, {});
    while (list.slots > 0 && at(list, list.slots - 1u).empty()) --list.slots;
    std::uint32_t* link = &list.first;
    for (std::size_t n = groups_of(list.slots); n-- > 0;) link = &groups_[*link - 1].next;
    close_from(*link);
    *link = 0;
  }

  void clear(Forward::Members& list) {
    close_from(list.first);
    list = {};
  }

  // Calls visit(index, member) for places in use, in their order.
  template <class Visit>
  void each(const Forward::Members& list, Visit visit) const {
    std::uint32_t next = list.first;
    for (std::uint16_t index = 0; index < list.slots;) {
      const Group& group = groups_[next - 1];
      for (std::size_t i = 0; i < group_size && index < list.slots; ++i, ++index) {
        if (!group.members[i].empty()) visit(index, group.members[i]);
      }
      next = group.next;
    }
  }

private:
  struct Group {
    std::array<Member, group_size> members;
    std::uint32_t next;  // plus 1; 0: none
    std::uint32_t unused;
  };
  static_assert(sizeof(Group) == 128);

  static std::size_t groups_of(std::size_t slots) { return (slots + group_size - 1) / group_size; }

  std::uint32_t open() {
    require(left_ > 0);
    --left_;
    std::uint32_t number = ++fresh_;
    if (returned_ != 0) {
      --fresh_;
      number = returned_;
      returned_ = groups_[number - 1].next;
    }
    groups_[number - 1] = {};
    return number;
  }
  void close_from(std::uint32_t number) {
    while (number != 0) {
      const std::uint32_t next = groups_[number - 1].next;
      groups_[number - 1].next = returned_;
      returned_ = number;
      ++left_;
      number = next;
    }
  }

  std::span<Group> groups_;
  std::uint32_t left_ = 0, fresh_ = 0, returned_ = 0;
};

}  // namespace tflab::vr
