#pragma once
// Calls an echo service (RFC 862) over UDP or TCP from inside a namespace.

#include <string>

#include "scenarios/lab.h"

namespace tflab::netns {

// A new socket for each call; connecting and each piece of the answer have a second. Throws
// std::system_error where there is no such namespace.
scenario::PingResult ask_echo(const std::string& space, const IpAddr& to,
                              const scenario::Ping& ping);

}  // namespace tflab::netns
