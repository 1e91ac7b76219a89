#pragma once
// XML as we meet it: a stream that never ends (XMPP) and pages that do (introspect). The reader
// turns bytes, however they are cut, into small element trees under hard limits. It knows nothing
// of entities and document types: both are refused before they can mean anything. The writer makes
// ASCII and escapes whatever could be taken for markup.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "control-core/base/result.h"
#include "vrouter-core/base/reader.h"

namespace tflab::xml {

struct Attribute {
  std::string name, value;
  friend bool operator==(const Attribute&, const Attribute&) = default;
};

// Names are without prefix; attributes with a prefix (xml:lang, xmlns) are not kept.
struct Element {
  std::string name;
  std::vector<Attribute> attributes;
  std::string text;  // what stands directly inside, children left out
  std::vector<Element> children;
  friend bool operator==(const Element&, const Element&) = default;

  const std::string* attribute(std::string_view wanted) const;  // nullptr: not there
  const Element* child(std::string_view wanted) const;
  const Element* find(std::string_view wanted) const;  // anywhere below, depth first
};
std::string_view trimmed(std::string_view text);  // without XML white space at both ends

// RFC 6120 section 13.12 wants stanzas of 10,000 bytes accepted; ours are larger with many paths.
struct Limits {
  std::size_t stanza = 512 * 1024;  // bytes from one stanza's end to the next one's
  std::size_t tag = 16 * 1024;      // one tag, comment or instruction
  std::size_t depth = 64;
  std::size_t attributes = 64;    // of one element
  std::size_t elements = 20'000;  // of one stanza
};

// Why a reader gave up, in the words of RFC 6120 section 4.9.3.
enum class Fault : std::uint8_t {
  not_well_formed,
  restricted_xml,
  unsupported_encoding,
  policy_violation
};

struct Opened {
  Element root;            // of the stream, without children
  std::string name_space;  // what its prefix stands for
};
struct Stanza {
  Element element;
};
struct Text {
  std::string text;  // between stanzas
};
struct Closed {};  // the stream's end tag
struct Broken {
  Fault fault;
  std::string why;
};
using Event = std::variant<Opened, Stanza, Text, Closed, Broken>;

// Bytes in, events out. After Closed or Broken it takes no more. Comments are skipped, since the
// original skips them; instructions and document types are not.
class StreamReader {
public:
  explicit StreamReader(Limits limits = {});
  ~StreamReader();
  StreamReader(StreamReader&&) noexcept;
  StreamReader& operator=(StreamReader&&) noexcept;

  void push(Bytes bytes);
  std::optional<Event> poll();

  // Is nothing known of the stanza that is being read but its own tag, to the last byte?
  bool just_opened_stanza() const;
  // Has every stanza that began also ended, and was all of it told?
  bool between_stanzas() const;
  // Nothing is expected for a while: between stanzas it then takes no memory for a parser.
  void rest();

private:
  friend class DocumentReader;
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// Reads whole documents, one after the other, with one parser; instructions are skipped.
inline constexpr Limits document_limits{
    .stanza = 256u << 20, .tag = 64 * 1024, .elements = 8u << 20};
class DocumentReader {
public:
  explicit DocumentReader(const Limits& limits = document_limits);
  ~DocumentReader();
  DocumentReader(const DocumentReader&) = delete;
  DocumentReader& operator=(const DocumentReader&) = delete;

  Result<Element> read(std::string_view document);

private:
  std::unique_ptr<StreamReader::Impl> impl_;
};
Result<Element> parse(std::string_view document, const Limits& limits = document_limits);

// Appends to a string. Names must outlive the element they open.
class Writer {
public:
  explicit Writer(std::string& out) : out_{out} {}
  Writer& open(std::string_view name);
  Writer& attribute(std::string_view name, std::string_view value);  // right after open()
  Writer& text(std::string_view text);
  Writer& written(std::string_view elements);        // by another Writer
  Writer& close();                                   // an end tag, even for an empty element
  Writer& close_empty(std::string_view end = "/>");  // right after open() and attribute()
  Writer& leaf(std::string_view name, std::string_view text);

private:
  void finish_tag();

  std::string& out_;
  std::vector<std::string_view> open_;
  bool in_tag_ = false;
};

// & < > " ' as entities, UTF-8 as numbers, what XML cannot say at all as a question mark.
void append_escaped(std::string& out, std::string_view text);

}  // namespace tflab::xml
