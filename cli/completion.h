#pragma once
// `tflab completion bash|zsh|fish`: verbs, show's words and flags, made from the same tables.

#include <string>
#include <vector>

namespace tflab::cli {

// Throws UsageError for another shell.
std::string completion(const std::string& shell, const std::vector<std::string>& verbs,
                       const std::vector<std::string>& flags);

}  // namespace tflab::cli
