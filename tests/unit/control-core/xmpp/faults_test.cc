// Rows of the fault catalogue about XMPP bytes, by their ids: what a control node does with a
// stream that is not as it should be. Rows that need two ends or many bytes are in the other files.

#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <span>

#include "control-core/xmpp/memo.h"
#include "control-core/xmpp/session.h"
#include "control-core/xmpp/stanza.h"
#include "control-core/xmpp/stream.h"
#include "tests/unit/control-core/xmpp/samples.h"

namespace tflab::xmpp {
namespace {

const std::string control_jid = "network-control@contrailsystems.com";
const std::string header = header_text({"node-a", control_jid, ""});

struct Reaction {
  std::string error;  // the stream error's condition; empty: none
  bool up = false;
  std::size_t published = 0;
  std::uint64_t refused = 0;
  std::string instance;  // of the last subscription
};

Reaction reaction_to(const std::string& text, std::size_t step = 1448) {
  Server server{{.local = control_jid, .remote = {}}};
  server.on_transport_up(Instant{});
  for (std::size_t at = 0; at < text.size(); at += step) {
    const std::string piece = text.substr(at, step);
    server.on_bytes(Instant{}, std::as_bytes(std::span{piece}));
  }
  Reaction out;
  std::string sent;
  while (auto output = server.poll_output()) {
    if (auto* send = std::get_if<Send>(&*output))
      sent.append(reinterpret_cast<const char*>(send->bytes->data()), send->bytes->size());
    if (auto* subscribed = std::get_if<Subscribed>(&*output)) out.instance = subscribed->instance;
    out.published += std::holds_alternative<Published>(*output);
  }
  constexpr std::string_view error = "<stream:error><";
  if (const auto at = sent.find(error); at != sent.npos) {
    const auto begin = at + error.size();
    out.error = sent.substr(begin, sent.find_first_of(" />", begin) - begin);
    EXPECT_TRUE(sent.ends_with(end_tag));
  }
  out.up = server.state() == State::established;
  out.refused = server.received().refused;
  return out;
}

std::string subscribe_to(const std::string& escaped_node) {
  return "<iq type='set' from='a' to='c/bgp-peer' id='1'><pubsub><subscribe node='" + escaped_node +
         "'><options><instance-id>2</instance-id></options></subscribe></pubsub></iq>";
}

TEST(XmppBytes, E03_document_types_entities_and_instructions_are_restricted_xml) {
  const std::string type = "<!DOCTYPE a [<!ENTITY b 'c'>]>";
  EXPECT_EQ(reaction_to(type + header).error, "restricted-xml");
  EXPECT_EQ(reaction_to(header + type).error, "not-well-formed");  // no place for one in XML at all
  EXPECT_EQ(reaction_to(header + "<?php die ?>").error, "restricted-xml");
  EXPECT_EQ(reaction_to(header + "<iq>&b;</iq>").error, "restricted-xml");
  // Comments are skipped, as the original does.
  EXPECT_EQ(reaction_to(header + "<!-- x -->" + subscribe_to("v")).instance, "v");
}

TEST(XmppBytes, E04_nothing_outside_the_stream_is_ever_looked_at) {
  EXPECT_EQ(reaction_to("<!DOCTYPE a SYSTEM 'file:///etc/passwd'>" + header).error,
            "restricted-xml");
  const Reaction include =
      reaction_to(header +
                  "<iq xmlns:xi='http://www.w3.org/2001/XInclude' to='c/bgp-peer'><pubsub>"
                  "<xi:include href='file:///etc/passwd'/></pubsub></iq>" +
                  subscribe_to("v"));
  EXPECT_EQ(include.error, "");
  EXPECT_EQ(include.refused, 1u);
  EXPECT_EQ(include.instance, "v");
}

TEST(XmppBytes, E05_elements_may_be_nested_sixty_four_deep) {
  const auto nested = [](std::size_t depth) {
    std::string text;
    for (std::size_t i = 0; i < depth; ++i) text += "<a>";
    for (std::size_t i = 0; i < depth; ++i) text += "</a>";
    return text;
  };
  EXPECT_EQ(reaction_to(header + nested(63)).error, "");
  EXPECT_EQ(reaction_to(header + nested(64)).error, "policy-violation");
  EXPECT_EQ(reaction_to(header + nested(10'000)).error, "policy-violation");
}

TEST(XmppBytes, E06_attributes_and_names_have_limits_that_a_stanza_of_10000_bytes_fits) {
  std::string many = "<iq";
  for (int i = 0; i < 10'000; ++i) many += " a" + std::to_string(i) + "=''";
  EXPECT_EQ(reaction_to(header + "<iq a='" + std::string(10'000, 'x') + "'/>").error, "");
  EXPECT_EQ(reaction_to(header + "<iq a='" + std::string(1 << 20, 'x') + "'/>").error,
            "policy-violation");
  EXPECT_EQ(reaction_to(header + "<" + std::string(1 << 20, 'x') + "/>").error, "policy-violation");
  EXPECT_EQ(reaction_to(header + many + "/>").error, "policy-violation");
}

TEST(XmppBytes, E07_a_stanza_without_end_is_ended_at_the_limit) {
  EXPECT_EQ(reaction_to(header + "<iq>" + std::string(500'000, 'x') + "</iq>").error, "");
  EXPECT_EQ(reaction_to(header + "<iq>" + std::string(10 << 20, 'x')).error, "policy-violation");
}

TEST(XmppBytes, E08_only_utf8_is_text) {
  using namespace std::string_literals;
  EXPECT_EQ(reaction_to("\xFF\xFE<\0s\0"s).error, "unsupported-encoding");
  EXPECT_EQ(reaction_to("\0\0\0<"s).error, "unsupported-encoding");
  EXPECT_EQ(reaction_to("<?xml version='1.0' encoding='iso-8859-1'?>").error,
            "unsupported-encoding");
  EXPECT_EQ(reaction_to(header + "<iq>\0</iq>"s).error, "unsupported-encoding");
  for (const std::string bad : {"\xC0\xAF", "\xED\xA0\x80", "\xE2\x28\xA1", "\xEF\xBF\xBE"})
    EXPECT_EQ(reaction_to(header + "<iq>" + bad + "</iq>").error, "not-well-formed") << bad;
}

TEST(XmppBytes, E09_what_is_not_well_formed_ends_the_stream) {
  for (const std::string bad : {"<iq a='1' a='2'/>", "<x:iq/>", "<iq></message>", "<iq a=1/>",
                                "<iq><a></iq></a>", "<1/>", "<iq a='<'/>"})
    EXPECT_EQ(reaction_to(header + bad).error, "not-well-formed") << bad;
}

TEST(XmppBytes, E10_character_data_has_many_forms_and_one_meaning) {
  EXPECT_EQ(reaction_to(header + subscribe_to("a&amp;b&#x3c;&#99;")).instance, "a&b<c");
  const Reaction cdata = reaction_to(
      header +
      "<iq type='set' to='c/bgp-peer'><pubsub><subscribe node='v'><options><instance-id>"
      "<![CDATA[7]]></instance-id></options></subscribe></pubsub></iq>");
  EXPECT_EQ(cdata.instance, "v");
  EXPECT_EQ(cdata.refused, 0u);
  for (const std::string bad : {"&#0;", "&#x110000;", "&#xFFFE;", "&#xD800;"})
    EXPECT_EQ(reaction_to(header + "<iq>" + bad + "</iq>").error, "not-well-formed") << bad;
}

// An item with one value replaced, and the collection that would publish it.
Reaction reaction_to_item(const Item& item, std::string_view what, std::string_view by) {
  const Ends ends{"node-a", control_jid};
  const std::string id = node_id(item, samples::instance, {});
  std::string text = publish_text(ends, 1, id, item);
  const auto at = text.find(what);
  EXPECT_NE(at, text.npos) << what;
  text.replace(at, what.size(), by);
  return reaction_to(
      header + text +
      collection_text(ends, 1, samples::instance, id, family_of(item), Verb::associate));
}

TEST(XmppBytes, E13_S47_numbers_that_make_no_sense_cost_the_item_and_nothing_else) {
  using sv = std::string_view;
  const auto refused = [](const Item& item, sv what, sv by) {
    const Reaction got = reaction_to_item(item, what, by);
    EXPECT_EQ(got.published, 0u) << by;
    EXPECT_EQ(got.refused, 1u) << by;
    EXPECT_TRUE(got.up) << by;
  };
  for (sv label : {"1048576", "-1", "1000000000", "", "0", "0x10", "25 25", "1e3"})
    refused(samples::unicast(), "<label>25<", "<label>" + std::string{label} + "<");
  EvpnItem vxlan = samples::evpn();
  vxlan.next_hops[0].encaps = {Encap::vxlan};
  EXPECT_EQ(reaction_to_item(vxlan, "<label>33<", "<label>16777215<").published, 1u);
  refused(vxlan, "<label>33<", "<label>16777216<");
  for (sv sequence : {"4294967296", "-1", "x"})
    refused(samples::unicast(), "<sequence-number>0<",
            "<sequence-number>" + std::string{sequence} + "<");
  for (sv block : {"20000-10000", "0-100", "5", "-5-7", "100-1048576", "a-b", ""})
    refused(samples::multicast(), "<label>4096-6143<", "<label>" + std::string{block} + "<");
}

TEST(XmppBytes, F03_names_may_have_1023_bytes_a_part_and_any_letters) {
  const auto called = [](const std::string& name) {
    Server server{{.local = control_jid, .remote = {}}};
    server.on_transport_up(Instant{});
    const std::string text = header_text({name, control_jid, ""});
    server.on_bytes(Instant{}, std::as_bytes(std::span{text}));
    return server.state() == State::established ? server.peer() : "refused";
  };
  EXPECT_EQ(called("node-a/bgp-peer"), "node-a");
  EXPECT_EQ(called("kn\xC3\xB6ten"), "kn\xC3\xB6ten");
  EXPECT_EQ(called(std::string(1023, 'x')), std::string(1023, 'x'));
  EXPECT_EQ(called(std::string(1024, 'x')), "refused");
  EXPECT_EQ(called(std::string(3000, 'x')), "refused");
  EXPECT_EQ(called("a@b/" + std::string(3000, 'x')), "refused");
  EXPECT_EQ(called(""), "refused");
}

// Many agents lose one control node at the same moment.
TEST(XmppBytes, F07_agents_come_back_spread_over_time_and_always_the_same_way) {
  const auto returns = [](int n) {
    Client client{{.local = "compute-" + std::to_string(n), .remote = control_jid},
                  std::make_shared<Memo>(0)};
    client.start(Instant{});
    client.on_transport_down(Instant{});
    return client.next_timer().value();
  };
  std::map<std::int64_t, int> each_100_ms;
  for (int n = 0; n < 5000; ++n) {
    const Instant at = returns(n);
    EXPECT_EQ(at, returns(n));
    EXPECT_GE(at, Instant{} + millis(3750));
    EXPECT_LT(at, Instant{} + millis(6250));
    ++each_100_ms[at.ns / millis(100).ns];
  }
  for (const auto& [when, agents] : each_100_ms) EXPECT_LT(agents, 280) << when;  // 200 is even
}

}  // namespace
}  // namespace tflab::xmpp
