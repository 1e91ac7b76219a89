// Prints one of every BGP message we send as a hex dump for text2pcap, a packet each: without those
// that Wireshark 4.0 cannot know (erm-vpn is the original's own) or reads past the end of (a
// route-target route shorter than 96 bits, RFC 4684 section 4).

#include <cstdio>

#include "control-core/bgp/message.h"
#include "tests/dsl/bgp_samples.h"

namespace {

using namespace tflab;

void print(Bytes message) {
  for (std::size_t i = 0; i < message.size(); ++i) {
    if (i % 16 == 0) std::printf("%s%06zx", i == 0 ? "" : "\n", i);
    std::printf(" %02x", static_cast<unsigned>(message[i]));
  }
  std::printf("\n");
}

bool known_abroad(const test::UpdateSample& sample) {
  return sample.update.family != Family::ermvpn && !sample.name.starts_with("route-target, ");
}

}  // namespace

int main() {
  AttributePool pool;
  print(bgp::encode(test::sample_open()));
  std::vector<std::byte> keepalive;
  bgp::append_message(keepalive, bgp::MessageType::keepalive, {});
  print(keepalive);
  for (const test::UpdateSample& sample : test::update_samples(pool))
    if (known_abroad(sample)) print(*bgp::encode(sample.update, {true, true}));
  print(bgp::encode(bgp::Notification{bgp::cease, bgp::administrative_shutdown, {}}));
}
