#include "control-core/base/xml.h"

#include <expat.h>

#include <algorithm>
#include <array>
#include <cassert>
#include <span>
#include <utility>

#include "control-core/base/outbox.h"

namespace tflab::xml {
namespace {

constexpr char separator = '\n';     // between namespace and name; expat refuses it inside either
constexpr std::size_t slice = 4096;  // bytes given to expat before the limits are looked at again
constexpr std::size_t recycle = 4u << 20;

std::string_view local_part(std::string_view name) {
  return name.substr(name.find(separator) + 1);  // npos + 1 is 0
}
std::string_view name_space_of(std::string_view name) {
  const auto end = name.find(separator);
  return end == name.npos ? std::string_view{} : name.substr(0, end);
}

bool same_ignoring_case(std::string_view a, std::string_view b) {
  return std::ranges::equal(a, b, {}, [](char c) { return c >= 'A' && c <= 'Z' ? c + 32 : c; });
}

// No UTF-8 text holds these, and every UTF-16 or UTF-32 text of ours would.
bool foreign(std::byte b) {
  return b == std::byte{0x00} || b == std::byte{0xfe} || b == std::byte{0xff};
}

// Later expats wait for more bytes before they look at half a tag again. Our tags are limited and
// a stanza must not wait for the next one, so this is switched off where it exists.
template <class Parser>
void look_at_once(Parser parser) {
  if constexpr (requires { XML_SetReparseDeferralEnabled(parser, XML_FALSE); })
    XML_SetReparseDeferralEnabled(parser, XML_FALSE);
}

Fault fault_of(XML_Error code) {
  switch (code) {
    case XML_ERROR_UNKNOWN_ENCODING:
    case XML_ERROR_INCORRECT_ENCODING:
      return Fault::unsupported_encoding;
    case XML_ERROR_UNDEFINED_ENTITY:
      return Fault::restricted_xml;
    default:
      return Fault::not_well_formed;
  }
}

struct ParserEnd {
  void operator()(XML_Parser parser) const { XML_ParserFree(parser); }
};
using ParserPtr = std::unique_ptr<XML_ParserStruct, ParserEnd>;

}  // namespace

const std::string* Element::attribute(std::string_view wanted) const {
  for (const Attribute& a : attributes)
    if (a.name == wanted) return &a.value;
  return nullptr;
}

const Element* Element::child(std::string_view wanted) const {
  for (const Element& e : children)
    if (e.name == wanted) return &e;
  return nullptr;
}

const Element* Element::find(std::string_view wanted) const {
  for (const Element& e : children) {
    if (e.name == wanted) return &e;
    if (const Element* deeper = e.find(wanted)) return deeper;
  }
  return nullptr;
}

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view white = " \t\r\n";
  const auto first = text.find_first_not_of(white);
  if (first == text.npos) return {};
  return text.substr(first, text.find_last_not_of(white) - first + 1);
}

// One expat parser and the elements it has open. It takes 12 KB and keeps every name it has ever
// seen. So a stream that has had its root, or text instead of stanzas, has none; the next one is
// told the root's tag again. On a stream with much to say it is replaced now and then.
struct StreamReader::Impl {
  enum class Kind : std::uint8_t { stream, document };

  Impl(Kind kind_wanted, const Limits& wanted) : kind{kind_wanted}, limits{wanted} { renew(); }

  Kind kind;
  Limits limits;
  ParserPtr parser;  // none: a stream at rest
  Outbox<Event> events;
  bool told_stanza = false;      // last
  std::vector<Element> open;     // the stanza and what is open inside it
  std::string prefix, root_tag;  // what was read up to the root; the root's own tag
  std::string root_name;
  std::size_t depth = 0, elements = 0;
  std::size_t given = 0, boundary = 0;  // bytes of this parser: given to it, up to the last stanza
  bool verbatim = false;                // inside <![CDATA[
  bool replaying = false, renewing = false, over = false;

  bool all_read() const {
    return !parser || given == static_cast<std::size_t>(XML_GetCurrentByteIndex(parser.get()));
  }
  bool at_rest() const {
    return !over && kind == Kind::stream && depth == 1 && !verbatim && all_read();
  }
  std::size_t stanza_depth() const { return kind == Kind::stream ? 2 : 1; }

