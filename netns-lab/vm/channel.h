#pragma once
// The line between a lab and one of its VMs: a virtio serial port, octets both ways. A message is
// four octets of length and a value in CBOR (RFC 8949), because pages and logs may hold any octets.

#include <chrono>
#include <cstddef>
#include <optional>
#include <vector>

#include <nlohmann/json.hpp>

#include "vrouter-core/base/reader.h"

namespace tflab::netns {

// Octets as a value in a message.
nlohmann::json binary(Bytes octets);
std::vector<std::byte> octets_from(const nlohmann::json& in);

void send_message(int fd, const nlohmann::json& message);

// Waits; nothing when the other end is gone or time ran out.
std::optional<nlohmann::json> receive_message(int fd, std::chrono::steady_clock::time_point until);

}  // namespace tflab::netns
