// The stream of an XMPP connection, in pieces whose length the first octet gives: headers, stanzas
// as an agent and as a control node reads them, and nothing after the end.
#include <algorithm>

#include "control-core/xmpp/stanza.h"
#include "control-core/xmpp/stream.h"
#include "tests/fuzz/target.h"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace tflab;
  if (size == 0) return 0;
  const std::size_t piece = 1 + 4 * std::size_t{data[0]};
  Bytes rest = fuzz::octets(data + 1, size - 1);
  xmpp::Stream stream;
  bool over = false;
  while (!rest.empty()) {
    const Bytes next = rest.first(std::min(piece, rest.size()));
    stream.push(next);
    rest = rest.subspan(next.size());
    while (auto event = stream.poll()) {
      fuzz::promise(!over);
      over = std::holds_alternative<xmpp::Ended>(*event) ||
             std::holds_alternative<xmpp::StreamFault>(*event);
      if (const auto* stanza = std::get_if<xml::Element>(&*event)) {
        xmpp::read_agent_stanza(*stanza);
        xmpp::read_control_stanza(*stanza);
      }
    }
  }
  return 0;
}
