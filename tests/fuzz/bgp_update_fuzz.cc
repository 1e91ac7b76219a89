// UPDATEs in each dialect: nothing breaks, and what is accepted means the same when said again.
// The first octet chooses the dialect.
#include "control-core/bgp/message.h"
#include "control-core/bgp/update.h"
#include "tests/dsl/bgp_say_again.h"
#include "tests/fuzz/target.h"

namespace tflab::bgp {
namespace {

void hold(const Heard& heard, Dialect dialect, AttributePool& pool) {
  const SharedBytes said = encode(test::said_again(heard), dialect);
  const Bytes body = Bytes{*said}.subspan(header_size);
  const Decoded back = decode_update(body, dialect, test::all_families(), pool);
  fuzz::promise(back.damage == Damage::none);
  fuzz::promise(back.heard.size() == 1);
  fuzz::promise(test::listed(back.heard[0].routes) == test::listed(heard.routes));
}

}  // namespace
}  // namespace tflab::bgp

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace tflab;
  if (size == 0) return 0;
  const bgp::Dialect dialect{(data[0] & 1) != 0, (data[0] & 2) != 0, true};
  AttributePool pool;
  const auto decoded =
      bgp::decode_update(fuzz::octets(data + 1, size - 1), dialect, test::all_families(), pool);
  fuzz::promise(decoded.damage != bgp::Damage::reset_session || decoded.heard.empty());
  for (const bgp::Heard& heard : decoded.heard) bgp::hold(heard, dialect, pool);
  return 0;
}
