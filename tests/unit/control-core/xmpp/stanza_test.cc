#include "control-core/xmpp/stanza.h"

#include <gtest/gtest.h>

#include "control-core/xmpp/entry.h"
#include "tests/unit/control-core/xmpp/samples.h"

namespace tflab::xmpp {
namespace {

const Ends from_agent{"node-a", "network-control@contrailsystems.com"};
const Ends from_control{"network-control@contrailsystems.com", "node-b"};

template <class T>
T agent_said(const std::string& text) {
  const auto element = xml::parse(text);
  EXPECT_TRUE(element) << text;
  auto said = read_agent_stanza(*element);
  EXPECT_TRUE(std::holds_alternative<T>(said)) << text << " is number " << said.index();
  return std::holds_alternative<T>(said) ? std::get<T>(said) : T{};
}
template <class T>
T control_said(const std::string& text) {
  const auto element = xml::parse(text);
  EXPECT_TRUE(element) << text;
  auto said = read_control_stanza(*element);
  EXPECT_TRUE(std::holds_alternative<T>(said)) << text << " is number " << said.index();
  return std::holds_alternative<T>(said) ? std::get<T>(said) : T{};
}

// One stanza after the other, as xml::parse wants them.
std::vector<std::string> split(const std::string& text) {
  const auto second = text.find("<iq", 1);
  return {text.substr(0, second), text.substr(second)};
}

constexpr std::string_view iq =
    R"(<iq type="set" from="node-a" to="network-control@contrailsystems.com/bgp-peer" id=")";
constexpr std::string_view pubsub = R"("><pubsub xmlns="http://jabber.org/protocol/pubsub">)";

std::string iq_with(std::string_view id, std::string_view inside) {
  return std::string{iq}.append(id).append(pubsub).append(inside) + "</pubsub></iq>";
}

TEST(XmppStanza, subscriptions_are_written_as_agents_write_them) {
  EXPECT_EQ(subscribe_text(from_agent, 3, samples::instance, 7),
            iq_with("subscribe3", R"(<subscribe node="d:p:vn1:vn1"><options><instance-id>7)"
                                  R"(</instance-id></options></subscribe>)"));
  EXPECT_EQ(unsubscribe_text(from_agent, 4, samples::instance, 7),
            iq_with("subscribe4", R"(<unsubscribe node="d:p:vn1:vn1"><options><instance-id>7)"
                                  R"(</instance-id></options></unsubscribe>)"));
}

TEST(XmppStanza, subscriptions_are_read_with_the_options_inside_or_beside) {
  const auto inside = agent_said<Subscribe>(subscribe_text(from_agent, 1, "a<b", 7));
  EXPECT_EQ(inside.instance, "a<b");
  EXPECT_EQ(inside.instance_id, 7u);
  EXPECT_FALSE(inside.no_ribout);
  const auto beside = agent_said<Subscribe>(
      "<iq type='set' from='a' to='bgp.contrail.com/bgp-peer' id='sub1_red'>\n"
      "  <pubsub xmlns='http://jabber.org/protocol/pubsub'>\n    <subscribe node='red'/>\n"
      "    <options> <instance-id> 2 </instance-id><no-ribout>true</no-ribout> </options>\n"
      "  </pubsub>\n</iq>");
  EXPECT_EQ(beside.instance, "red");
  EXPECT_EQ(beside.instance_id, 2u);
  EXPECT_TRUE(beside.no_ribout);
  EXPECT_EQ(agent_said<Unsubscribe>(unsubscribe_text(from_agent, 1, "red", 2)).instance, "red");
  agent_said<Nonsense>(iq_with("x",
                               "<subscribe node='red'><options><instance-id>-1</instance-id>"
                               "</options></subscribe>"));
  agent_said<Nonsense>(iq_with("x", "<subscribe/>"));
  agent_said<Nonsense>(iq_with("x", "<unsubscribe/>"));
  agent_said<Nonsense>(iq_with("x", "<dance/>"));
  agent_said<Nonsense>("<presence/>");
}

TEST(XmppStanza, other_resources_and_other_stanzas_are_not_for_us) {
  agent_said<NotForUs>("<iq type='set' to='c/config'><pubsub><subscribe node='x'/></pubsub></iq>");
  agent_said<NotForUs>("<iq type='set' to='c'><pubsub><subscribe node='x'/></pubsub></iq>");
  agent_said<NotForUs>("<iq to='c/bgp-peer'><ping/></iq>");
  agent_said<NotForUs>("<message to='c/bgp-peer'><body>hello</body></message>");
  control_said<NotForUs>("<iq type='set' to='a/config'><config/></iq>");
  control_said<NotForUs>("<message to='a/dns-peer'><event/></message>");
  control_said<Nonsense>("<message to='a/bgp-peer'><event/></message>");
}