  void renew() {
    // UTF-8 whatever a declaration says; what it says is checked in on_declaration.
    const bool old = parser && XML_ParserReset(parser.get(), "UTF-8") == XML_TRUE;
    if (!old) parser.reset(XML_ParserCreateNS("UTF-8", separator));
    assert(parser);
    // A core draws no random numbers. Names are few per parser, so nothing is won by guessing it.
    XML_SetHashSalt(parser.get(), 0x7466'6c61'62ul);
    look_at_once(parser.get());
    XML_SetUserData(parser.get(), this);
    XML_SetElementHandler(parser.get(), on_start, on_end);
    XML_SetCharacterDataHandler(parser.get(), on_text);
    XML_SetCdataSectionHandler(parser.get(), on_verbatim, on_verbatim_end);
    XML_SetCommentHandler(parser.get(), on_comment);
    XML_SetProcessingInstructionHandler(parser.get(), on_instruction);
    XML_SetXmlDeclHandler(parser.get(), on_declaration);
    XML_SetStartDoctypeDeclHandler(parser.get(), on_doctype);
    given = boundary = 0;
  }

  void begin_document() {
    renew();
    events = {};
    open.clear();
    depth = elements = 0;
    verbatim = over = false;
  }

  void replace() {
    renewing = false;
    renew();
    depth = 0;
    replaying = true;
    XML_Parse(parser.get(), root_tag.data(), static_cast<int>(root_tag.size()), XML_FALSE);
    replaying = false;
    given = boundary = root_tag.size();
  }

  void fail(Fault fault, std::string why) {
    if (over) return;
    over = true;
    tell(Broken{fault, std::move(why)});
    if (parser) XML_StopParser(parser.get(), XML_FALSE);
  }

  void push_checked(Bytes bytes) {
    const auto bad = std::ranges::find_if(bytes, foreign);
    push({reinterpret_cast<const char*>(bytes.data()),
          static_cast<std::size_t>(bad - bytes.begin())});
    if (bad != bytes.end()) fail(Fault::unsupported_encoding, "bytes that are not UTF-8");
  }

  void push(std::string_view bytes) {
    while (!bytes.empty() && !over) {
      const std::string_view piece = bytes.substr(0, slice);
      if (!parser) replace();
      const std::size_t before = given;
      give(piece);
      if (over) return;
      std::size_t taken = piece.size();
      if (renewing) {
        taken = boundary - before;
        replace();
      }
      bytes.remove_prefix(taken);
    }
    const bool silent = !events.empty() && !told_stanza;
    if (silent) rest();
  }

  // Most streams are silent most of the time, and thousands of them stand in one process.
  void rest() {
    if (!at_rest()) return;
    parser.reset();
    open = std::vector<Element>{};
  }

  void tell(Event event) {
    told_stanza = std::holds_alternative<Stanza>(event);
    events.put(std::move(event));
  }

  void give(std::string_view piece) {
    given += piece.size();
    if (kind == Kind::stream && root_tag.empty()) prefix += piece;
    const auto status =
        XML_Parse(parser.get(), piece.data(), static_cast<int>(piece.size()), XML_FALSE);
    if (over || renewing) return;
    if (status != XML_STATUS_OK) return complain();
    const auto used = static_cast<std::size_t>(XML_GetCurrentByteIndex(parser.get()));
    if (given - std::min(given, used) > limits.tag)
      return fail(Fault::policy_violation, "tag too long");
    if (given - boundary > limits.stanza) fail(Fault::policy_violation, "stanza too long");
  }

  void finish() {
    if (over) return;
    if (XML_Parse(parser.get(), "", 0, XML_TRUE) != XML_STATUS_OK) complain();
  }

  void complain() {
    const XML_Error code = XML_GetErrorCode(parser.get());
    fail(fault_of(code), XML_ErrorString(code));
  }

  // How far the event that is being told reaches.
  std::size_t event_end() const {
    return static_cast<std::size_t>(XML_GetCurrentByteIndex(parser.get())) +
           static_cast<std::size_t>(XML_GetCurrentByteCount(parser.get()));
  }
  bool within_limits() {
    const auto bytes = static_cast<std::size_t>(XML_GetCurrentByteCount(parser.get()));
    if (bytes > limits.tag)
      fail(Fault::policy_violation, "tag too long");
    else if (event_end() - boundary > limits.stanza)
      fail(Fault::policy_violation, "stanza too long");
    return !over;
  }

  void start(const char* name, const char** attributes) {
    ++depth;
    if (replaying || over || !within_limits()) return;
    if (kind == Kind::stream && depth == 2 && name == root_name)
      return fail(Fault::not_well_formed, "a stream inside the stream");
    if (depth > limits.depth) return fail(Fault::policy_violation, "elements too deep");
    if (++elements > limits.elements) return fail(Fault::policy_violation, "too many elements");
    Element element;
    element.name = local_part(name);
    if (!read_attributes(element, attributes)) return;
    if (depth >= stanza_depth()) return open.push_back(std::move(element));
    if (kind == Kind::stream) keep_root(name);
    tell(Opened{std::move(element), std::string{name_space_of(name)}});
  }

