// Every beginning of what it is given, as a stream and as the body of a message that says it is
// whole: none may be read beyond its end. With the messages of other people as seeds and no further
// runs this is every truncation of each of them.
#include "control-core/bgp/message.h"
#include "control-core/bgp/open.h"
#include "control-core/bgp/update.h"
#include "tests/dsl/bgp_samples.h"
#include "tests/fuzz/target.h"

namespace tflab::bgp {
namespace {

// In memory of its own, so that an octet read past its end is an error of the sanitizer.
std::vector<std::byte> beginning(Bytes whole, std::size_t n) {
  return {whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(n)};
}

std::size_t messages_in(Bytes stream) {
  Framer framer;
  std::size_t count = 0;
  while (const auto found = framer.next(stream)) {
    if (std::holds_alternative<Notification>(*found)) break;
    ++count;
  }
  return count;
}

void decode(MessageType type, Bytes body, AttributePool& pool) {
  if (type == MessageType::open) decode_open(body);
  if (type == MessageType::notification && body.size() >= 2) to_text(decode_notification(body));
  if (type != MessageType::update) return;
  for (Dialect dialect : {Dialect{true, true}, Dialect{false, false}}) {
    const Decoded d = decode_update(body, dialect, test::all_families(), pool);
    fuzz::promise(d.damage != Damage::reset_session || d.heard.empty());
  }
}

}  // namespace
}  // namespace tflab::bgp

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace tflab;
  const Bytes whole = fuzz::octets(data, size);
  const std::size_t all = bgp::messages_in(whole);
  AttributePool pool;
  for (std::size_t n = 0; n < size; ++n) {
    const auto cut = bgp::beginning(whole, n);
    fuzz::promise(bgp::messages_in(cut) <= all);
    if (n < bgp::header_size) continue;
    bgp::decode(static_cast<bgp::MessageType>(data[18]), Bytes{cut}.subspan(bgp::header_size),
                pool);
  }
  return 0;
}
