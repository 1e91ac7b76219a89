#pragma once
// Files to one JSON document: comments, includes, overlays, --set and ${variables}. Here a text is
// refused for its form (size, depth, syntax, duplicate keys); what it means comes later.

#include <optional>
#include <string>

#include "scenarios/load.h"
#include "scenarios/source.h"

namespace tflab::scenario {

inline constexpr std::size_t file_size_max = 64u << 20;

struct Document {
  Json json;  // without "include" and "vars"
  Sources sources;
  std::vector<Fault> faults;  // of form; when there is one, `json` is not worth reading
};

Document read_document(const std::string& file, const LoadOptions& options);

}  // namespace tflab::scenario
