#pragma once
// Numbers with a unit as scenarios write them: 50us, 1.5s, 10Gbps. A bare number has no meaning.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "vrouter-core/base/instant.h"

namespace tflab::scenario {

std::optional<Duration> parse_duration(std::string_view text);  // ns us ms s m h
std::optional<std::uint64_t> parse_rate(
    std::string_view text);              // bps Kbps Mbps Gbps, powers of ten
std::string to_text(Duration duration);  // 30s, 1.5s, 250us

}  // namespace tflab::scenario
