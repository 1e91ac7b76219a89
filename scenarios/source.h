#pragma once
// The texts a document was merged from, and which place in which of them a JSON pointer means.
// Faults are collected here with pointers and leave with file, line and column.

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "scenarios/load.h"
#include "scenarios/position.h"

namespace tflab::scenario {

// Texts in the order in which they were merged: what a later one says of a pointer holds.
class Sources {
public:
  // `below`: the pointer that the text's root stands for: "" for files, "/run/seed" for a --set,
  // which has no lines worth telling.
  void add(std::string name, std::string text, std::string below = "");
  // An object that no text holds, but something that made it: what a pointer means inside of it is
  // looked for there.
  void made(std::string object, std::string by) { made_.emplace(std::move(object), std::move(by)); }
  std::size_t size() const { return sources_.size(); }
  const std::string& name(std::size_t source) const { return sources_[source].name; }

  struct Place {
    std::size_t source = 0;
    Position at;
  };
  enum class Of : bool { key, value };
  // The nearest thing that exists when the pointer itself is nowhere (a missing key).
  Place find(std::string_view pointer, Of of) const;

private:
  struct Source {
    std::string name, text, below;
    mutable std::optional<Scan> scan;  // made when a place is first asked for
  };
  std::optional<Spot> spot(const Source& source, std::string_view pointer) const;

  std::vector<Source> sources_;
  std::unordered_map<std::string, std::string> made_;  // only looked up, never iterated
};

class Faults {
public:
  static constexpr std::size_t most = 1000;  // a reader of the list has given up long before

  explicit Faults(const Sources& sources) : sources_{sources} {}
  void add(std::string_view pointer, std::string message, Sources::Of of = Sources::Of::value);
  bool empty() const { return all_.empty(); }
  // "line 12, column 5" or "other.json:12:5": for messages that name a second place.
  std::string place(std::string_view pointer) const;
  std::vector<Fault> take();  // in order of place

private:
  struct Entry {
    std::size_t source;
    Fault fault;
  };
  const Sources& sources_;
  std::vector<Entry> all_;
};

}  // namespace tflab::scenario
