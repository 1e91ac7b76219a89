#pragma once
// What both ends of an XMPP connection said, by our own stream reader and stanza readers.

#include "pcap-replay/conversation/conversation.h"
#include "pcap-replay/conversation/reassembly.h"

namespace tflab::conversation {

Heard listen_to_xmpp(const Connection& connection);

}  // namespace tflab::conversation
