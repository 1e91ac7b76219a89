#pragma once
// JSON text with comments to a document, in time linear in the text. nlohmann's own parser looks
// for each key among all earlier ones of an ordered object; duplicates were refused before (see
// position.h), so that is work for nothing, and hours of it for a hundred thousand machines.

#include <string>
#include <string_view>
#include <variant>

#include "scenarios/model.h"
#include "scenarios/position.h"

namespace tflab::scenario {

struct SyntaxError {
  Position at;
  std::string reason;
};
using Parsed = std::variant<Json, SyntaxError>;

// The text must have passed scan(): not deeper than Scan::depth_max, no key twice.
Parsed parse_json(std::string_view text);

}  // namespace tflab::scenario