  bool read_attributes(Element& element, const char** attributes) {
    std::size_t n = 0;
    for (; *attributes; attributes += 2) {
      if (++n > limits.attributes) {
        fail(Fault::policy_violation, "too many attributes");
        return false;
      }
      if (name_space_of(attributes[0]).empty())
        element.attributes.push_back({attributes[0], attributes[1]});
    }
    return true;
  }

  void keep_root(const char* name) {
    root_name = name;
    const auto from = static_cast<std::size_t>(XML_GetCurrentByteIndex(parser.get()));
    root_tag = prefix.substr(from, event_end() - from);
    prefix = {};
    elements = 0;
    boundary = event_end();
  }

  void end() {
    if (over) return;
    if (--depth == 0 && kind == Kind::stream) {
      over = true;
      tell(Closed{});
      XML_StopParser(parser.get(), XML_FALSE);
      return;
    }
    if (!within_limits()) return;
    Element element = std::move(open.back());
    open.pop_back();
    if (!open.empty()) return open.back().children.push_back(std::move(element));
    tell(Stanza{std::move(element)});
    elements = 0;
    boundary = event_end();
    if (kind == Kind::stream && boundary > recycle) {
      renewing = true;
      XML_StopParser(parser.get(), XML_FALSE);
    }
  }

  void text(std::string_view piece) {
    if (replaying || over || renewing) return;
    if (!open.empty()) {
      open.back().text += piece;
      return;
    }
    boundary = event_end();
    tell(Text{std::string{piece}});
  }

  static Impl& of(void* self) { return *static_cast<Impl*>(self); }
  static void on_start(void* self, const char* name, const char** attributes) {
    of(self).start(name, attributes);
  }
  static void on_end(void* self, const char*) { of(self).end(); }
  static void on_text(void* self, const char* text, int size) {
    of(self).text({text, static_cast<std::size_t>(size)});
  }
  static void on_verbatim(void* self) { of(self).verbatim = true; }
  static void on_verbatim_end(void* self) { of(self).verbatim = false; }
  static void on_comment(void* self, const char*) {
    Impl& reader = of(self);
    if (reader.over || !reader.within_limits()) return;
    if (reader.depth == 1 && reader.open.empty()) reader.boundary = reader.event_end();
  }
  static void on_instruction(void* self, const char*, const char*) {
    if (of(self).kind == Kind::stream)
      of(self).fail(Fault::restricted_xml, "processing instruction");
  }
  static void on_doctype(void* self, const char*, const char*, const char*, int) {
    of(self).fail(Fault::restricted_xml, "document type declaration");
  }
  static void on_declaration(void* self, const char*, const char* encoding, int) {
    if (encoding && !same_ignoring_case(encoding, "utf-8") &&
        !same_ignoring_case(encoding, "us-ascii"))
      of(self).fail(Fault::unsupported_encoding, "encoding is not UTF-8");
  }
};

StreamReader::StreamReader(Limits limits)
    : impl_{std::make_unique<Impl>(Impl::Kind::stream, limits)} {}
bool StreamReader::just_opened_stanza() const {
  const Impl& reader = *impl_;
  if (reader.over || reader.open.size() != 1 || !reader.events.empty()) return false;
  const xml::Element& stanza = reader.open.back();
  return stanza.children.empty() && stanza.text.empty() && reader.all_read();
}
bool StreamReader::between_stanzas() const {
  const Impl& reader = *impl_;
  return reader.at_rest() && reader.events.empty();
}
void StreamReader::rest() {
  impl_->rest();
}
StreamReader::~StreamReader() = default;
// expat holds the address of what impl_ points to, which a move leaves where it is.
StreamReader::StreamReader(StreamReader&&) noexcept = default;
StreamReader& StreamReader::operator=(StreamReader&&) noexcept = default;

void StreamReader::push(Bytes bytes) {
  impl_->push_checked(bytes);
}

std::optional<Event> StreamReader::poll() {
  return impl_->events.poll();
}

DocumentReader::DocumentReader(const Limits& limits)
    : impl_{std::make_unique<StreamReader::Impl>(StreamReader::Impl::Kind::document, limits)} {}
DocumentReader::~DocumentReader() = default;

Result<Element> parse(std::string_view document, const Limits& limits) {
  return DocumentReader{limits}.read(document);
}