TEST(XmppStanza, an_inet_route_is_published_as_agents_publish_it) {
  const Item item = samples::unicast();
  const std::string id = node_id(item, samples::instance, {});
  EXPECT_EQ(id, "1/1/d:p:vn1:vn1/10.0.0.3/32");
  EXPECT_EQ(publish_text(from_agent, 12, id, item),
            iq_with("pubsub12",
                    R"(<publish node="1/1/d:p:vn1:vn1/10.0.0.3/32"><item><entry><nlri><af>1</af>)"
                    R"(<safi>1</safi><address>10.0.0.3/32</address></nlri><next-hops><next-hop>)"
                    R"(<af>1</af><address>192.0.2.11</address><mac>02:00:00:00:00:11</mac>)"
                    R"(<label>25</label><tunnel-encapsulation-list><tunnel-encapsulation>gre)"
                    R"(</tunnel-encapsulation><tunnel-encapsulation>udp</tunnel-encapsulation>)"
                    R"(</tunnel-encapsulation-list><virtual-network>d:p:vn1</virtual-network>)"
                    R"(</next-hop></next-hops><version>1</version><sequence-number>0)"
                    R"(</sequence-number><local-preference>200</local-preference><med>0</med>)"
                    R"(<load-balance><load-balance-decision>field-hash</load-balance-decision>)"
                    R"(</load-balance><sub-protocol>interface</sub-protocol></entry></item>)"
                    R"(</publish>)"));
  EXPECT_EQ(collection_text(from_agent, 12, samples::instance, id, Family::inet, Verb::associate),
            iq_with("collection12", R"(<collection node="d:p:vn1:vn1"><associate )"
                                    R"(node="1/1/d:p:vn1:vn1/10.0.0.3/32"/></collection>)"));
  EXPECT_EQ(collection_text(from_agent, 12, samples::instance, id, Family::inet, Verb::dissociate),
            iq_with("collection12", R"(<collection node="d:p:vn1:vn1"><dissociate )"
                                    R"(node="1/1/d:p:vn1:vn1/10.0.0.3/32"/></collection>)"));
}

TEST(XmppStanza, evpn_and_multicast_routes_have_their_own_ids_and_nodes) {
  const Item host = samples::evpn();
  EXPECT_EQ(node_id(host, samples::instance, {}), "25/242/02:aa:00:00:00:03,10.0.0.3/32");
  EXPECT_EQ(publish_text(from_agent, 1, node_id(host, samples::instance, {}), host),
            iq_with("pubsub_l21",
                    R"(<publish node="25/242/02:aa:00:00:00:03,10.0.0.3/32"><item><entry><nlri>)"
                    R"(<af>25</af><safi>242</safi><ethernet-tag>0</ethernet-tag>)"
                    R"(<mac>02:aa:00:00:00:03</mac><address>10.0.0.3/32</address></nlri>)"
                    R"(<next-hops><next-hop><af>1</af><address>192.0.2.11</address>)"
                    R"(<label>33</label><tunnel-encapsulation-list><tunnel-encapsulation>gre)"
                    R"(</tunnel-encapsulation><tunnel-encapsulation>udp</tunnel-encapsulation>)"
                    R"(</tunnel-encapsulation-list></next-hop></next-hops><sequence-number>0)"
                    R"(</sequence-number><local-preference>200</local-preference><med>0</med>)"
                    R"(</entry></item></publish>)"));
  const Item tree = samples::multicast();
  EXPECT_EQ(publish_text(from_agent, 1, node_id(tree, samples::instance, {}), tree),
            iq_with("pubsub_b1",
                    R"(<publish node="1/241/d:p:vn1:vn1/255.255.255.255"><item><entry><nlri>)"
                    R"(<af>1</af><safi>241</safi><group>255.255.255.255</group>)"
                    R"(<source>0.0.0.0</source></nlri><next-hops><next-hop><af>1</af>)"
                    R"(<address>192.0.2.11</address><label>4096-6143</label>)"
                    R"(<tunnel-encapsulation-list><tunnel-encapsulation>gre)"
                    R"(</tunnel-encapsulation><tunnel-encapsulation>udp</tunnel-encapsulation>)"
                    R"(</tunnel-encapsulation-list></next-hop></next-hops></entry></item>)"
                    R"(</publish>)"));
  EvpnItem tagged = samples::evpn();
  tagged.tag = 5;
  EXPECT_EQ(id_of(tagged), "5-02:aa:00:00:00:03,10.0.0.3/32");
  EXPECT_EQ(id_of(samples::unicast("2001:db8::/64")), "2001:db8::/64");
}

