#include "control-core/xmpp/stream.h"

#include <algorithm>
#include <utility>

namespace tflab::xmpp {
namespace {

constexpr std::string_view streams = "http://etherx.jabber.org/streams";
constexpr std::string_view stream_errors = "urn:ietf:params:xml:ns:xmpp-streams";
constexpr std::size_t longest_jid_part = 1023;  // RFC 7622 sections 3.2 to 3.4

std::string_view condition_of(xml::Fault fault) {
  switch (fault) {
    case xml::Fault::restricted_xml:
      return "restricted-xml";
    case xml::Fault::unsupported_encoding:
      return "unsupported-encoding";
    case xml::Fault::policy_violation:
      return "policy-violation";
    case xml::Fault::not_well_formed:
      break;
  }
  return "not-well-formed";
}

bool parts_fit(std::string_view jid) {
  while (!jid.empty()) {
    const auto end = std::min(jid.find_first_of("@/"), jid.size());
    if (end > longest_jid_part) return false;
    jid.remove_prefix(std::min(end + 1, jid.size()));
  }
  return true;
}

// "1.0" and later minor numbers; no version at all means 0.9 (RFC 6120 section 4.7.5).
bool version_fits(const std::string* version) {
  return version && version->starts_with("1.");
}

std::string value_of(const xml::Element& element, std::string_view name) {
  const std::string* value = element.attribute(name);
  return value ? *value : std::string{};
}

constexpr bool white(char c) {
  return c == ' ' || c == '\r' || c == '\n' || c == '\t';
}
// White space or half a keepalive.
constexpr bool filler(std::byte b) {
  const char c = static_cast<char>(b);
  return white(c) || c == keepalive_text[0] || c == keepalive_text[1];
}

// How many keepalives these are and nothing else; 0: not that.
std::size_t keepalives_in(Bytes bytes) {
  const std::string_view text{reinterpret_cast<const char*>(bytes.data()), bytes.size()};
  if (text.size() % keepalive_text.size() != 0) return 0;
  for (std::size_t at = 0; at < text.size(); at += keepalive_text.size())
    if (text.substr(at, keepalive_text.size()) != keepalive_text) return 0;
  return text.size() / keepalive_text.size();
}

}  // namespace

// The original writes its sub-cluster's name as the default name space, empty when it has none.
std::string header_text(const Header& header) {
  std::string out = R"(<?xml version="1.0"?>)";
  xml::Writer tag{out};
  tag.open("stream:stream").attribute("from", header.from).attribute("to", header.to);
  if (!header.id.empty()) tag.attribute("id", header.id);
  tag.attribute("version", "1.0").attribute("xml:lang", "en").attribute("xmlns", "");
  tag.attribute("xmlns:stream", streams).close_empty(" >");
  return out;
}

std::string error_text(std::string_view condition, std::string_view why) {
  std::string out;
  xml::Writer error{out};
  error.open("stream:error").open(condition).attribute("xmlns", stream_errors).close_empty();
  error.open("text").attribute("xmlns", stream_errors).text(why).close().close();
  out += end_tag;
  return out;
}

// Filler may precede the header, but a declaration must come first in XML: it is taken off here.
void Stream::push(Bytes bytes) {
  if (!begun_)
    bytes = bytes.subspan(
        static_cast<std::size_t>(std::ranges::find_if_not(bytes, filler) - bytes.begin()));
  if (bytes.empty() || early_) return;
  if (!begun_ && bytes.front() == std::byte{'<'}) begun_ = true;
  if (begun_) return heard(bytes);
  const bool other_encoding = bytes.front() == std::byte{0} || bytes.front() >= std::byte{0xfe};
  early_ = StreamFault{other_encoding ? "unsupported-encoding" : "not-well-formed",
                       "a stream begins with its header"};
}

// Most of what ever comes are keepalives by themselves: they need no parser.
void Stream::heard(Bytes bytes) {
  const std::size_t keepalives = between_stanzas() ? keepalives_in(bytes) : 0;
  if (keepalives == 0) return reader_.push(bytes);
  silence_ += keepalives;
  reader_.rest();
}

std::optional<StreamEvent> Stream::poll() {
  if (over_) return {};
  if (early_) return fault(early_->condition, early_->why);
  if (silence_ > 0) return Keepalives{std::exchange(silence_, 0)};
  while (auto event = reader_.poll())
    if (auto told = translate(*event)) return told;
  return {};
}

std::optional<StreamEvent> Stream::translate(xml::Event& event) {
  if (auto* stanza = std::get_if<xml::Stanza>(&event)) return std::move(stanza->element);
  if (auto* text = std::get_if<xml::Text>(&event)) return check_text(text->text);
  if (auto* opened = std::get_if<xml::Opened>(&event)) return check_header(*opened);
  if (auto* broken = std::get_if<xml::Broken>(&event))
    return fault(condition_of(broken->fault), std::move(broken->why));
  over_ = true;
  return Ended{};
}

StreamEvent Stream::fault(std::string_view condition, std::string why) {
  over_ = true;
  return StreamFault{condition, std::move(why)};
}

StreamEvent Stream::check_header(const xml::Opened& opened) {
  const xml::Element& root = opened.root;
  if (root.name != "stream") return fault("bad-format", "the root is not a stream");
  if (opened.name_space != streams)
    return fault("invalid-namespace", "the stream's name space is another");
  if (!version_fits(root.attribute("version"))) return fault("unsupported-version", "not 1.0");
  Header header{value_of(root, "from"), value_of(root, "to"), value_of(root, "id")};
  if (header.from.empty()) return fault("invalid-from", "the stream has no from");
  if (!parts_fit(header.from) || !parts_fit(header.to))
    return fault("improper-addressing", "part of an address is longer than 1023 bytes");
  return header;
}

std::optional<StreamEvent> Stream::check_text(std::string_view text) {
  std::size_t count = 0;
  while (!text.empty()) {
    const bool keepalive = text.starts_with(keepalive_text);
    if (!keepalive && !white(text.front())) return fault("bad-format", "text between stanzas");
    count += keepalive;
    text.remove_prefix(keepalive ? keepalive_text.size() : 1);
  }
  if (count == 0) return {};
  return Keepalives{count};
}

}  // namespace tflab::xmpp
