#pragma once
// "Did you mean": the nearest of the known words, when it is near enough to be a typing error.

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tflab::scenario {

// Insertions, deletions, replacements and swaps of neighbours (restricted Damerau-Levenshtein).
unsigned edit_distance(std::string_view a, std::string_view b);

// `; did you mean "seed"?`, or nothing when no word is near.
std::string did_you_mean(std::string_view word, std::span<const std::string_view> known);
std::string did_you_mean(std::string_view word, const std::vector<std::string>& known);

std::string in_quotes(std::string_view text);                    // "text", control characters shown
std::string one_of_text(std::span<const std::string_view> all);  // "a", "b" or "c"

}  // namespace tflab::scenario
