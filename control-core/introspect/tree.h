#pragma once
// The answer to a question about the inside of a node, before it is XML or anything else: one
// self-describing tree, as the original's introspect pages are made of. No page is made here.

#include <concepts>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "vrouter-core/base/instant.h"

namespace tflab::introspect {

// A self-describing value. What it is follows from `type`:
//   string bool i32 u32 u64 double   a scalar field, or an element of a list of scalars
//   struct                           with an identifier: a field around one struct value (its only
//                                    child); without: a struct value, children are its fields
//   list                             children are the elements, `text` is the type of each
//   sandesh, slist                   the root of a page; a page made of several sandesh
struct Tree {
  std::string name;              // element name
  std::string type;              // string bool i32 u32 u64 double struct list sandesh slist
  int identifier = 0;            // IDL number; 0: no attribute
  std::string text{};            // scalars; of a list: the type of its elements
  std::string link{};            // other request this value leads to; empty: none
  std::vector<Tree> children{};  // fields, or elements of a list
  std::string link_title{};      // what the original calls the link; most have none
  friend bool operator==(const Tree&, const Tree&) = default;
};

// Scalar fields.
Tree string_of(std::string name, int identifier, std::string text);
Tree bool_of(std::string name, int identifier, bool value);
Tree i32_of(std::string name, int identifier, std::int32_t value);
Tree u32_of(std::string name, int identifier, std::uint32_t value);
Tree u64_of(std::string name, int identifier, std::uint64_t value);
// The same field, leading to another request: linked(string_of(...), "ShowRouteReq").
Tree linked(Tree field, std::string request, std::string title = {});

// Fields of a struct, in order. Written in braces like a vector, but moved, not copied.
struct Fields {
  template <std::same_as<Tree>... Each>
  Fields(Each... each) {
    all.reserve(sizeof...(each));
    (all.push_back(std::move(each)), ...);
  }
  Fields(std::vector<Tree> fields) : all{std::move(fields)} {}
  std::vector<Tree> all;
};
// A struct value, to be an element of a list or the content of a struct field.
Tree struct_of(std::string name, Fields fields);
Tree struct_field(std::string name, int identifier, Tree value);
Tree list_of_structs(std::string name, int identifier, std::vector<Tree> values);
Tree list_of_strings(std::string name, int identifier, const std::vector<std::string>& values);

// Roots: one sandesh, or several in "__<first>_list".
Tree page(std::string name, Fields fields);
Tree pages(std::vector<Tree> several);

// Looking into a tree as the XPath //name does: the tree itself and all below, in document order.
const Tree* find(const Tree& tree, std::string_view name);  // nullptr: none
std::vector<const Tree*> all(const Tree& tree, std::string_view name);
// The text of a direct child; empty if there is no such child.
std::string_view text_of(const Tree& tree, std::string_view name);

using Query = std::vector<std::pair<std::string, std::string>>;  // as asked, URL-decoded

struct PageRequest {
  std::string name;  // without Snh_: "ShowRouteReq"
  Query query{};
  Instant now{};
  std::int64_t utc_ns_at_zero = 0;  // wall clock of Instant zero, for texts only
};

// 2019-Apr-13 01:41:18.023211: UTC, always six digits of fraction, without which ist.py dies.
std::string timestamp(const PageRequest& request, Instant when);

}  // namespace tflab::introspect
