#pragma once
// Which members a struct has and what they are called in JSON: one table a struct, read by writer
// and reader alike. A member that is missing in its table does not compile.

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <tuple>

namespace tflab::recording {

// Always written, and must be there when read.
template <class Owner, class Value>
struct Key {
  const char* name;
  Value Owner::*member;
};
// Left out while it has the value of a fresh struct.
template <class Owner, class Value>
struct Field {
  const char* name;
  Value Owner::*member;
};
// A text that nobody may read in a recording: whether there is one is all that is written.
template <class Owner, class Value>
struct Secret {
  const char* name;
  Value Owner::*member;
  static constexpr const char* written = "hidden";
};
// The members of a base class, as if they were the struct's own.
template <class Base>
struct Inherited {
  using base = Base;
};
// Bits with names, written as a list of them; a bit without a name is written as its number.
struct Bit {
  std::uint32_t value;
  std::string_view name;
};
template <class Owner, class Value>
struct Flags {
  const char* name;
  Value Owner::*member;
  std::span<const Bit> bits;
};

// Specialised a struct: `name`, how the kind is called where several are possible, and `list`.
template <class T>
struct Fields {};
template <class T>
concept HasFields = requires {
  Fields<T>::list;
};

// Specialised an enum: `list` of values and names.
template <class E>
struct Names {};
template <class E>
struct NameOf {
  E value;
  std::string_view name;
};

// How many members an aggregate has: as many as it takes initialisers. A base class counts as one.
struct Anything {
  template <class T>
  operator T() const;
};
template <class T, class... Given>
consteval std::size_t members() {
  if constexpr (requires { T{Given{}..., Anything{}}; })
    return members<T, Given..., Anything>();
  else
    return sizeof...(Given);
}
template <class T>
concept Complete = std::tuple_size_v<decltype(Fields<T>::list)>
== members<T>();

}  // namespace tflab::recording