TEST(XmppStanza, a_published_route_is_read_with_its_node_and_primary_instance) {
  const Item item = samples::unicast();
  const auto plain =
      agent_said<Publish>(publish_text(from_agent, 1, node_id(item, "a:b", {}), item));
  EXPECT_EQ(plain.item, item);
  EXPECT_EQ(plain.primary_instance, std::nullopt);
  const std::string native = node_id(item, "a:b", 9);
  EXPECT_EQ(native, "1/1/a:b/10.0.0.3/32/9");
  EXPECT_EQ(agent_said<Publish>(publish_text(from_agent, 1, native, item)).primary_instance, 9u);
  const auto both = agent_said<Collection>(
      collection_text(from_agent, 1, "a:b", native, Family::inet, Verb::dissociate));
  EXPECT_EQ(both.instance, "a:b");
  EXPECT_EQ(both.node_id, native);
  EXPECT_EQ(both.verb, Verb::dissociate);
}

TEST(XmppStanza, end_of_rib_has_two_forms_from_agents_and_one_from_control_nodes) {
  const auto stanzas = split(agent_end_of_rib_text(from_agent, 1));
  agent_said<SaidEndOfRib>(stanzas[0]);
  agent_said<EmptyCollection>(stanzas[1]);
  const std::string message = message_tag(from_control) + end_of_rib_body();
  EXPECT_EQ(message,
            R"(<message from="network-control@contrailsystems.com" to="node-b/bgp-peer"><event )"
            R"(xmlns="http://jabber.org/protocol/pubsub"><items node="0/0/EndOfRib"></items>)"
            R"(</event></message>)");
  agent_said<SaidEndOfRib>(message);
  control_said<SaidEndOfRib>(message);
}

TEST(XmppStanza, items_and_retracts_are_written_as_control_nodes_write_them) {
  UnicastItem item = samples::unicast();
  item.next_hops[0].mac.reset();
  item.sub_protocol = SubProtocol::none;
  item.virtual_network = "d:p:vn1";
  const auto items = samples::texts_of({item, samples::unicast("10.0.0.4/32")});
  std::span<const SharedItemText> left{items};
  const std::string text = message_tag(from_control) + items_body(samples::instance, left);
  EXPECT_TRUE(left.empty());
  EXPECT_TRUE(text.starts_with(
      R"(<message from="network-control@contrailsystems.com" to="node-b/bgp-peer"><event )"
      R"(xmlns="http://jabber.org/protocol/pubsub"><items node="1/1/d:p:vn1:vn1">)"
      R"(<item id="10.0.0.3/32"><entry><nlri><af>1</af><safi>1</safi><address>10.0.0.3/32)"
      R"(</address></nlri><next-hops><next-hop><af>1</af><address>192.0.2.11</address>)"
      R"(<label>25</label><tunnel-encapsulation-list><tunnel-encapsulation>gre)"
      R"(</tunnel-encapsulation><tunnel-encapsulation>udp</tunnel-encapsulation>)"
      R"(</tunnel-encapsulation-list><virtual-network>d:p:vn1</virtual-network></next-hop>)"
      R"(</next-hops><version>1</version><virtual-network>d:p:vn1</virtual-network>)"
      R"(<mobility sticky="false" seqno="0"/><sequence-number>0</sequence-number>)"
      R"(<local-preference>200</local-preference><med>0</med></entry></item>)"
      R"(<item id="10.0.0.4/32"><entry>)"))
      << text;
  const std::vector<std::string> ids = {"10.0.0.3/32"};
  std::span<const std::string> gone{ids};
  EXPECT_EQ(message_tag(from_control) + retracts_body(samples::instance, Family::inet, gone),
            R"(<message from="network-control@contrailsystems.com" to="node-b/bgp-peer"><event )"
            R"(xmlns="http://jabber.org/protocol/pubsub"><items node="1/1/d:p:vn1:vn1">)"
            R"(<retract id="10.0.0.3/32" /></items></event></message>)");
}

