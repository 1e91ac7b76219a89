#include "control-core/introspect/xml_in.h"

#include <charconv>

#include "control-core/base/xml.h"

namespace tflab::introspect {
namespace {

using xml::Element;

std::string attribute_of(const Element& element, std::string_view name) {
  const std::string* value = element.attribute(name);
  return value ? *value : std::string{};
}

int identifier_of(const Element& element) {
  const std::string text = attribute_of(element, "identifier");
  int value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

Tree field_from(const Element& element);

// A value in a list or in a struct field: named here, typed by its parent.
Tree value_from(const Element& element, const std::string& type) {
  Tree value{element.name, type};
  if (element.children.empty()) value.text = element.text;
  for (const Element& field : element.children) value.children.push_back(field_from(field));
  return value;
}

// The element around a list's elements is <list>, <set> or <map>; some fields hold two of them.
void read_elements(const Element& field, Tree& list) {
  list.type = "list";
  for (const Element& inner : field.children) {
    list.text = attribute_of(inner, inner.name == "map" ? "value" : "type");
    for (const Element& element : inner.children)
      list.children.push_back(value_from(element, list.text));
  }
}

Tree field_from(const Element& element) {
  Tree tree{element.name, attribute_of(element, "type"), identifier_of(element)};
  tree.link = attribute_of(element, "link");
  tree.link_title = attribute_of(element, "link_title");
  if (tree.type == "list" || tree.type == "set" || tree.type == "map") {
    read_elements(element, tree);
    return tree;
  }
  if (element.children.empty()) tree.text = element.text;
  const bool holds_value = tree.type == "struct";
  for (const Element& child : element.children)
    tree.children.push_back(holds_value ? value_from(child, "struct") : field_from(child));
  return tree;
}

}  // namespace

Result<Tree> from_xml(std::string_view text) {
  auto root = xml::parse(text);
  if (!root) return Refusal{"not an introspect page: " + root.why()};
  return field_from(*root);
}

}  // namespace tflab::introspect
