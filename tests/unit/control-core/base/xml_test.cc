#include "control-core/base/xml.h"

#include <gtest/gtest.h>

#include <span>

namespace tflab::xml {
namespace {

Bytes bytes_of(std::string_view text) {
  return std::as_bytes(std::span{text});
}

std::vector<Event> drain(StreamReader& reader) {
  std::vector<Event> events;
  while (auto event = reader.poll()) events.push_back(std::move(*event));
  return events;
}

std::vector<Event> read(std::string_view text, Limits limits = {}, std::size_t step = 1u << 30) {
  StreamReader reader{limits};
  for (std::size_t at = 0; at < text.size(); at += step)
    reader.push(bytes_of(text.substr(at, step)));
  return drain(reader);
}

// Events as lines, runs of text joined, so that two cuts of the same bytes compare.
std::string told(const std::vector<Event>& events) {
  std::string out, run;
  const auto flush = [&] {
    if (!run.empty()) out += "text " + run + '\n';
    run.clear();
  };
  const auto tree = [](auto&& self, const Element& e) -> std::string {
    std::string line = e.name + '[' + e.text + ']';
    for (const Attribute& a : e.attributes) line += ' ' + a.name + '=' + a.value;
    for (const Element& child : e.children) line += " {" + self(self, child) + '}';
    return line;
  };
  for (const Event& event : events) {
    if (const auto* text = std::get_if<Text>(&event)) {
      run += text->text;
      continue;
    }
    flush();
    if (const auto* opened = std::get_if<Opened>(&event))
      out += "opened " + opened->name_space + ' ' + tree(tree, opened->root) + '\n';
    if (const auto* stanza = std::get_if<Stanza>(&event)) out += tree(tree, stanza->element) + '\n';
    if (std::holds_alternative<Closed>(event)) out += "closed\n";
    if (const auto* broken = std::get_if<Broken>(&event))
      out += "broken " + std::to_string(static_cast<int>(broken->fault)) + ' ' + broken->why + '\n';
  }
  flush();
  return out;
}

const Broken* broken(const std::vector<Event>& events) {
  return events.empty() ? nullptr : std::get_if<Broken>(&events.back());
}

constexpr std::string_view stream =
    "<?xml version=\"1.0\"?><s:stream from='a' to=\"b\" xmlns='' xmlns:s='urn:streams' "
    "xml:lang='en'>"
    "\xC8\x80 \r\n<iq id='1'><a x=\"&lt;&#65;\">one<b/>two<!-- skipped --></a></iq>\xC8\x80"
    "<message><![CDATA[<raw>]]> &amp; \xC3\xA9</message></s:stream>";

TEST(XmlStream, tells_the_root_the_stanzas_the_text_between_and_the_end) {
  EXPECT_EQ(told(read(stream)),
            "opened urn:streams stream[] from=a to=b\n"
            "text \xC8\x80 \n\n"
            "iq[] id=1 {a[onetwo] x=<A {b[]}}\n"
            "text \xC8\x80\n"
            "message[<raw> & \xC3\xA9]\n"
            "closed\n");
}

TEST(XmlStream, tells_the_same_however_the_bytes_are_cut) {
  const std::string whole = told(read(stream));
  for (std::size_t step = 1; step < stream.size(); ++step)
    EXPECT_EQ(told(read(stream, {}, step)), whole) << "in pieces of " << step;
  for (std::size_t cut = 0; cut <= stream.size(); ++cut) {
    StreamReader reader;
    reader.push(bytes_of(stream.substr(0, cut)));
    reader.push(bytes_of(stream.substr(cut)));
    EXPECT_EQ(told(drain(reader)), whole) << "cut at " << cut;
  }
}

TEST(XmlStream, rests_only_where_nothing_has_begun) {
  constexpr std::string_view between =
      "<s> <![CDATA[a]]b]]><!-- c --><iq/>&#200;\xC8\x80<iq/>\r\n<s:x xmlns:s='u'/></s>";
  const std::string whole = told(read(between));
  EXPECT_THAT(whole, testing::EndsWith("closed\n"));
  for (std::size_t cut = 0; cut <= between.size(); ++cut)
    for (std::size_t again = cut; again <= between.size(); ++again) {
      StreamReader reader;
      reader.push(bytes_of(between.substr(0, cut)));
      reader.push(bytes_of(between.substr(cut, again - cut)));
      reader.push(bytes_of(between.substr(again)));
      EXPECT_EQ(told(drain(reader)), whole) << "cut at " << cut << " and " << again;
    }
}

TEST(XmlStream, a_stanza_is_told_as_soon_as_its_last_byte_is_there) {
  StreamReader reader;
  reader.push(bytes_of("<s>"));
  drain(reader);
  for (const char c : std::string_view{"<iq a='1'></iq"}) reader.push(bytes_of({&c, 1}));
  EXPECT_TRUE(drain(reader).empty());
  reader.push(bytes_of(">"));
  ASSERT_EQ(drain(reader).size(), 1u);
}

TEST(XmlStream, refuses_document_types_entities_and_instructions) {
  for (std::string_view text : {
           "<!DOCTYPE s [<!ENTITY a 'b'>]><s>&a;",
           "<!DOCTYPE s SYSTEM 'file:///etc/passwd'><s>",
           "<s><iq>&undeclared;</iq>",
           "<s><?do this?>",
           "<?xml-stylesheet href='a'?><s>",
       }) {
    const auto events = read(text);
    ASSERT_TRUE(broken(events)) << text;
    EXPECT_EQ(broken(events)->fault, Fault::restricted_xml) << text;
    EXPECT_EQ(told(read(text, {}, 1)), told(events)) << text;
  }
}

TEST(XmlStream, a_billion_laughs_are_not_laughed) {
  std::string bomb = "<!DOCTYPE s [<!ENTITY a0 'ha'>";
  for (int i = 1; i < 40; ++i)
    bomb += "<!ENTITY a" + std::to_string(i) + " '&a" + std::to_string(i - 1) + ";&a" +
            std::to_string(i - 1) + ";'>";
  bomb += "]><s>&a39;</s>";
  const auto events = read(bomb);
  ASSERT_EQ(events.size(), 1u);
  EXPECT_EQ(broken(events)->fault, Fault::restricted_xml);
}

TEST(XmlStream, refuses_what_is_not_utf_8) {
  const std::string utf16_le("\xff\xfe<\0s\0>\0", 8), utf16_bare("<\0s\0>\0", 6);
  for (const std::string& text :
       {utf16_le, utf16_bare, std::string{"<?xml version='1.0' encoding='ISO-8859-1'?><s>"}}) {
    const auto events = read(text);
    ASSERT_TRUE(broken(events));
    EXPECT_EQ(broken(events)->fault, Fault::unsupported_encoding);
  }
  for (std::string_view text :
       {"<s>\xC0\x80", "<s>\xED\xA0\x80", "<s><a>\xE9</a>", "<s>&#0;", "<s>&#x110000;"}) {
    const auto events = read(text);
    ASSERT_TRUE(broken(events)) << text;
    EXPECT_EQ(broken(events)->fault, Fault::not_well_formed) << text;
  }
}

TEST(XmlStream, refuses_what_is_not_well_formed) {
  for (std::string_view text : {"<s><a></b>", "<s><a x='1' x='2'/>", "<s><p:a/>", "<s><a x=1/>",
                                "plain<", "<s><<", "<s></s><t/>"}) {
    const std::string whole = told(read(text));
    if (text.ends_with("<t/>")) {
      EXPECT_EQ(whole, "opened  s[]\nclosed\n");
      continue;
    }
    EXPECT_NE(whole.find("broken 0"), std::string::npos) << text << whole;
    EXPECT_EQ(told(read(text, {}, 1)), whole) << text;
  }
}

TEST(XmlStream, holds_its_limits_to_the_byte) {
  const Limits limits{.stanza = 400, .tag = 100, .depth = 6, .attributes = 3, .elements = 5};
  const auto verdict = [&](const std::string& stanza) {
    const std::string whole = told(read("<s>" + stanza, limits));
    EXPECT_EQ(told(read("<s>" + stanza, limits, 1)), whole);
    return whole.find("broken") == std::string::npos;
  };
  const auto sized = [](std::size_t n) { return "<a>" + std::string(n - 7, 'x') + "</a>"; };
  EXPECT_TRUE(verdict(sized(400)));
  EXPECT_FALSE(verdict(sized(401)));
  EXPECT_FALSE(verdict("<a>" + std::string(5000, 'x')));
  EXPECT_TRUE(verdict(sized(400) + sized(400) + sized(400)));
  EXPECT_TRUE(verdict(std::string(5000, ' ') + sized(300)));
  const auto tag = [](std::size_t n) { return "<a x='" + std::string(n - 9, 'y') + "'/>"; };
  EXPECT_TRUE(verdict(tag(100)));
  EXPECT_FALSE(verdict(tag(101)));
  EXPECT_TRUE(verdict("<a><a><a><a><a></a></a></a></a></a>"));
  EXPECT_FALSE(verdict("<a><a><a><a><a><a></a></a></a></a></a></a>"));
  EXPECT_TRUE(verdict("<a b='' c='' d=''/>"));
  EXPECT_FALSE(verdict("<a b='' c='' d='' e=''/>"));
  EXPECT_TRUE(verdict("<a><b/><b/><b/><b/></a>"));
  EXPECT_FALSE(verdict("<a><b/><b/><b/><b/><b/></a>"));
}

TEST(XmlStream, reads_on_after_the_parser_was_replaced) {
  std::string text = "<?xml version='1.0'?><s:stream xmlns:s='urn:streams' xmlns=''>";
  std::string expected = "opened urn:streams stream[]\n";
  for (int i = 0; i < 5'000; ++i) {  // over 10 MB: twice past the point of replacement
    const std::string name = "n" + std::to_string(i);
    text += '<' + name + "><s:a b='" + std::string(2000, 'b') + "'/></" + name + "> ";
    expected += name + "[] {a[] b=" + std::string(2000, 'b') + "}\ntext  \n";
  }
  text += "</s:stream>";
  expected += "closed\n";
  for (std::size_t step : {std::size_t{1} << 30, std::size_t{1448}, std::size_t{97}})
    EXPECT_TRUE(told(read(text, {}, step)) == expected) << step;
}

TEST(XmlDocument, is_read_whole_with_its_instructions_skipped) {
  const auto root = parse("<?xml-stylesheet type='text/xsl'?><a><b x='1'>t</b><c/></a>\n");
  ASSERT_TRUE(root);
  EXPECT_EQ(root->name, "a");
  ASSERT_TRUE(root->child("b"));
  EXPECT_EQ(root->child("b")->text, "t");
  EXPECT_EQ(*root->child("b")->attribute("x"), "1");
  EXPECT_EQ(root->child("b")->attribute("y"), nullptr);
  EXPECT_TRUE(root->child("c"));
}

TEST(XmlDocument, no_truncation_is_accepted) {
  constexpr std::string_view document = "<?xml version='1.0'?><a><b x='1'>t</b><c/></a>";
  ASSERT_TRUE(parse(document));
  for (std::size_t n = 0; n < document.size(); ++n) EXPECT_FALSE(parse(document.substr(0, n))) << n;
  EXPECT_FALSE(parse("<a/><b/>"));
  EXPECT_FALSE(parse("<!DOCTYPE a><a/>"));
}

TEST(XmlDocument, one_reader_reads_many_whatever_the_last_was) {
  DocumentReader reader{Limits{.elements = 3}};
  const std::string good = "<a x='1'><b>t</b></a>";
  for (const char* before :
       {"<a><b></a>", "<a>", "", "<a><![CDATA[", "<a/><b/>", "<!DOCTYPE a><a/>",
        "<a><b/><c/><d/></a>", "<a>\xff</a>", "<z><y/></z>"}) {
    const bool fine = static_cast<bool>(reader.read(before));
    EXPECT_EQ(fine, before == std::string{"<z><y/></z>"}) << before;
    const auto root = reader.read(good);
    ASSERT_TRUE(root) << "after " << before;
    EXPECT_EQ(*root, *parse(good)) << "after " << before;
  }
}

TEST(XmlWriter, escapes_whatever_could_be_markup_and_stays_ascii) {
  std::string out;
  append_escaped(out, "<a href=\"x\">'&amp;' ]]>\n\x01\xC3\xA9\xF0\x9F\x98\x80\xFF\xC0\x80");
  EXPECT_EQ(out,
            "&lt;a href=&quot;x&quot;&gt;&apos;&amp;amp;&apos; ]]&gt;&#10;?&#233;&#128512;???");
}

TEST(XmlWriter, what_it_writes_is_read_back) {
  const std::string nasty = "<>&'\" ]]> \xC3\xA9 \t\r\n x";
  std::string out;
  Writer{out}
      .open("a")
      .attribute("b", nasty)
      .leaf("c", nasty)
      .open("d")
      .close()
      .open("e")
      .close_empty(" />")
      .text("t")
      .close();
  const auto root = parse(out);
  ASSERT_TRUE(root) << root.why();
  EXPECT_EQ(*root->attribute("b"), nasty);
  EXPECT_EQ(root->child("c")->text, nasty);
  EXPECT_EQ(root->text, "t");
  EXPECT_NE(out.find("<d></d><e />t</a>"), std::string::npos) << out;
}

}  // namespace
}  // namespace tflab::xml
