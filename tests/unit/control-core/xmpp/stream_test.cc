#include "control-core/xmpp/stream.h"

#include <gtest/gtest.h>

#include <span>

namespace tflab::xmpp {
namespace {

Bytes bytes_of(std::string_view text) {
  return std::as_bytes(std::span{text});
}

std::string told(std::string_view text, std::size_t step = 1u << 30) {
  Stream stream;
  for (std::size_t at = 0; at < text.size(); at += step)
    stream.push(bytes_of(text.substr(at, step)));
  std::string out;
  std::size_t keepalives = 0;
  while (auto event = stream.poll()) {
    if (auto* header = std::get_if<Header>(&*event))
      out += "header " + header->from + '>' + header->to + ' ' + header->id + '\n';
    if (auto* stanza = std::get_if<xml::Element>(&*event)) out += stanza->name + '\n';
    if (auto* k = std::get_if<Keepalives>(&*event)) keepalives += k->count;
    if (std::holds_alternative<Ended>(*event)) out += "ended\n";
    if (auto* fault = std::get_if<StreamFault>(&*event))
      out += "fault " + std::string{fault->condition} + '\n';
  }
  return out + std::to_string(keepalives);
}

constexpr std::string_view open_tag =
    R"(<stream:stream from="a" to="b" version="1.0" xmlns:stream="http://etherx.jabber.org/streams">)";

TEST(XmppStream, opens_as_the_original_does) {
  EXPECT_EQ(header_text({"node-a", "network-control@contrailsystems.com", ""}),
            R"(<?xml version="1.0"?><stream:stream from="node-a" )"
            R"(to="network-control@contrailsystems.com" version="1.0" xml:lang="en" xmlns="" )"
            R"(xmlns:stream="http://etherx.jabber.org/streams" >)");
  EXPECT_NE(header_text({"a", "b", "++123"}).find(R"(to="b" id="++123" version="1.0")"),
            std::string::npos);
}

TEST(XmppStream, reads_its_own_header_and_those_of_others) {
  EXPECT_EQ(told(header_text({"a<&\"'>", "b", "++123"})), "header a<&\"'>>b ++123\n0");
  EXPECT_EQ(told("\xC8\x80 \r\n\t<?xml version='1.0' encoding='utf-8'?>\n"
                 "<s:stream xmlns='jabber:client' xmlns:s='http://etherx.jabber.org/streams' "
                 "to='b' from='a' version='1.1' xml:lang='en'>"),
            "header a>b \n0");
}

TEST(XmppStream, tells_stanzas_keepalives_and_the_end) {
  const std::string text =
      std::string{open_tag} +
      "\xC8\x80\n\t<iq/>\xC8\x80\xC8\x80<message><a/></message> </stream:stream>";
  EXPECT_EQ(told(text), "header a>b \niq\nmessage\nended\n3");
  for (std::size_t step = 1; step < 20; ++step) EXPECT_EQ(told(text, step), told(text)) << step;
}

TEST(XmppStream, E02_garbage_gets_the_stream_error_it_deserves) {
  const std::string opened{open_tag};
  const std::string header = "header a>b \n";
  const auto with = [](std::string from, std::string_view what, std::string_view by) {
    from.replace(from.find(what), what.size(), by);
    return from;
  };
  const std::string long_name(1024, 'x');
  const std::pair<std::string, std::string> cases[] = {
      {"GET / HTTP/1.1\r\n", "fault not-well-formed\n"},
      {std::string(1, '\0') + "<", "fault unsupported-encoding\n"},
      {"\xFE\xFF<", "fault unsupported-encoding\n"},
      {"<iq/>", "fault bad-format\n"},
      {with(opened, "etherx", "example"), "fault invalid-namespace\n"},
      {with(opened, "1.0", "0.9"), "fault unsupported-version\n"},
      {with(opened, "version=\"1.0\"", ""), "fault unsupported-version\n"},
      {with(opened, "from=\"a\"", ""), "fault invalid-from\n"},
      {with(opened, "\"a\"", '"' + long_name + '"'), "fault improper-addressing\n"},
      {with(opened, "\"a\"", "\"a@b/" + long_name + '"'), "fault improper-addressing\n"},
      {"<!DOCTYPE a>" + opened, "fault restricted-xml\n"},
      {opened + "hello", header + "fault bad-format\n"},
      {opened + "\xC8\x81", header + "fault bad-format\n"},
      {opened + "<?xml version='1.0'?>", header + "fault not-well-formed\n"},
      {opened + opened, header + "fault not-well-formed\n"},
      {opened + "<a></b>", header + "fault not-well-formed\n"},
      {opened + "</iq>", header + "fault not-well-formed\n"},
      {opened + "<a>" + std::string(600'000, 'x'), header + "fault policy-violation\n"},
      {opened + "<a b='" + std::string(20'000, 'x'), header + "fault policy-violation\n"},
  };
  for (const auto& [text, expected] : cases) {
    const std::string shown = text.substr(0, 120);
    EXPECT_EQ(told(text), expected + '0') << shown;
    if (text.size() < 5000) {
      EXPECT_EQ(told(text, 1), expected + '0') << shown;
    }
  }
}

TEST(XmppStream, errors_are_said_in_the_words_of_the_rfc) {
  EXPECT_EQ(error_text("policy-violation", "a < b"),
            R"(<stream:error><policy-violation xmlns="urn:ietf:params:xml:ns:xmpp-streams"/>)"
            R"(<text xmlns="urn:ietf:params:xml:ns:xmpp-streams">a &lt; b</text></stream:error>)"
            R"(</stream:stream>)");
}

}  // namespace
}  // namespace tflab::xmpp
