#include "control-core/introspect/table_text.h"

#include <algorithm>

namespace tflab::introspect {
namespace {

using Line = std::vector<std::string>;

std::vector<std::string> columns_of(const std::vector<const Tree*>& rows) {
  std::vector<std::string> columns;
  for (const Tree* row : rows)
    for (const Tree& field : row->children)
      if (std::ranges::find(columns, field.name) == columns.end()) columns.push_back(field.name);
  return columns;
}

std::string flat(const Tree& tree) {
  if (tree.children.empty()) return tree.type == "list" ? std::string{} : tree.text;
  std::string joined;
  for (const Tree& child : tree.children) {
    if (!joined.empty()) joined += tree.type == "list" ? ", " : " ";
    joined += flat(child);
  }
  return joined;
}

std::string cell(const Tree& row, const std::string& column) {
  for (const Tree& field : row.children) {
    if (field.name != column) continue;
    std::string text = flat(field);
    return text.empty() ? "n/a" : text;
  }
  return "-";
}

std::vector<std::size_t> widths_of(const std::vector<Line>& lines) {
  std::vector<std::size_t> widths(lines.front().size());
  for (const Line& line : lines)
    for (std::size_t i = 0; i < line.size(); ++i) widths[i] = std::max(widths[i], line[i].size());
  return widths;
}

}  // namespace

std::string table_text(const std::vector<const Tree*>& rows, std::vector<std::string> columns) {
  if (columns.empty()) columns = columns_of(rows);
  std::vector<Line> lines = {columns};
  for (const Tree* row : rows) {
    Line& line = lines.emplace_back();
    for (const std::string& column : columns) line.push_back(cell(*row, column));
  }
  const auto widths = widths_of(lines);
  std::string out;
  for (const Line& line : lines) {
    for (std::size_t i = 0; i < line.size(); ++i) {
      out += line[i];
      if (i + 1 < line.size()) out.append(widths[i] + 2 - line[i].size(), ' ');
    }
    out += '\n';
  }
  return out;
}

std::string table_text(const Tree& list, std::vector<std::string> columns) {
  std::vector<const Tree*> rows;
  for (const Tree& row : list.children) rows.push_back(&row);
  return table_text(rows, std::move(columns));
}

}  // namespace tflab::introspect
