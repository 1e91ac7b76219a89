#pragma once
// What a flow remembers of its TCP connection, so that flows of connections that ended go away
// without anybody's asking. A reset counts only from where the connection stands (RFC 5961 section
// 3.2 in spirit): a blind one must not close somebody else's flow.

#include "vrouter-core/pipeline/stage.h"

namespace tflab::vr {

// Updates a flow and its reverse with a segment of the flow.
void note_tcp(const Packet& p, FlowEntry& flow, FlowEntry* reverse);

// A SYN without ACK: a new connection may take over an ended one's flow.
bool opens_connection(const Packet& p);

}  // namespace tflab::vr