TEST(XmppStanza, one_message_carries_32_items_of_one_family_or_256_retracts) {
  std::vector<Item> items(70, samples::unicast());
  items.insert(items.begin() + 40, samples::evpn());
  std::vector<std::size_t> sizes;
  std::vector<Family> families;
  const auto texts = samples::texts_of(items);
  for (std::span<const SharedItemText> left{texts}; !left.empty();) {
    const auto message =
        control_said<RouteMessage>(message_tag(from_control) + items_body("a/b", left));
    EXPECT_EQ(message.instance, "a/b");
    sizes.push_back(message.items.size());
    families.push_back(message.family);
  }
  EXPECT_EQ(sizes, (std::vector<std::size_t>{32, 8, 1, 30}));
  EXPECT_EQ(families, (std::vector{Family::inet, Family::inet, Family::evpn, Family::inet}));
  const std::vector<std::string> ids(600, "10.0.0.1/32");
  sizes.clear();
  for (std::span<const std::string> left{ids}; !left.empty();)
    sizes.push_back(control_said<RouteMessage>(message_tag(from_control) +
                                               retracts_body("a", Family::inet6, left))
                        .retracts.size());
  EXPECT_EQ(sizes, (std::vector<std::size_t>{256, 256, 88}));
}

TEST(XmppStanza, a_message_with_many_paths_stays_within_what_a_reader_takes) {
  UnicastItem wide = samples::unicast();
  wide.next_hops.assign(64, samples::next_hop());
  ItemTexts texts;
  const std::vector<SharedItemText> items(32, write_item(wide, texts));
  std::size_t messages = 0, read = 0;
  for (std::span<const SharedItemText> left{items}; !left.empty(); ++messages) {
    const std::string text = message_tag(from_control) + items_body("a", left);
    EXPECT_LT(text.size(), xml::Limits{}.stanza / 2);
    read += control_said<RouteMessage>(text).items.size();
  }
  EXPECT_EQ(read, 32u);
  EXPECT_GT(messages, 1u);
}

TEST(XmppEntry, whatever_is_written_is_read_back_the_same) {
  samples::Any any{20260105};
  for (int i = 0; i < 3000; ++i) {
    const bool agent = any.maybe();
    Item item = any.item(agent);
    std::string text;
    xml::Writer out{text};
    write_entry(out, item, agent ? Speaker::agent : Speaker::control_node);
    const auto element = xml::parse(text);
    ASSERT_TRUE(element) << text;
    const auto read = read_entry(*element, family_of(item));
    ASSERT_TRUE(read) << read.why() << '\n' << text;
    if (auto* multicast = std::get_if<MulticastItem>(&item)) multicast->id.clear();
    EXPECT_EQ(*read, item) << text;
    if (agent) {
      EXPECT_EQ(publish_fault(*read, samples::instance), std::nullopt) << text;
    }
  }
}

// A sound entry with one thing replaced.
std::string entry_with(std::string_view what, std::string_view by) {
  std::string text;
  xml::Writer out{text};
  write_entry(out, samples::unicast(), Speaker::agent);
  const auto at = text.find(what);
  EXPECT_NE(at, std::string::npos) << what;
  return text.replace(at, what.size(), by);
}

std::string verdict(const std::string& entry, Family family = Family::inet,
                    const std::string& instance = samples::instance) {
  const auto element = xml::parse(entry);
  if (!element) return "not XML";
  const auto item = read_entry(*element, family);
  return item ? publish_fault(*item, instance).value_or("") : item.why();
}

