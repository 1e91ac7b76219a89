// Two clients that share what bodies mean end up as if each had read for itself.
#include "control-core/xmpp/memo.h"

#include <gtest/gtest.h>

#include <span>
#include <string>
#include <vector>

#include "control-core/xmpp/session.h"

namespace tflab::xmpp {
namespace {

using namespace std::string_literals;

constexpr std::string_view header =
    R"(<?xml version="1.0"?><stream:stream from="c" to="a" id="++123" version="1.0" xml:lang="en" xmlns="" xmlns:stream="http://etherx.jabber.org/streams" >)";

std::string tag_to(const std::string& agent) {
  return R"(<message from="c" to=")" + agent + R"(/bgp-peer">)";
}
std::string body_of(const std::string& prefix) {
  return R"(<event xmlns="http://jabber.org/protocol/pubsub"><items node="1/1/red"><item id=")" +
         prefix + R"("><entry><nlri><af>1</af><safi>1</safi><address>)" + prefix +
         R"(</address></nlri><next-hops><next-hop><af>1</af><address>192.0.2.9</address><label>17</label></next-hop></next-hops></entry></item></items></event></message>)";
}

struct Reader {
  Client client;

  Reader(const std::string& name, std::shared_ptr<Memo> memo)
      : client{{.local = name, .remote = "c"}, std::move(memo)} {
    client.start({});
    client.on_transport_up({});
    hear(std::string{header});
    drain();
  }
  void hear(const std::string& text) { client.on_bytes({}, std::as_bytes(std::span{text})); }
  std::vector<Items> drain() {
    std::vector<Items> out;
    while (auto output = client.poll_output())
      if (auto* items = std::get_if<Items>(&*output)) out.push_back(std::move(*items));
    return out;
  }
};

TEST(Memo, items_that_two_are_told_are_read_and_kept_once) {
  const auto memo = std::make_shared<Memo>(Memo::for_many);
  Reader one{"one", memo}, two{"two", memo};
  for (Reader* reader : {&one, &two}) {
    reader->hear(tag_to("agent"));
    reader->hear(body_of("10.0.0.3/32"));
  }
  const auto first = one.drain(), second = two.drain();
  ASSERT_EQ(first.size(), 1u);
  ASSERT_EQ(second.size(), 1u);
  EXPECT_EQ(first[0].instance, "red");
  EXPECT_EQ(first[0].items, second[0].items) << "the same object";
  EXPECT_EQ(one.client.received().bytes, two.client.received().bytes);
  EXPECT_EQ(one.client.received().stanzas, two.client.received().stanzas);
}

TEST(Memo, the_stream_goes_on_after_what_was_known) {
  const auto memo = std::make_shared<Memo>(Memo::for_many);
  Reader one{"one", memo}, two{"two", memo};
  for (Reader* reader : {&one, &two})
    for (const char* prefix : {"10.0.0.3/32", "10.0.0.4/32", "10.0.0.3/32"}) {
      reader->hear(tag_to("agent"));
      reader->hear(body_of(prefix));
    }
  for (Reader* reader : {&one, &two}) {
    std::vector<std::string> heard;
    for (const Items& items : reader->drain())
      for (const SharedItem& item : *items.items) heard.push_back(id_of(*item));
    EXPECT_EQ(heard, (std::vector<std::string>{"10.0.0.3/32", "10.0.0.4/32", "10.0.0.3/32"}));
    EXPECT_EQ(reader->client.state(), State::established);
  }
}

TEST(Memo, a_tag_whose_body_does_not_follow_was_a_tag_all_the_same) {
  const auto memo = std::make_shared<Memo>(Memo::for_many);
  Reader reader{"one", memo};
  for (const char* prefix : {"10.0.0.3/32", "10.0.0.3/32"}) {
    reader.hear(tag_to("agent"));
    reader.hear(body_of(prefix));
  }
  reader.hear(tag_to("agent"));
  reader.hear(body_of("10.0.0.4/32").substr(0, 40));
  reader.hear(body_of("10.0.0.4/32").substr(40));
  reader.hear(tag_to("agent"));
  reader.hear(body_of("10.0.0.5/32"));
  EXPECT_EQ(reader.drain().size(), 4u);
  EXPECT_EQ(reader.client.received().stanzas, 4u);
  reader.hear(tag_to("agent"));
  reader.hear(tag_to("agent"));
  reader.hear("</message>");
  EXPECT_EQ(reader.client.state(), State::established) << "a message inside a message, not closed";
  reader.hear("</stream:stream>");
  EXPECT_NE(reader.client.state(), State::established);
}

TEST(Memo, octets_that_are_no_body_where_they_stand_are_read_as_ever) {
  const auto memo = std::make_shared<Memo>(Memo::for_many);
  Reader one{"one", memo}, two{"two", memo};
  one.hear(tag_to("agent"));
  one.hear(body_of("10.0.0.3/32"));
  const std::string tag = tag_to("agent");
  two.hear(tag.substr(0, 20));  // cut in the middle of the tag: nothing is open yet
  two.hear(tag.substr(20) + body_of("10.0.0.3/32"));
  EXPECT_EQ(two.drain().size(), 1u);
  two.hear(body_of("10.0.0.3/32"));  // no message is open
  EXPECT_NE(two.client.state(), State::established) << "an end tag that ends nothing";
}

TEST(Memo, a_message_that_is_not_for_routing_is_not_taken_for_one) {
  const auto memo = std::make_shared<Memo>(Memo::for_many);
  Reader one{"one", memo}, two{"two", memo};
  one.hear(tag_to("agent"));
  one.hear(body_of("10.0.0.3/32"));
  two.hear(R"(<message from="c" to="agent/other">)");
  two.hear(body_of("10.0.0.3/32"));
  EXPECT_TRUE(two.drain().empty());
}

// What need not be read and what must be, in any order: the items are those that reading tells.
TEST(Memo, a_message_that_is_known_to_the_last_octet_is_told_without_being_read) {
  const auto memo = std::make_shared<Memo>(Memo::for_many);
  const std::string tag = tag_to("agent"), known = body_of("10.0.0.3/32"),
                    other = body_of("10.0.0.4/32"), keepalive = "\xc8\x80 \n"s,
                    elsewhere = R"(<message from="c" to="agent/config">)",
                    whole = tag + body_of("10.0.0.5/32");
  const std::vector<std::vector<std::string>> messages = {
      {tag, known},
      {tag, known},
      {keepalive},
      {tag, known},
      {tag, other},
      {tag, known},
      {tag, body_of("10.0.0.6/32") + tag + body_of("10.0.0.7/32")},
      {tag, known},
      {whole},
      {tag, known},
      {elsewhere, known},
      {tag, known},
      {elsewhere, known},
      {whole},
      {elsewhere, known},
      {tag, known.substr(0, 100), known.substr(100)},
      {tag, known},
      {tag, keepalive + known},
      {tag, known},
      {tag + known},
      {tag + known + tag + known + tag, known + keepalive, keepalive + tag + known},
      {tag + known.substr(0, 100), known.substr(100, 50), known.substr(150) + tag + known},
      {elsewhere + known + tag + known},
      {tag + known.substr(0, 3), known.substr(3)},
      {tag.substr(0, 9), tag.substr(9) + known},
      {tag + known}};
  Reader one{"one", memo}, pieces{"two", std::make_shared<Memo>(0)};
  std::vector<std::string> told[2];
  const auto hear = [&](Reader& reader, const std::string& text, std::vector<std::string>& into) {
    reader.hear(text);
    for (const Items& items : reader.drain())
      for (const SharedItem& item : *items.items) into.push_back(id_of(*item));
  };
  for (const auto& message : messages)
    for (const std::string& part : message) {
      hear(one, part, told[0]);
      for (const char octet : part) hear(pieces, std::string{octet}, told[1]);
      EXPECT_EQ(told[0].size(), told[1].size()) << part;
    }
  EXPECT_EQ(told[0], told[1]);
  EXPECT_EQ(one.client.received().stanzas, pieces.client.received().stanzas);
  EXPECT_EQ(one.client.received().bytes, pieces.client.received().bytes);
  EXPECT_EQ(one.client.received().keepalives, pieces.client.received().keepalives);
}

// As TCP hands them over: tag and body together, and what is long in segments.
TEST(Memo, what_came_together_or_cut_is_known_all_the_same) {
  const auto memo = std::make_shared<Memo>(Memo::for_many);
  Reader one{"one", memo}, two{"two", memo};
  const std::string text = tag_to("agent") + body_of("10.0.0.3/32");
  one.hear(text + text);
  two.hear(text.substr(0, 200));
  two.hear(text.substr(200) + text.substr(0, 90));
  two.hear(text.substr(90));
  const auto first = one.drain(), second = two.drain();
  ASSERT_EQ(first.size(), 2u);
  ASSERT_EQ(second.size(), 2u);
  EXPECT_EQ(first[1].items, first[0].items) << "read once";
  EXPECT_EQ(second[0].items, first[0].items) << "for both of them";
  EXPECT_EQ(second[1].items, first[0].items);
}

TEST(Memo, a_body_without_an_end_is_refused_as_ever) {
  const auto memo = std::make_shared<Memo>(Memo::for_many);
  Reader reader{"one", memo};
  reader.hear(tag_to("agent") + "<event " + R"(x="">)");
  const std::string more(10'000, ' ');
  for (unsigned n = 0; n < 60 && reader.client.state() == State::established; ++n)
    reader.hear(more);
  EXPECT_NE(reader.client.state(), State::established);
}

TEST(Memo, what_makes_no_sense_by_itself_is_for_the_stream_to_judge) {
  const auto memo = std::make_shared<Memo>(Memo::for_many);
  Reader one{"one", memo};
  for (const char* prefix : {"10.0.0.3/32", "10.0.0.4/32"}) {
    one.hear(tag_to("agent"));
    one.hear(body_of(prefix));
  }
  EXPECT_EQ(one.drain().size(), 2u);
  one.hear(tag_to("agent"));
  one.hear("<event a='1'><items></event></message>");
  std::vector<std::string> why;
  while (auto output = one.client.poll_output())
    if (const auto* down = std::get_if<Down>(&*output)) why.push_back(down->why);
  ASSERT_EQ(why.size(), 1u);
  EXPECT_NE(why[0].find("mismatched tag"), std::string::npos) << why[0];
}

std::string together(const std::vector<std::string>& bodies) {
  constexpr std::string_view begin = "<item ", end = "</item>";
  const auto first = bodies.front().find(begin);
  std::string text = bodies.front().substr(0, first);
  for (const std::string& body : bodies)
    text += body.substr(first, body.find(end) + end.size() - first);
  return text + "</items></event></message>";
}

TEST(Memo, items_that_were_read_need_not_be_read_again_in_other_company) {
  const auto memo = std::make_shared<Memo>(Memo::for_many);
  Reader one{"one", memo};
  const std::string a = body_of("10.0.0.3/32"), b = body_of("10.0.0.4/32"),
                    c = body_of("10.0.0.5/32");
  for (const std::string& body : {together({a, b}), c}) {
    one.hear(tag_to("one"));
    one.hear(body);
  }
  one.drain();
  const std::string other = together({c, a, b, a});
  const auto composed = memo->find(std::as_bytes(std::span{other}));
  ASSERT_NE(composed, nullptr);
  one.hear(tag_to("one"));
  one.hear(other);
  const auto heard = one.drain();
  Reader alone{"alone", std::make_shared<Memo>(0)};
  alone.hear(tag_to("one") + other);
  const auto read = alone.drain();
  ASSERT_EQ(heard.size(), 1u);
  ASSERT_EQ(read.size(), 1u);
  EXPECT_EQ(heard[0].instance, read[0].instance);
  EXPECT_EQ(heard[0].family, read[0].family);
  ASSERT_EQ(heard[0].items->size(), 4u);
  for (std::size_t i = 0; i < 4; ++i) EXPECT_EQ(*(*heard[0].items)[i], *(*read[0].items)[i]);
  EXPECT_EQ((*heard[0].items)[1], (*heard[0].items)[3]) << "the same object";

  const std::string unknown = together({a, body_of("10.0.0.9/32")});
  EXPECT_EQ(memo->find(std::as_bytes(std::span{unknown})), nullptr);
  std::string hidden = together({a, b});
  hidden.insert(hidden.find("</item>"), "<!-- </item> -->");
  EXPECT_EQ(memo->find(std::as_bytes(std::span{hidden})), nullptr);
}

TEST(Memo, messages_that_come_in_one_piece_are_all_told_every_time) {
  const auto memo = std::make_shared<Memo>(Memo::for_many);
  Reader one{"one", memo};
  for (int n = 0; n < 3; ++n) {
    one.hear(tag_to("one"));
    one.hear(body_of("10.0.0.3/32") + tag_to("one") + body_of("10.0.0.4/32"));
    EXPECT_EQ(one.drain().size(), 2u);
  }
}

TEST(Memo, forgets_the_oldest_when_it_has_too_much) {
  const auto memo = std::make_shared<Memo>(4000);
  Reader one{"one", memo};
  const auto body = [](unsigned n) { return body_of("10.0.0." + std::to_string(n) + "/32"); };
  for (unsigned n = 1; n <= 40; ++n) {
    one.hear(tag_to("one"));
    one.hear(body(n));
  }
  EXPECT_EQ(one.drain().size(), 40u);
  const std::string first = body(1), last = body(40);
  EXPECT_EQ(memo->find(std::as_bytes(std::span{first})), nullptr);
  EXPECT_NE(memo->find(std::as_bytes(std::span{last})), nullptr);
}

TEST(Memo, a_tag_that_waits_is_forgotten_with_its_session) {
  const auto memo = std::make_shared<Memo>(Memo::for_many);
  Reader reader{"one", memo};
  for (int n = 0; n < 2; ++n) {
    reader.hear(tag_to("agent"));
    if (n == 0) reader.hear(body_of("10.0.0.3/32"));
  }
  reader.client.on_transport_down({});
  EXPECT_EQ(reader.drain().size(), 1u);
  reader.client.on_timer(Instant{} + seconds(60));
  reader.client.on_transport_up(Instant{} + seconds(60));
  reader.hear(std::string{header});
  reader.hear(body_of("10.0.0.3/32"));
  EXPECT_TRUE(reader.drain().empty()) << "a body without a tag";
}

}  // namespace
}  // namespace tflab::xmpp
