// OPEN: what is accepted means the same when it is said again.
#include "control-core/bgp/message.h"
#include "control-core/bgp/open.h"
#include "tests/fuzz/target.h"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace tflab;
  const auto read = bgp::decode_open(fuzz::octets(data, size));
  const auto* open = std::get_if<bgp::Open>(&read);
  if (open == nullptr) return 0;
  bgp::Open plain = *open;  // without lists that a peer may repeat and we never do
  plain.graceful_restart.reset();
  plain.long_lived.clear();
  const auto said = bgp::encode(plain);
  const auto back = bgp::decode_open(Bytes{said}.subspan(bgp::header_size));
  fuzz::promise(std::holds_alternative<bgp::Open>(back));
  fuzz::promise(std::get<bgp::Open>(back).families == open->families);
  fuzz::promise(std::get<bgp::Open>(back).as() == open->as());
  return 0;
}
