#pragma once
// Where in a JSON text each value stands, which nlohmann only tells for syntax errors. The scan
// also finds what nlohmann keeps silent about: duplicate keys (it keeps the last) and nesting
// bombs. It follows structure only; whether tokens are well formed is nlohmann's business.

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace tflab::scenario {

struct Position {
  unsigned line = 0, column = 0;  // 1-based; columns count characters, not bytes
  friend bool operator==(const Position&, const Position&) = default;
};

struct Spot {
  Position key;  // of the quoted key; of the value for array elements and the root
  Position value;
};

struct Duplicate {
  std::string pointer;
  Position first, second;
};

struct Scan {
  static constexpr unsigned depth_max = 64;
  std::unordered_map<std::string, Spot> spots;  // by JSON pointer; only looked up, never iterated
  std::vector<Duplicate> duplicates;            // in order of place
  std::optional<Position> too_deep;
};

enum class Keep : bool { duplicates_only, spots };
Scan scan(std::string_view text, Keep keep);

// The position of a byte, for the offsets that nlohmann's parser reports.
Position position_of(std::string_view text, std::size_t offset);

// RFC 6901 escaping of one reference token.
std::string pointer_token(std::string_view key);
std::string parent_of(std::string_view pointer);

}  // namespace tflab::scenario