TEST(XmppEntry, what_makes_no_sense_is_refused_with_a_reason) {
  EXPECT_EQ(verdict(entry_with("<version>1</version>", "<new-thing><a/></new-thing>")), "");
  EXPECT_EQ(verdict(entry_with("10.0.0.3/32", "10.0.0/24")), "address is '10.0.0/24'");
  EXPECT_EQ(verdict(entry_with("10.0.0.3/32", "10.0.0.3/33")), "address is '10.0.0.3/33'");
  EXPECT_EQ(verdict(entry_with("10.0.0.3/32", "")), "address is ''");
  EXPECT_EQ(verdict(entry_with("<address>10.0.0.3/32</address>", "")), "no address");
  EXPECT_EQ(verdict(entry_with("10.0.0.3/32", "2001:db8::/64")),
            "prefix is of another family than its node");
  EXPECT_EQ(verdict(entry_with("<af>1</af>", "<af>2</af>")),
            "nlri is of another family than its node");
  EXPECT_EQ(verdict(entry_with("<af>1</af>", "<af>ZZ</af>")), "af is 'ZZ'");
  EXPECT_EQ(verdict("<entry/>"), "no nlri");
  EXPECT_EQ(verdict(entry_with("192.0.2.11", "192.0.2.1.1")), "address is '192.0.2.1.1'");
  EXPECT_EQ(verdict(entry_with("192.0.2.11", "10.1")), "address is '10.1'");
  EXPECT_EQ(verdict(entry_with("192.0.2.11", "0.0.0.0")), "next hop is zero");
  EXPECT_EQ(verdict(entry_with("192.0.2.11", "2001:db8::1")), "next hop's af is not its address's");
  EXPECT_EQ(verdict(entry_with("<label>25<", "<label>0<")), "label is zero");
  EXPECT_EQ(verdict(entry_with("<label>25<", "<label>1048575<")), "");
  EXPECT_EQ(verdict(entry_with("<label>25<", "<label>1048576<")), "label too large");
  EXPECT_EQ(verdict(entry_with("<label>25<", "<label>-1<")), "label is '-1'");
  EXPECT_EQ(verdict(entry_with("<label>25<", "<label>4294967296<")), "label is '4294967296'");
  EXPECT_EQ(verdict(entry_with("<mac>02", "<mac>0g")), "mac is '0g:00:00:00:00:11'");
  EXPECT_EQ(verdict(entry_with("<next-hop>",
                               "<next-hop><af>1</af><address>1.1.1.1</address>"
                               "<label>9</label></next-hop><next-hop>")),
            "an agent has one next hop, not 2");
  EXPECT_EQ(verdict(entry_with("<sequence-number>0<", "<sequence-number>ZZZZZZ<")),
            "sequence-number is 'ZZZZZZ'");
  EXPECT_EQ(verdict(entry_with("<version>", "<mobility sticky='x'/><version>")),
            "mobility makes no sense");
  EXPECT_EQ(verdict(entry_with("<med>0<", "<med>4294967296<")), "med is '4294967296'");
  EXPECT_EQ(verdict(entry_with("<med>",
                               "<security-group-list><security-group>x</security-group>"
                               "</security-group-list><med>")),
            "security-group is not a number");
}

TEST(XmppEntry, load_balance_names_fields_or_means_the_usual_five) {
  const std::string usual = "<load-balance-decision>field-hash</load-balance-decision>";
  const auto read = [&](const std::string& by) {
    const auto item = read_entry(*xml::parse(entry_with(usual, by)), Family::inet);
    return item ? std::get<UnicastItem>(*item).load_balance : LoadBalance{0, false};
  };
  const auto list = [](const std::string& fields) {
    return "<load-balance-fields>" + fields + "</load-balance-fields>";
  };
  EXPECT_EQ(read(usual), LoadBalance{});
  EXPECT_EQ(read(""), LoadBalance{});
  EXPECT_EQ(read(list("") + usual), LoadBalance{});
  EXPECT_EQ(read(list("<load-balance-field-list>l3-source-address</load-balance-field-list>"
                      "<load-balance-field-list>l4-protocol</load-balance-field-list>")),
            (LoadBalance{hash_src_ip | hash_protocol, false}));
  EXPECT_EQ(read("<load-balance-decision>source-bias</load-balance-decision>"),
            (LoadBalance{all_hash_fields, true}));
  EXPECT_EQ(verdict(entry_with(usual, "<load-balance-decision>dice</load-balance-decision>")),
            "load-balance-decision is 'dice'");
  EXPECT_EQ(
      verdict(entry_with(usual, list("<load-balance-field-list>l5</load-balance-field-list>"))),
      "load-balance-field-list is 'l5'");
}

TEST(XmppEntry, a_next_hop_may_have_a_second_label_and_tags) {
  const std::string with =
      "<label>25</label><l3-label>77</l3-label>"
      "<tag-list><tag>3</tag><tag>4294967295</tag></tag-list>";
  const auto item = read_entry(*xml::parse(entry_with("<label>25</label>", with)), Family::inet);
  ASSERT_TRUE(item);
  const NextHop& hop = std::get<UnicastItem>(*item).next_hops[0];
  EXPECT_EQ(hop.l3_label, 77u);
  EXPECT_EQ(hop.tags, (std::vector<std::uint32_t>{3, 0xffffffff}));
  EXPECT_EQ(verdict(entry_with("<label>25", "<l3-label>1048576</l3-label><label>25")),
            "label too large");
  EXPECT_EQ(verdict(entry_with("<label>25", "<tag-list><tag>x</tag></tag-list><label>25")),
            "tag is not a number");
}

