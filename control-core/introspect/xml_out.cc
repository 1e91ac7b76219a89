#include "control-core/introspect/xml_out.h"

#include "control-core/base/xml.h"

namespace tflab::introspect {
namespace {

using xml::Writer;

void write_field(Writer& out, const Tree& tree);

// What stands in a list or in a struct field has no attributes: its parent says what it is.
void write_value(Writer& out, const Tree& tree) {
  out.open(tree.name);
  if (tree.children.empty()) out.text(tree.text);
  for (const Tree& field : tree.children) write_field(out, field);
  out.close();
}

// ist.py reads the inner element's size, so an empty list needs it too.
void write_list(Writer& out, const Tree& list) {
  out.open("list").attribute("type", list.text.empty() ? "struct" : list.text);
  out.attribute("size", std::to_string(list.children.size()));
  for (const Tree& element : list.children) write_value(out, element);
  out.close();
}

void write_content(Writer& out, const Tree& tree) {
  if (tree.type == "list") return write_list(out, tree);
  if (tree.children.empty()) out.text(tree.text);
  for (const Tree& child : tree.children)
    tree.type == "struct" ? write_value(out, child) : write_field(out, child);
}

void write_field(Writer& out, const Tree& tree) {
  out.open(tree.name).attribute("type", tree.type);
  if (tree.identifier != 0) out.attribute("identifier", std::to_string(tree.identifier));
  if (!tree.link.empty()) out.attribute("link", tree.link);
  if (!tree.link_title.empty()) out.attribute("link_title", tree.link_title);
  write_content(out, tree);
  out.close();
}

}  // namespace

std::string to_xml(const Tree& page) {
  std::string out = R"(<?xml-stylesheet type="text/xsl" href="/universal_parse.xsl"?>)";
  Writer writer{out};
  write_field(writer, page);
  return out;
}

}  // namespace tflab::introspect
