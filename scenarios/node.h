#pragma once
// A value of the document on its way to becoming a field: it knows its pointer, checks itself, and
// says what is wrong with it. Every key an object may have stands in one table, with those that the
// format knows but this version does not play; no key is ever passed over in silence.

#include <cstdint>
#include <functional>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "scenarios/model.h"
#include "scenarios/source.h"
#include "scenarios/suggest.h"

namespace tflab::scenario {

struct Key {
  enum Use : std::uint8_t { optional, required, refused };
  std::string_view name;
  Use use = optional;
};

template <class E>
struct Choice {
  std::string_view name;
  E value;
};

inline constexpr std::string_view not_supported = "not supported by this version";

class Node {
public:
  Node(const Json& json, std::string pointer, Faults& faults)
      : json_{&json}, pointer_{std::move(pointer)}, faults_{&faults} {}

  const Json& json() const { return *json_; }
  const std::string& pointer() const { return pointer_; }
  Faults& faults() const { return *faults_; }
  std::string name() const;  // last part of the pointer, unescaped

  void fault(std::string message) const { faults_->add(pointer_, std::move(message)); }
  void key_fault(std::string message) const {
    faults_->add(pointer_, std::move(message), Sources::Of::key);
  }

  // Is this an object, and are its keys those of the table? Only the first decides the answer.
  bool object(std::span<const Key> keys) const;
  std::optional<Node> at(std::string_view key) const;
  // Members of an object of names, elements of an array; nothing but a fault for anything else.
  std::vector<Node> members(std::string_view what) const;
  std::vector<Node> elements(std::string_view what) const;

  std::optional<std::string> text() const;
  std::optional<bool> boolean() const;
  std::optional<double> number() const;
  std::optional<std::uint64_t> integer(std::uint64_t least, std::uint64_t most) const;
  std::optional<Duration> duration() const;
  std::optional<std::uint64_t> rate() const;
  std::optional<Ip4> ip4() const;
  std::optional<IpAddr> ip() const;
  std::optional<IpPrefix> prefix() const;
  std::optional<Mac> mac() const;
  std::optional<RouteTarget> target() const;
  std::optional<Asn> autonomous_system() const;

  template <class E>
  std::optional<E> one_of(std::span<const Choice<E>> choices,
                          std::span<const std::string_view> refused = {}) const {
    const auto word = text();
    if (!word) return {};
    std::vector<std::string_view> names;
    for (const Choice<E>& choice : choices) {
      if (choice.name == *word) return choice.value;
      names.push_back(choice.name);
    }
    wrong_word(*word, names, refused);
    return {};
  }

private:
  void wrong_type(std::string_view wanted) const;
  void wrong_word(std::string_view word, std::span<const std::string_view> known,
                  std::span<const std::string_view> refused) const;

  const Json* json_;
  std::string pointer_;
  Faults* faults_;
};

// node[key] through `read` into `into`, when there is such a key and it is right.
template <class T, class Read>
void take(const Node& node, std::string_view key, T& into, Read read) {
  if (const auto value = node.at(key))
    if (auto got = std::invoke(read, *value)) into = static_cast<T>(std::move(*got));
}

template <std::uint64_t least, std::uint64_t most>
std::optional<std::uint64_t> integer(const Node& node) {
  return node.integer(least, most);
}

// [A-Za-z0-9_][A-Za-z0-9_.-]{0,most-1}: safe as a file, namespace and command line word.
bool good_name(std::string_view name, std::size_t most);

}  // namespace tflab::scenario
