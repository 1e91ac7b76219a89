#pragma once
// Values to JSON and back, guided by the tables of fields.h. Reading refuses what it does not know:
// a recording or a case that is only half understood would be a false witness.

#include <array>
#include <concepts>
#include <cstddef>
#include <map>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>
#include <variant>
#include <vector>

#include <nlohmann/json.hpp>

#include "control-core/base/shared.h"
#include "control-core/base/stream.h"
#include "control-core/base/text.h"
#include "control-core/types/community.h"
#include "control-core/types/family.h"
#include "control-core/types/rd.h"
#include "recording/fields.h"
#include "recording/hex.h"
#include "vrouter-core/base/addr.h"
#include "vrouter-core/base/hash_fields.h"
#include "vrouter-core/base/instant.h"

namespace tflab::recording {

using Json = nlohmann::ordered_json;

// What cannot be read, with the way to it: "op.prefix: not a prefix: \"10.0.0.0\"".
class Unreadable : public std::runtime_error {
public:
  using std::runtime_error::runtime_error;
};

// ---------------------------------------------------------------------------- text forms

template <class T>
struct Text {};
// clang-format off
template <> struct Text<Ip4> { static auto parse(std::string_view s) { return parse_ip4(s); } static constexpr auto what = "an IPv4 address"; };
template <> struct Text<IpAddr> { static auto parse(std::string_view s) { return parse_ip(s); } static constexpr auto what = "an address"; };
template <> struct Text<IpPrefix> { static auto parse(std::string_view s) { return parse_prefix(s); } static constexpr auto what = "a prefix"; };
template <> struct Text<Mac> { static auto parse(std::string_view s) { return parse_mac(s); } static constexpr auto what = "a MAC address"; };
template <> struct Text<RouteDistinguisher> { static auto parse(std::string_view s) { return parse_rd(s); } static constexpr auto what = "a route distinguisher"; };
template <> struct Text<RouteTarget> { static auto parse(std::string_view s) { return parse_target(s); } static constexpr auto what = "a route target"; };
template <> struct Text<Encap> { static auto parse(std::string_view s) { return parse_encap(s); } static constexpr auto what = "an encapsulation"; };
// clang-format on
template <class T>
concept HasText = requires(std::string_view s) {
  Text<T>::parse(s);
};

template <class T>
concept HasNames = requires {
  Names<T>::list;
};

inline constexpr Bit hash_field_bits[] = {{hash_protocol, "ip-protocol"},
                                          {hash_src_ip, "source-ip"},
                                          {hash_src_port, "source-port"},
                                          {hash_dst_ip, "destination-ip"},
                                          {hash_dst_port, "destination-port"}};

// ---------------------------------------------------------------------------- writing

template <class T>
Json write(const T& value);
template <class... Kinds>
Json write_kind(const char* key, const std::variant<Kinds...>& value);

template <class E>
Json write_name(E value) {
  for (const auto& [known, name] : Names<E>::list)
    if (known == value) return name;
  return static_cast<std::uint64_t>(value);
}

template <class Kind>
inline constexpr bool is_key = false;
template <class Owner, class Value>
inline constexpr bool is_key<Key<Owner, Value>> = true;

inline Json write_bits(std::uint32_t value, std::span<const Bit> bits) {
  Json list = Json::array();
  for (const Bit& bit : bits)
    if ((value & bit.value) == bit.value) {
      list.push_back(bit.name);
      value &= ~bit.value;
    }
  if (value != 0) list.push_back(value);
  return list;
}

template <class T>
void write_fields(Json& into, const T& value) {
  static_assert(Complete<T>, "the table in Fields<T> must name every member of T");
  const T fresh{};
  const auto one = [&]<class Kind>(const Kind& field) {
    if constexpr (requires { typename Kind::base; })
      write_fields(into, static_cast<const typename Kind::base&>(value));
    else if constexpr (requires { field.written; }) {
      if (!(value.*field.member).empty()) into[field.name] = field.written;
    } else if constexpr (requires { field.bits; }) {
      if (value.*field.member != fresh.*field.member)
        into[field.name] = write_bits(value.*field.member, field.bits);
    } else if (is_key<Kind> || !(value.*field.member == fresh.*field.member)) {
      into[field.name] = write(value.*field.member);
    }
  };
  std::apply([&](const auto&... field) { (one(field), ...); }, Fields<T>::list);
}

template <class T>
struct IsOptional : std::false_type {};
template <class T>
struct IsOptional<std::optional<T>> : std::true_type {};
template <class T>
struct IsShared : std::false_type {};
template <class T>
struct IsShared<Shared<T>> : std::true_type {};
template <class T>
struct IsVariant : std::false_type {};
template <class... T>
struct IsVariant<std::variant<T...>> : std::true_type {};

using Octets = std::vector<std::byte>;

template <class T>
Json write(const T& value) {
  if constexpr (std::same_as<T, bool> || std::integral<T> || std::same_as<T, std::string>)
    return value;
  else if constexpr (std::same_as<T, Octets>)
    return to_hex(value);
  else if constexpr (std::same_as<T, SharedBytes>)
    return to_hex(*value);
  else if constexpr (std::same_as<T, Family>)
    return row_of(value).config;
  else if constexpr (HasText<T>)
    return to_text(value);
  else if constexpr (HasNames<T>)
    return write_name(value);
  else if constexpr (requires { value.raw(); })
    return value.raw();
  else if constexpr (requires { value.ns; })
    return value.ns;
  else if constexpr (IsOptional<T>::value)
    return value ? write(*value) : Json{};
  else if constexpr (IsShared<T>::value)
    return write(*value);
  else if constexpr (IsVariant<T>::value)
    return write_kind("op", value);
  else if constexpr (HasFields<T>) {
    Json object = Json::object();
    write_fields(object, value);
    return object;
  } else if constexpr (requires { typename T::mapped_type; }) {
    Json object = Json::object();
    for (const auto& [key, one] : value) object[key] = write(one);
    return object;
  } else {
    Json list = Json::array();
    for (const auto& one : value) list.push_back(write(one));
    return list;
  }
}

// One of several kinds of struct: {"op": "set-vrf", "vrf": 1}.
template <class... Kinds>
Json write_kind(const char* key, const std::variant<Kinds...>& value) {
  return std::visit(
      [&]<class Kind>(const Kind& one) {
        Json object{{key, Fields<Kind>::name}};
        write_fields(object, one);
        return object;
      },
      value);
}

// ---------------------------------------------------------------------------- reading

template <class T>
void read(const Json& json, T& into);
template <class... Kinds>
void read_kind(const char* key, const Json& json, std::variant<Kinds...>& into);

[[noreturn]] inline void not_a(const char* what, const Json& json) {
  throw Unreadable{std::string{"not "} + what + ": " + json.dump()};
}

// Reads at a place; a fault inside is told with the way to it.
template <class Read>
void at(const std::string& place, Read read_it) {
  try {
    read_it();
  } catch (const Unreadable& fault) {
    const std::string what = fault.what();
    const char* between = what.starts_with("not ") ? ": " : what.starts_with("[") ? "" : ".";
    throw Unreadable{place + between + what};
  }
}

template <class Number>
void read_number(const Json& json, Number& into) {
  if (!json.is_number_integer()) not_a("a number", json);
  const bool fits = json.is_number_unsigned()
                        ? std::in_range<Number>(json.template get<std::uint64_t>())
                        : std::in_range<Number>(json.template get<std::int64_t>());
  if (!fits) not_a("a number that fits", json);
  into = json.template get<Number>();
}

template <class E>
void read_name(const Json& json, E& into) {
  if (!json.is_string()) not_a("a name", json);
  for (const auto& [value, name] : Names<E>::list)
    if (json.get_ref<const std::string&>() == name) {
      into = value;
      return;
    }
  not_a("a name known here", json);
}

template <class Value>
void read_bits(const Json& json, std::span<const Bit> bits, Value& into) {
  if (!json.is_array()) not_a("a list of flags", json);
  std::uint64_t all = 0;
  for (const Json& one : json) {
    if (one.is_number_unsigned()) {
      all |= one.get<std::uint64_t>();
      continue;
    }
    const auto known = std::find_if(bits.begin(), bits.end(), [&](const Bit& bit) {
      return one.is_string() && one.get_ref<const std::string&>() == bit.name;
    });
    if (known == bits.end()) not_a("a flag known here", one);
    all |= known->value;
  }
  if (!std::in_range<Value>(all)) not_a("flags that fit", json);
  into = static_cast<Value>(all);
}

template <class T>
bool knows(std::string_view key) {
  const auto one = [&]<class Kind>(const Kind& field) {
    if constexpr (requires { typename Kind::base; })
      return knows<typename Kind::base>(key);
    else
      return key == field.name;
  };
  return std::apply([&](const auto&... field) { return (one(field) || ...); }, Fields<T>::list);
}

template <class T>
void read_members(const Json& json, T& into) {
  static_assert(Complete<T>, "the table in Fields<T> must name every member of T");
  const auto one = [&]<class Kind>(const Kind& field) {
    if constexpr (requires { typename Kind::base; }) {
      read_members(json, static_cast<typename Kind::base&>(into));
    } else if (const auto found = json.find(field.name); found == json.end()) {
      if (is_key<Kind>)
        throw Unreadable{std::string{"not complete: \""} + field.name + "\" is missing"};
    } else {
      at(field.name, [&] {
        if constexpr (requires { field.bits; })
          read_bits(*found, field.bits, into.*field.member);
        else
          read(*found, into.*field.member);
      });
    }
  };
  std::apply([&](const auto&... field) { (one(field), ...); }, Fields<T>::list);
}

// `ignored` is the key that tells the kind and is no member.
template <class T>
void read_fields(const Json& json, T& into, std::string_view ignored = {}) {
  if (!json.is_object()) not_a("an object", json);
  read_members(json, into);
  for (const auto& [key, value] : json.items())
    if (key != ignored && !knows<T>(key)) throw Unreadable{"not known here: \"" + key + "\""};
}

template <class T>
void read_list(const Json& json, T& into) {
  if (!json.is_array()) not_a("a list", json);
  std::size_t n = 0;
  for (const Json& element : json) {
    at("[" + std::to_string(n) + "]", [&] {
      if constexpr (requires { into.emplace_back(); }) {
        read(element, into.emplace_back());
      } else {
        if (n >= into.size()) throw Unreadable{"not expected: one too many"};
        read(element, into[n]);
      }
    });
    ++n;
  }
}

inline Octets read_octets(const Json& json) {
  auto octets = json.is_string() ? from_hex(json.get_ref<const std::string&>()) : std::nullopt;
  if (!octets) not_a("octets in hex", json);
  return *std::move(octets);
}

template <class T>
void read(const Json& json, T& into) {
  if constexpr (std::same_as<T, bool>) {
    if (!json.is_boolean()) not_a("true or false", json);
    into = json.get<bool>();
  } else if constexpr (std::integral<T>) {
    read_number(json, into);
  } else if constexpr (std::same_as<T, std::string>) {
    if (!json.is_string()) not_a("text", json);
    into = json.get<std::string>();
  } else if constexpr (std::same_as<T, Octets>) {
    into = read_octets(json);
  } else if constexpr (std::same_as<T, SharedBytes>) {
    into = std::make_shared<const Octets>(read_octets(json));
  } else if constexpr (std::same_as<T, Family>) {
    const auto family =
        json.is_string() ? family_of_config(json.get_ref<const std::string&>()) : std::nullopt;
    if (!family) not_a("an address family", json);
    into = *family;
  } else if constexpr (HasText<T>) {
    const auto value = json.is_string() ? Text<T>::parse(json.get_ref<const std::string&>())
                                        : decltype(Text<T>::parse("")){};
    if (!value) not_a(Text<T>::what, json);
    into = *value;
  } else if constexpr (HasNames<T>) {
    read_name(json, into);
  } else if constexpr (requires { into.raw(); }) {
    auto raw = into.raw();
    read_number(json, raw);
    if constexpr (std::same_as<T, Label>)
      if (!Label::fits(raw)) not_a("a label", json);
    into = T{raw};
  } else if constexpr (requires { into.ns; }) {
    read_number(json, into.ns);
  } else if constexpr (IsOptional<T>::value) {
    if (json.is_null())
      into.reset();
    else
      read(json, into.emplace());
  } else if constexpr (IsShared<T>::value) {
    std::remove_cvref_t<decltype(*into)> what;
    read(json, what);
    into = T{std::move(what)};
  } else if constexpr (IsVariant<T>::value) {
    read_kind("op", json, into);
  } else if constexpr (HasFields<T>) {
    read_fields(json, into);
  } else if constexpr (requires { typename T::mapped_type; }) {
    if (!json.is_object()) not_a("an object", json);
    for (const auto& [key, value] : json.items()) at(key, [&] { read(value, into[key]); });
  } else if constexpr (requires { typename T::key_type; }) {
    std::vector<typename T::key_type> list;
    read_list(json, list);
    into = T(list.begin(), list.end());
  } else {
    read_list(json, into);
  }
}

template <class... Kinds>
void read_kind(const char* key, const Json& json, std::variant<Kinds...>& into) {
  if (!json.is_object() || !json.contains(key))
    not_a((std::string{"an object with \""} + key + '"').c_str(), json);
  const Json& kind = json[key];
  const auto try_one = [&]<class Kind>(std::type_identity<Kind>) {
    if (kind != Fields<Kind>::name) return false;
    Kind value{};
    at(Fields<Kind>::name, [&] { read_fields(json, value, key); });
    into = std::move(value);
    return true;
  };
  if (!(try_one(std::type_identity<Kinds>{}) || ...)) not_a("a kind known here", kind);
}

}  // namespace tflab::recording
