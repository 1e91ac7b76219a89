#pragma once
// A connection of this process's own, from wherever the calling thread is (space.h).

#include <cstdint>

#include "netns-lab/host/fd.h"
#include "vrouter-core/base/addr.h"

namespace tflab::netns {

// `type`: SOCK_STREAM or SOCK_DGRAM. No call on it waits longer than `patience_s`. Nothing: nobody
// answers there.
Fd dial(const IpAddr& to, std::uint16_t port, int type, int patience_s);

}  // namespace tflab::netns
