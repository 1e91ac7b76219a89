#pragma once
// The envelope of an XMPP connection as the original speaks it: a root element that stays open,
// keepalives that are two bytes of text, an end tag. No SASL, no resource binding, no TLS. Turns
// bytes into the peer's header and whole stanzas, and says which stream error garbage deserves.

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "control-core/base/xml.h"

namespace tflab::xmpp {

// U+0200, which the original took for white space.
inline constexpr std::string_view keepalive_text = "\xC8\x80";
inline constexpr std::string_view end_tag = "</stream:stream>";

struct Header {
  std::string from, to;
  std::string id;  // the server's constant; a client has none
  friend bool operator==(const Header&, const Header&) = default;
};
// The declaration and the root's tag, left open.
std::string header_text(const Header& header);
// A stream error (RFC 6120 section 4.9) and the end tag.
std::string error_text(std::string_view condition, std::string_view why);

struct Keepalives {
  std::size_t count = 0;
};
struct Ended {};
// The peer's fault: a condition of RFC 6120 section 4.9.3 and a sentence.
struct StreamFault {
  std::string_view condition;
  std::string why;
};
using StreamEvent = std::variant<Header, xml::Element, Keepalives, Ended, StreamFault>;

class Stream {
public:
  void push(Bytes bytes);
  std::optional<StreamEvent> poll();  // after Ended or StreamFault there is no more
  bool just_opened_stanza() const { return begun_ && !over_ && reader_.just_opened_stanza(); }
  bool between_stanzas() const { return begun_ && !over_ && reader_.between_stanzas(); }

private:
  void heard(Bytes bytes);
  StreamEvent fault(std::string_view condition, std::string why);
  StreamEvent check_header(const xml::Opened& opened);
  std::optional<StreamEvent> check_text(std::string_view text);
  std::optional<StreamEvent> translate(xml::Event& event);

  xml::StreamReader reader_;
  std::size_t silence_ = 0;           // keepalives that came before what the reader has
  std::optional<StreamFault> early_;  // before there was any XML
  bool begun_ = false, over_ = false;
};

}  // namespace tflab::xmpp