TEST(XmppEntry, a_vni_may_be_longer_than_a_label) {
  const std::string vxlan =
      entry_with("<tunnel-encapsulation>gre<", "<tunnel-encapsulation>vxlan<");
  const auto with_label = [&](std::string_view label) {
    std::string text = vxlan;
    return text.replace(text.find("25</label>"), 2, label);
  };
  EXPECT_EQ(verdict(with_label("16777215")), "");
  EXPECT_EQ(verdict(with_label("16777216")), "label too large");
}

TEST(XmppEntry, S47_the_master_instance_has_plain_routes_and_labeled_ones_apart) {
  const std::string plain = entry_with("<label>25<", "<label>0<");
  EXPECT_EQ(verdict(plain, Family::inet, samples::master), "");
  EXPECT_EQ(verdict(entry_with("<med>", "<med>"), Family::inet, samples::master),
            "a label in the master instance");
  const auto labeled = [](std::string_view label) {
    std::string text = entry_with("<safi>1<", "<safi>4<");
    return text.replace(text.find("25</label>"), 2, label);
  };
  EXPECT_EQ(verdict(labeled("25"), Family::inet_labeled, samples::master), "");
  EXPECT_EQ(verdict(labeled("0"), Family::inet_labeled, samples::master), "label is zero");
  EXPECT_EQ(verdict(labeled("2097151"), Family::inet_labeled, samples::master), "label too large");
}

TEST(XmppEntry, unknown_encapsulations_are_left_out_and_nothing_but_them_shows) {
  const auto encaps = [](const std::string& text) {
    return std::get<UnicastItem>(*read_entry(*xml::parse(text), Family::inet)).next_hops[0].encaps;
  };
  const std::string one = entry_with("gre</tunnel-encapsulation>", "stt</tunnel-encapsulation>");
  EXPECT_EQ(encaps(one), (std::vector{Encap::udp}));
  std::string both = one;
  both.replace(both.find("udp<"), 3, "l2tp");
  EXPECT_EQ(encaps(both), (std::vector{Encap::unspecified}));
}

TEST(XmppEntry, mpls_over_gre_is_gre_here_and_said_once) {
  UnicastItem item = samples::unicast();
  item.next_hops[0].encaps = {Encap::gre, Encap::mpls_o_gre, Encap::udp};
  std::string text;
  xml::Writer out{text};
  write_entry(out, item, Speaker::control_node);
  const auto read = std::get<UnicastItem>(*read_entry(*xml::parse(text), Family::inet));
  EXPECT_EQ(read.next_hops[0].encaps, (std::vector{Encap::gre, Encap::udp}));
}

TEST(XmppEntry, evpn_addresses_of_a_mac_are_hosts_or_nothing) {
  const auto with = [](std::string_view address) {
    std::string text;
    xml::Writer out{text};
    write_entry(out, samples::evpn(), Speaker::agent);
    return text.replace(text.find("10.0.0.3/32"), 11, address);
  };
  for (std::string_view none : {"0.0.0.0/32", "0.0.0.0/0", "::/0", "::/128"})
    EXPECT_EQ(std::get<EvpnItem>(*read_entry(*xml::parse(with(none)), Family::evpn)).address,
              IpPrefix::host(Ip4{}));
  EXPECT_EQ(verdict(with("10.0.0.0/24"), Family::evpn), "a MAC with a prefix");
  EXPECT_EQ(verdict(with("10.1.1.1"), Family::evpn), "address is '10.1.1.1'");
}

TEST(XmppEntry, label_blocks_are_ranges_that_go_up) {
  const auto with = [](std::string_view block) {
    std::string text;
    xml::Writer out{text};
    write_entry(out, samples::multicast(), Speaker::agent);
    return verdict(text.replace(text.find("4096-6143"), 9, block), Family::ermvpn);
  };
  EXPECT_EQ(with("1-1"), "");
  for (std::string_view bad : {"0-0", "0-20000", "20000-10000", "10000", "-", "1-", "1-1048576"})
    EXPECT_EQ(with(bad), "label is '" + std::string{bad} + "'");
}

}  // namespace
}  // namespace tflab::xmpp
