#include "control-core/introspect/tree.h"

#include <array>
#include <cstdio>

namespace tflab::introspect {
namespace {

Tree scalar(std::string name, std::string type, int identifier, std::string text) {
  return {std::move(name), std::move(type), identifier, std::move(text)};
}

void collect(const Tree& tree, std::string_view name, std::vector<const Tree*>& into) {
  if (tree.name == name) into.push_back(&tree);
  for (const Tree& child : tree.children) collect(child, name, into);
}

struct Date {
  std::int64_t year = 0;
  int month = 0, day = 0;  // from 1
};

constexpr bool leap(std::int64_t year) {
  return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}
constexpr int days_of(std::int64_t year, int month) {
  constexpr std::array<int, 12> days = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  return days[static_cast<std::size_t>(month - 1)] + (month == 2 && leap(year) ? 1 : 0);
}

// The Gregorian calendar repeats every 400 years, 146,097 days: whole cycles first, then count.
constexpr Date date_of(std::int64_t days_since_1970) {
  constexpr std::int64_t cycle = 146'097;
  std::int64_t cycles = days_since_1970 / cycle, left = days_since_1970 % cycle;
  if (left < 0) {
    left += cycle;
    --cycles;
  }
  Date date{1970 + 400 * cycles, 1, 1};
  for (; left >= (leap(date.year) ? 366 : 365); ++date.year) left -= leap(date.year) ? 366 : 365;
  for (; left >= days_of(date.year, date.month); ++date.month)
    left -= days_of(date.year, date.month);
  date.day = static_cast<int>(left) + 1;
  return date;
}
static_assert(date_of(0).year == 1970 && date_of(0).month == 1 && date_of(0).day == 1);
static_assert(date_of(-1).year == 1969 && date_of(-1).month == 12 && date_of(-1).day == 31);
static_assert(date_of(11'016).month == 2 && date_of(11'016).day == 29);  // 2000-02-29

constexpr std::array<const char*, 12> month_names = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                     "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

}  // namespace

Tree string_of(std::string name, int identifier, std::string text) {
  return scalar(std::move(name), "string", identifier, std::move(text));
}
Tree bool_of(std::string name, int identifier, bool value) {
  return scalar(std::move(name), "bool", identifier, value ? "true" : "false");
}
Tree i32_of(std::string name, int identifier, std::int32_t value) {
  return scalar(std::move(name), "i32", identifier, std::to_string(value));
}
Tree u32_of(std::string name, int identifier, std::uint32_t value) {
  return scalar(std::move(name), "u32", identifier, std::to_string(value));
}
Tree u64_of(std::string name, int identifier, std::uint64_t value) {
  return scalar(std::move(name), "u64", identifier, std::to_string(value));
}

Tree linked(Tree field, std::string request, std::string title) {
  field.link = std::move(request);
  field.link_title = std::move(title);
  return field;
}

Tree struct_of(std::string name, Fields fields) {
  return {std::move(name), "struct", 0, {}, {}, std::move(fields.all)};
}

Tree struct_field(std::string name, int identifier, Tree value) {
  Tree field{std::move(name), "struct", identifier};
  field.children.push_back(std::move(value));
  return field;
}

Tree list_of_structs(std::string name, int identifier, std::vector<Tree> values) {
  return {std::move(name), "list", identifier, "struct", {}, std::move(values)};
}

Tree list_of_strings(std::string name, int identifier, const std::vector<std::string>& values) {
  Tree list{std::move(name), "list", identifier, "string"};
  list.children.reserve(values.size());
  for (const std::string& value : values) list.children.push_back(string_of("element", 0, value));
  return list;
}

Tree page(std::string name, Fields fields) {
  return {std::move(name), "sandesh", 0, {}, {}, std::move(fields.all)};
}

Tree pages(std::vector<Tree> several) {
  std::string name = "__" + (several.empty() ? std::string{} : several.front().name) + "_list";
  return {std::move(name), "slist", 0, {}, {}, std::move(several)};
}

const Tree* find(const Tree& tree, std::string_view name) {
  if (tree.name == name) return &tree;
  for (const Tree& child : tree.children)
    if (const Tree* found = find(child, name)) return found;
  return nullptr;
}

std::vector<const Tree*> all(const Tree& tree, std::string_view name) {
  std::vector<const Tree*> found;
  collect(tree, name, found);
  return found;
}

std::string_view text_of(const Tree& tree, std::string_view name) {
  for (const Tree& child : tree.children)
    if (child.name == name) return child.text;
  return {};
}

std::string timestamp(const PageRequest& request, Instant when) {
  constexpr std::int64_t second = 1'000'000'000, day = 86'400;
  const std::int64_t ns = request.utc_ns_at_zero + when.ns;
  std::int64_t total = ns / second, fraction = ns % second;
  if (fraction < 0) {
    fraction += second;
    --total;
  }
  std::int64_t days = total / day, left = total % day;
  if (left < 0) {
    left += day;
    --days;
  }
  const Date date = date_of(days);
  std::array<char, 64> room{};
  std::snprintf(room.data(), room.size(), "%04lld-%s-%02d %02d:%02d:%02d.%06d",
                static_cast<long long>(date.year),
                month_names[static_cast<std::size_t>(date.month - 1)], date.day,
                static_cast<int>(left / 3600), static_cast<int>(left / 60 % 60),
                static_cast<int>(left % 60), static_cast<int>(fraction / 1000));
  return room.data();
}

}  // namespace tflab::introspect
