#pragma once
// The schema of scenario files (schema.json, draft-07) as it was when this program was built.

#include <string_view>

namespace tflab::scenario {

std::string_view schema_text();

}  // namespace tflab::scenario
