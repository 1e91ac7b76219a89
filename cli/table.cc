#include "cli/table.h"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace tflab::cli {
namespace {

using Json = nlohmann::ordered_json;

Json object(const Table& table, const std::vector<std::string>& row) {
  Json out = Json::object();
  for (std::size_t i = 0; i < table.columns.size(); ++i)
    out[table.columns[i]] = i < row.size() ? row[i] : "";
  return out;
}

void print_aligned(std::ostream& out, const Table& table) {
  std::vector<std::size_t> widths;
  for (const auto& column : table.columns) widths.push_back(column.size());
  for (const auto& row : table.rows)
    for (std::size_t i = 0; i < row.size() && i < widths.size(); ++i)
      widths[i] = std::max(widths[i], row[i].size());
  auto line = [&](const std::vector<std::string>& cells) {
    std::string text;
    for (std::size_t i = 0; i < cells.size(); ++i) {
      text += cells[i];
      if (i + 1 < cells.size()) text += std::string(widths[i] - cells[i].size() + 2, ' ');
    }
    out << text << '\n';
  };
  line(table.columns);
  for (const auto& row : table.rows) line(row);
}

std::string csv_cell(const std::string& text) {
  if (text.find_first_of(",\"\n\r") == std::string::npos) return text;
  std::string quoted = "\"";
  for (char c : text) {
    if (c == '"') quoted += '"';
    quoted += c;
  }
  return quoted + '"';
}

void print_csv(std::ostream& out, const Table& table) {
  auto line = [&](const std::vector<std::string>& cells) {
    for (std::size_t i = 0; i < cells.size(); ++i) out << (i ? "," : "") << csv_cell(cells[i]);
    out << "\r\n";
  };
  line(table.columns);
  for (const auto& row : table.rows) line(row);
}

}  // namespace

void print(std::ostream& out, const Table& table, std::string_view format) {
  if (format == "csv") return print_csv(out, table);
  if (format == "jsonl") {
    for (const auto& row : table.rows) out << object(table, row).dump() << '\n';
    return;
  }
  if (format == "json") {
    Json all = Json::array();
    for (const auto& row : table.rows) all.push_back(object(table, row));
    out << all.dump(2) << '\n';
    return;
  }
  print_aligned(out, table);
}

bool glob(std::string_view pattern, std::string_view text) {
  std::size_t p = 0, t = 0, star = std::string_view::npos, retry = 0;
  while (t < text.size()) {
    if (p < pattern.size() && (pattern[p] == '?' || pattern[p] == text[t])) {
      ++p, ++t;
    } else if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      retry = t;
    } else if (star != std::string_view::npos) {
      p = star + 1;
      t = ++retry;
    } else {
      return false;
    }
  }
  while (p < pattern.size() && pattern[p] == '*') ++p;
  return p == pattern.size();
}

}  // namespace tflab::cli
