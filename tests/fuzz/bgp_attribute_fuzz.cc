// One attribute: the first octet is its code, the second the dialect.
#include "control-core/bgp/attribute.h"
#include "tests/dsl/bgp_say_again.h"
#include "tests/fuzz/target.h"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace tflab;
  if (size < 2) return 0;
  const bgp::AttributeRow* row = bgp::attribute_row(data[0]);
  if (row == nullptr) return 0;
  const auto spoken = test::all_families();
  bgp::Incoming message;
  message.dialect = {(data[1] & 1) != 0, (data[1] & 2) != 0, true};
  message.spoken = spoken;
  Reader in{fuzz::octets(data + 2, size - 2)};
  if (!row->read(in, message) || !in.ok() || in.left() != 0) return 0;
  const bgp::Outgoing from{message.set, message.dialect, Family::inet_vpn};
  if (row->use != bgp::Use::kept || !row->sent(from)) return 0;
  std::vector<std::byte> room(1 << 18);
  Writer out{room};
  row->write(out, from);
  fuzz::promise(out.ok());
  bgp::Incoming again;
  again.dialect = message.dialect;
  Reader back{out.written()};
  fuzz::promise(row->read(back, again) && back.left() == 0);
  for (ExtCommunity community : again.set.ext_communities) to_text(community);
  return 0;
}