Result<Element> DocumentReader::read(std::string_view document) {
  StreamReader::Impl& reader = *impl_;
  reader.begin_document();
  reader.push_checked(std::as_bytes(std::span{document}));
  reader.finish();
  std::optional<Element> root;
  while (auto event = reader.events.poll()) {
    if (auto* broken = std::get_if<Broken>(&*event)) return Refusal{std::move(broken->why)};
    if (auto* stanza = std::get_if<Stanza>(&*event)) root = std::move(stanza->element);
  }
  assert(root);  // a document that ends well has a root
  return std::move(*root);
}

namespace {

struct Character {
  char32_t code = 0;
  std::size_t bytes = 0;  // 0: not UTF-8
};

// RFC 3629 section 4: no overlong forms, no surrogates, nothing above U+10FFFF.
Character decode(std::string_view text) {
  const auto octet = [&](std::size_t i) { return static_cast<std::uint8_t>(text[i]); };
  const std::uint8_t lead = octet(0);
  const std::size_t bytes = lead < 0x80   ? 1
                            : lead < 0xc2 ? 0
                            : lead < 0xe0 ? 2
                            : lead < 0xf0 ? 3
                            : lead < 0xf5 ? 4
                                          : 0;
  if (bytes == 0 || bytes > text.size()) return {};
  if (bytes == 1) return {lead, 1};
  char32_t code = lead & (0x7fu >> bytes);
  for (std::size_t i = 1; i < bytes; ++i) {
    if ((octet(i) & 0xc0) != 0x80) return {};
    code = code << 6 | (octet(i) & 0x3f);
  }
  const bool overlong = code < (bytes == 3 ? 0x800u : bytes == 4 ? 0x10000u : 0x80u);
  const bool forbidden =
      (code >= 0xd800 && code < 0xe000) || code > 0x10ffff || code == 0xfffe || code == 0xffff;
  return overlong || forbidden ? Character{} : Character{code, bytes};
}

// Of characters that are never written as they are; of others empty.
constexpr std::string_view entity_of(char32_t code) {
  switch (code) {
    case '&':
      return "&amp;";
    case '<':
      return "&lt;";
    case '>':
      return "&gt;";
    case '"':
      return "&quot;";
    case '\'':
      return "&apos;";
    default:
      return {};
  }
}

void append_character(std::string& out, char32_t code) {
  const bool white = code == '\t' || code == '\n' || code == '\r';
  if (const std::string_view entity = entity_of(code); !entity.empty())
    out += entity;
  else if (code >= 0x20 && code < 0x7f)
    out += static_cast<char>(code);
  else if (white || code > 0x7f)
    out += "&#" + std::to_string(static_cast<unsigned>(code)) + ';';
  else
    out += '?';  // XML 1.0 has no way to write other control characters
}

// Those that are written as they are, as nearly all are.
bool is_plain(char c) {
  constexpr auto plain = [] {
    std::array<bool, 256> out{};
    for (unsigned n = 0x20; n < 0x7f; ++n) out[n] = entity_of(n).empty();
    return out;
  }();
  return plain[static_cast<unsigned char>(c)];
}

}  // namespace

void append_escaped(std::string& out, std::string_view text) {
  while (true) {
    const auto first = std::ranges::find_if_not(text, is_plain) - text.begin();
    out += text.substr(0, static_cast<std::size_t>(first));
    text.remove_prefix(static_cast<std::size_t>(first));
    if (text.empty()) return;
    const Character next = decode(text);
    if (next.bytes == 0)
      out += '?';
    else
      append_character(out, next.code);
    text.remove_prefix(next.bytes == 0 ? 1 : next.bytes);
  }
}

void Writer::finish_tag() {
  if (in_tag_) out_ += '>';
  in_tag_ = false;
}

Writer& Writer::open(std::string_view name) {
  finish_tag();
  out_ += '<';
  out_ += name;
  open_.push_back(name);
  in_tag_ = true;
  return *this;
}

Writer& Writer::attribute(std::string_view name, std::string_view value) {
  assert(in_tag_);
  out_ += ' ';
  out_ += name;
  out_ += "=\"";
  append_escaped(out_, value);
  out_ += '"';
  return *this;
}

Writer& Writer::text(std::string_view text) {
  finish_tag();
  append_escaped(out_, text);
  return *this;
}

Writer& Writer::written(std::string_view elements) {
  finish_tag();
  out_ += elements;
  return *this;
}

Writer& Writer::close() {
  assert(!open_.empty());
  finish_tag();
  out_ += "</";
  out_ += open_.back();
  out_ += '>';
  open_.pop_back();
  return *this;
}

Writer& Writer::close_empty(std::string_view end) {
  assert(in_tag_);
  out_ += end;
  in_tag_ = false;
  open_.pop_back();
  return *this;
}

Writer& Writer::leaf(std::string_view name, std::string_view text) {
  return open(name).text(text).close();
}

}  // namespace tflab::xml
