// Two clients that share what bodies mean end up as if each had read for itself.
#include "control-core/xmpp/memo.h"

#include <gtest/gtest.h>

#include <span>
#include <string>
#include <vector>

#include "control-core/xmpp/session.h"

namespace tflab::xmpp {
namespace {

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
  const auto memo = std::make_shared<Memo>();
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
  const auto memo = std::make_shared<Memo>();
  Reader one{"one", memo}, two{"two", memo};
  for (Reader* reader : {&one, &two})
    for (const char* prefix : {"10.0.0.3/32", "10.0.0.4/32", "10.0.0.3/32"}) {
      reader->hear(tag_to("agent"));
      reader->hear(body_of(prefix));
    }
  for (Reader* reader : {&one, &two}) {
    std::vector<std::string> heard;
    for (const Items& items : reader->drain())
      for (const Item& item : *items.items) heard.push_back(id_of(item));
    EXPECT_EQ(heard, (std::vector<std::string>{"10.0.0.3/32", "10.0.0.4/32", "10.0.0.3/32"}));
    EXPECT_EQ(reader->client.state(), State::established);
  }
}

TEST(Memo, a_tag_whose_body_does_not_follow_was_a_tag_all_the_same) {
  const auto memo = std::make_shared<Memo>();
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
  const auto memo = std::make_shared<Memo>();
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
  const auto memo = std::make_shared<Memo>();
  Reader one{"one", memo}, two{"two", memo};
  one.hear(tag_to("agent"));
  one.hear(body_of("10.0.0.3/32"));
  two.hear(R"(<message from="c" to="agent/other">)");
  two.hear(body_of("10.0.0.3/32"));
  EXPECT_TRUE(two.drain().empty());
}

}  // namespace
}  // namespace tflab::xmpp
