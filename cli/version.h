#pragma once
// Which tflab this is; made by the build (version.cmake) from the project version and git.

#include <string_view>

namespace tflab::cli {

extern const std::string_view version;  // 0.1.0
extern const std::string_view
    commit;  // short hash, "-dirty" when the tree had changes, or "unknown"

}  // namespace tflab::cli
