#pragma once
// Files of captures as octets in memory: plain or gzip'ed, from a path, a pipe or standard input.

#include <cstddef>
#include <string>
#include <vector>

#include "vrouter-core/base/reader.h"

namespace tflab::capture {

// All of it as it is when read, unpacked if it is gzip'ed. "-" is standard input. Throws
// std::runtime_error("cannot read ...: ...").
std::vector<std::byte> load(const std::string& path);

// Replaces the file as a whole; a link in its place is not followed. Throws std::runtime_error.
void store(const std::string& path, Bytes octets);

}  // namespace tflab::capture
