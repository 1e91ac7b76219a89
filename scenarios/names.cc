#include "scenarios/names.h"

#include <algorithm>

#include "control-core/config/names.h"
#include "scenarios/node.h"
#include "scenarios/suggest.h"

namespace tflab::scenario {

const KindRow* row_of_collection(std::string_view collection) {
  const auto row = std::ranges::find(kind_rows, collection, &KindRow::collection);
  return row == kind_rows.end() ? nullptr : &*row;
}

std::string full_name(std::string_view name) {
  if (name.find(':') != std::string_view::npos) return std::string{name};
  return "default-domain:default-project:" + std::string{name};
}

std::string full_name(Kind kind, std::string_view name) {
  return row_of(kind).qualified ? full_name(name) : std::string{name};
}

bool good_full_name(std::string_view name) {
  constexpr std::size_t part_max = 100;
  unsigned parts = 0;
  for (;; ++parts) {
    const auto colon = name.find(':');
    if (!good_name(name.substr(0, colon), part_max)) return false;
    if (colon == std::string_view::npos) return parts == 0 || parts == 2;
    name.remove_prefix(colon + 1);
  }
}

Names::Names() {
  add(Kind::virtual_network, std::string{config::ip_fabric});
  add(Kind::virtual_network, std::string{config::default_network});
  add(Kind::virtual_network, std::string{config::link_local});
}

void Names::add(Kind kind, std::string name) {
  List& list = all_[static_cast<std::size_t>(kind)];
  if (list.index.insert(name).second) list.in_order.push_back(std::move(name));
}

void Names::add(const Json& objects) {
  if (!objects.is_object()) return;
  for (const KindRow& row : kind_rows)
    if (const auto found = objects.find(row.collection);
        found != objects.end() && found->is_object())
      for (const auto& [name, value] : found->items()) add(row.kind, full_name(row.kind, name));
}

bool Names::has(Kind kind, std::string_view name) const {
  return all_[static_cast<std::size_t>(kind)].index.contains(name);
}

std::string Names::missing(Kind kind, std::string_view name) const {
  std::string words{row_of(kind).word};
  std::ranges::replace(words, '-', ' ');
  std::vector<std::string> known = all(kind);
  // A wrong domain or project is as likely as a typing error: compare last parts as well.
  const auto last = [](std::string_view full) { return full.substr(full.rfind(':') + 1); };
  std::string hint = did_you_mean(name, known);
  for (const std::string& candidate : known)
    if (last(candidate) == last(name)) hint = "; did you mean " + in_quotes(candidate) + "?";
  if (hint.empty()) hint = "; add it to " + in_quotes(row_of(kind).collection);
  return "there is no " + words + ' ' + in_quotes(name) + hint;
}

Selector Selector::parse(std::string_view text) {
  for (const KindRow& row : kind_rows)
    if (text.starts_with(row.word) && text.substr(row.word.size()).starts_with(':'))
      return {row.kind, std::string{text.substr(row.word.size() + 1)}};
  return {{}, std::string{text}};
}

bool Selector::matches(Kind of, std::string_view name) const {
  if (kind && *kind != of) return false;
  return glob_matches(glob, name) || (row_of(of).qualified && glob.find(':') == std::string::npos &&
                                      glob_matches(full_name(glob), name));
}

std::vector<Match> Selector::matches(const Names& names) const {
  std::vector<Match> out;
  for (const KindRow& row : kind_rows)
    for (const std::string& name : names.all(row.kind))
      if (matches(row.kind, name)) out.push_back({row.kind, name});
  return out;
}

namespace {

// One element of a glob at its front: how long it is, and whether it takes `c`.
struct Element {
  std::size_t length;
  bool takes;
};
Element element(std::string_view glob, char c) {
  if (glob.front() == '?') return {1, true};
  const auto end = glob.front() == '[' ? glob.find(']', 2) : std::string_view::npos;
  if (end == std::string_view::npos) return {1, glob.front() == c};
  bool inside = false;
  for (std::size_t i = 1; i < end; ++i) {
    if (i + 2 < end && glob[i + 1] == '-') {
      inside |= glob[i] <= c && c <= glob[i + 2];
      i += 2;
    } else {
      inside |= glob[i] == c;
    }
  }
  return {end + 1, inside};
}

}  // namespace

bool glob_matches(std::string_view glob, std::string_view name) {
  // Greedy with one point of return: the last star. Linear in practice, never exponential.
  std::optional<std::size_t> star;
  std::size_t g = 0, n = 0, resume = 0;
  while (n < name.size()) {
    if (g < glob.size() && glob[g] == '*') {
      star = g++;
      resume = n;
      continue;
    }
    if (g < glob.size())
      if (const Element e = element(glob.substr(g), name[n]); e.takes) {
        g += e.length;
        ++n;
        continue;
      }
    if (!star) return false;
    g = *star + 1;
    n = ++resume;
  }
  return glob.find_first_not_of('*', g) == std::string_view::npos;
}

std::optional<std::string> key_of(const Json& document, Kind kind, std::string_view name) {
  const auto found = document.find(row_of(kind).collection);
  if (found == document.end() || !found->is_object()) return {};
  const std::string full{name}, last = full.substr(full.rfind(':') + 1);
  for (const std::string& key : {full, last})
    if (found->contains(key) && full_name(kind, key) == name) return key;
  return {};
}

}  // namespace tflab::scenario
