// Routes of each family: the first octet chooses it, and what their labels mean. What is read is
// written as octets that read the same.
#include <array>

#include "control-core/bgp/nlri.h"
#include "tests/fuzz/target.h"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace tflab;
  if (size == 0) return 0;
  const bgp::NlriContext context{family_rows[data[0] % families].family, (data[0] & 0x40) != 0,
                                 (data[0] & 0x80) != 0};
  Reader in{fuzz::octets(data + 1, size - 1)};
  bgp::Reach route;
  while (in.left() > 0) {
    const auto verdict = bgp::read_nlri(in, context, route);
    if (verdict == bgp::NlriRead::broken) break;
    if (verdict == bgp::NlriRead::ignored) continue;
    std::array<std::byte, bgp::longest_nlri> room;
    Writer out{room};
    fuzz::promise(bgp::write_nlris(out, context, std::array{route}) == 1);
    Reader again{out.written()};
    bgp::Reach back;
    fuzz::promise(bgp::read_nlri(again, context, back) == bgp::NlriRead::ok);
    fuzz::promise(again.left() == 0 && back.nlri == route.nlri);
    const auto text = to_text(route.nlri);
    fuzz::promise(!text.empty());
  }
  return 0;
}
