// The stream of an established session, in pieces: the first octet chooses the kind of peer and how
// long the pieces are. The session ends with one NOTIFICATION or goes on.
#include "control-core/bgp/message.h"
#include "control-core/bgp/open.h"
#include "control-core/bgp/session.h"
#include "tests/dsl/bgp_say_again.h"
#include "tests/fuzz/target.h"

namespace tflab::bgp {
namespace {

SessionConfig config(bool inside, bool wide) {
  SessionConfig out;
  out.local_as = Asn{64512};
  out.router_id = Ip4{1};
  out.peer_as = Asn{inside ? 64512u : 65001u};
  out.families = test::all_families();
  out.four_byte_as = wide;
  return out;
}

std::vector<std::byte> greeting(const SessionConfig& config) {
  Open open;
  open.my_as = static_cast<std::uint16_t>(config.peer_as.raw());
  open.hold_seconds = 90;
  open.identifier = Ip4{2};
  open.families = config.families;
  if (config.four_byte_as) open.four_byte_as = config.peer_as;
  std::vector<std::byte> out = encode(open);
  append_message(out, MessageType::keepalive, {});
  return out;
}

std::size_t drain(Session& session) {
  std::size_t sent = 0;
  while (auto output = session.poll_output()) {
    if (std::holds_alternative<Send>(*output)) ++sent;
    if (const auto* heard = std::get_if<Received>(&*output))
      fuzz::promise(test::listed(heard->heard.routes).size() == heard->heard.routes.size());
  }
  return sent;
}

}  // namespace
}  // namespace tflab::bgp

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace tflab;
  if (size == 0) return 0;
  AttributePool pool;
  const auto config = bgp::config((data[0] & 1) != 0, (data[0] & 2) != 0);
  bgp::Session session{config, pool};
  session.start({});
  session.on_transport_up({});
  if ((data[0] & 4) == 0) session.on_bytes({}, bgp::greeting(config));
  bgp::drain(session);
  const std::size_t piece = 1 + (data[0] >> 3);
  Bytes rest = fuzz::octets(data + 1, size - 1);
  std::size_t sent = 0;
  while (!rest.empty()) {
    const Bytes next = rest.first(std::min(piece * 16, rest.size()));
    session.on_bytes({}, next);
    sent += bgp::drain(session);
    rest = rest.subspan(next.size());
  }
  fuzz::promise(sent <= 8 || session.state() == bgp::State::established);
  return 0;
}
