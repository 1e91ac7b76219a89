#pragma once
// Memory for one table, zeroed and aligned as a host's would be.

#include <utility>
#include <vector>

#include "vrouter-core/tables/memory.h"

namespace tflab::vr {

class Block {
public:
  template <class Table, class... Sizes>
  Table cut(Sizes... sizes) {
    Memory measure{nullptr};
    Table{measure, sizes...};
    lines_.assign(measure.used() / Memory::line + 1, Line{});
    Memory memory{lines_.data()->octets};
    return Table{memory, sizes...};
  }

private:
  struct alignas(Memory::line) Line {
    std::byte octets[Memory::line]{};
  };
  std::vector<Line> lines_;
};

}  // namespace tflab::vr
