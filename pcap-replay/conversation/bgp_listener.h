#pragma once
// What both ends of a BGP connection said, by our own decoders and sessions.

#include "pcap-replay/conversation/conversation.h"
#include "pcap-replay/conversation/reassembly.h"

namespace tflab::conversation {

Heard listen_to_bgp(const Connection& connection);

}  // namespace tflab::conversation
