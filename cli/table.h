#pragma once
// Rows with named columns, and the four ways to print them.

#include <ostream>
#include <string>
#include <string_view>
#include <vector>

namespace tflab::cli {

struct Table {
  std::vector<std::string> columns;
  std::vector<std::vector<std::string>> rows;
};

// `format`: table (aligned, header line), csv (RFC 4180), json (array of objects), jsonl.
void print(std::ostream& out, const Table& table, std::string_view format);

// Glob match with * and ?, the whole text.
bool glob(std::string_view pattern, std::string_view text);

}  // namespace tflab::cli
