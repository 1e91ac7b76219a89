#pragma once
// The real ping(8) from inside a namespace, and what it printed as numbers.

#include <string>
#include <string_view>

#include "scenarios/lab.h"

namespace tflab::netns {

// Throws when ping could not even try (no such option, no such namespace).
scenario::PingResult ping_from(const std::string& space, const IpAddr& to,
                               const scenario::Ping& ping);

// From the output of iputils: packets sent and received, ttl of the last reply, the path MTU it was
// told or had heard of before.
scenario::PingResult parse_ping(std::string_view printed);

}  // namespace tflab::netns
