// What comes from outside: cut anywhere, broken everywhere, or written by somebody else.

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <span>
#include <sstream>

#include "control-core/xmpp/memo.h"
#include "control-core/xmpp/session.h"
#include "control-core/xmpp/stanza.h"
#include "control-core/xmpp/stream.h"
#include "tests/dsl/source_tree.h"
#include "tests/unit/control-core/xmpp/samples.h"

namespace tflab::xmpp {
namespace {

namespace fs = std::filesystem;

const std::string control_jid = "network-control@contrailsystems.com";
const Ends from_agent{"node-a", control_jid};
const Ends from_control{control_jid, "node-a"};
const std::string agent_header = header_text({"node-a", control_jid, ""});
const std::string control_header = header_text({control_jid, "node-a", "++123"});

Bytes bytes_of(std::string_view text) {
  return std::as_bytes(std::span{text});
}

// What an agent says in a short life.
std::string agent_story() {
  std::string text = agent_header + std::string{keepalive_text};
  text += subscribe_text(from_agent, 1, samples::instance, 7);
  std::uint64_t n = 0;
  for (const Item& item :
       {Item{samples::unicast()}, Item{samples::evpn()}, Item{samples::multicast()}}) {
    const std::string id = node_id(item, samples::instance, {});
    text += publish_text(from_agent, ++n, id, item);
    text += collection_text(from_agent, n, samples::instance, id, family_of(item),
                            n == 2 ? Verb::dissociate : Verb::associate);
    text += keepalive_text;
  }
  return text + agent_end_of_rib_text(from_agent, 9) +
         unsubscribe_text(from_agent, 2, samples::instance, 7) + std::string{end_tag};
}

std::string control_story() {
  samples::Any any{5};
  const auto items = samples::texts_of({samples::unicast(), samples::evpn(), any.multicast(false)});
  std::string text = control_header;
  for (std::span<const SharedItemText> left{items}; !left.empty();)
    text += message_tag(from_control) + items_body(samples::instance, left) +
            std::string{keepalive_text};
  const std::vector<std::string> ids = {"10.0.0.3/32", "10.0.0.4/32"};
  std::span<const std::string> left{ids};
  text += message_tag(from_control) + retracts_body(samples::instance, Family::inet, left);
  return text + message_tag(from_control) + end_of_rib_body() + std::string{end_tag};
}

// What came out, as lines. Bytes sent in answer are kept, so that a difference there shows too.
template <class Output>
std::string line(const Output& output) {
  std::string out = std::to_string(output.index());
  if (auto* send = std::get_if<Send>(&output))
    out.append(1, ' ').append(reinterpret_cast<const char*>(send->bytes->data()),
                              send->bytes->size());
  if (auto* down = std::get_if<Down>(&output)) out += ' ' + down->why;
  return out + '\n';
}

struct Told {
  std::string lines;
  std::size_t downs = 0;
  std::vector<Published> published;
  State state{};
  Statistics received;
};

Told server_told(std::string_view text, std::size_t step = 1u << 30) {
  Server server{{.local = control_jid, .remote = {}}};
  server.on_transport_up(Instant{});
  Told told;
  for (std::size_t at = 0; at < text.size(); at += step)
    server.on_bytes(Instant{}, bytes_of(text.substr(at, step)));
  while (auto output = server.poll_output()) {
    told.lines += line(*output);
    told.downs += std::holds_alternative<Down>(*output);
    if (auto* p = std::get_if<Published>(&*output)) told.published.push_back(*p);
  }
  told.state = server.state();
  told.received = server.received();
  return told;
}

std::string client_told(std::string_view text, std::size_t step = 1u << 30) {
  Client client{{.local = "node-a", .remote = control_jid}, std::make_shared<Memo>(0)};
  client.start(Instant{});
  client.on_transport_up(Instant{});
  for (std::size_t at = 0; at < text.size(); at += step)
    client.on_bytes(Instant{}, bytes_of(text.substr(at, step)));
  std::string lines;
  while (auto output = client.poll_output()) lines += line(*output);
  const Statistics got = client.received();
  return lines + std::to_string(got.stanzas) + ' ' + std::to_string(got.keepalives) + ' ' +
         std::to_string(got.refused) + ' ' + std::string{to_text(client.state())};
}

TEST(XmppHostile, E01_bytes_may_be_cut_anywhere) {
  const std::string agent = agent_story(), control = control_story();
  const Told whole = server_told(agent);
  EXPECT_EQ(whole.received.stanzas, 10u);
  EXPECT_EQ(whole.received.keepalives, 4u);
  EXPECT_EQ(whole.published.size(), 2u);
  EXPECT_EQ(whole.downs, 1u);
  const std::string whole_client = client_told(control);
  EXPECT_NE(whole_client.find("5 3 0 Active"), std::string::npos) << whole_client;
  for (std::size_t step : {1, 2, 3, 5, 7, 11, 64, 1000}) {
    EXPECT_EQ(server_told(agent, step).lines, whole.lines) << step;
    EXPECT_EQ(client_told(control, step), whole_client) << step;
  }
}

TEST(XmppHostile, a_truncated_stream_is_neither_down_nor_ahead_of_itself) {
  const std::string agent = agent_story();
  Server server{{.local = control_jid, .remote = {}}};
  server.on_transport_up(Instant{});
  std::size_t complete = 0;  // requests whose last byte has come
  for (std::size_t n = 1; n < agent.size(); ++n) {
    server.on_bytes(Instant{}, bytes_of(std::string_view{agent}.substr(n - 1, 1)));
    EXPECT_EQ(server.state(), n < agent_header.size() ? State::active : State::established) << n;
    complete += std::string_view{agent}.substr(0, n).ends_with("</iq>");
    EXPECT_EQ(server.received().stanzas, complete) << n;
    EXPECT_EQ(server.received().refused, 0u) << n;
  }
  server.on_bytes(Instant{}, bytes_of(std::string_view{agent}.substr(agent.size() - 1)));
  EXPECT_EQ(server.state(), State::idle);
}

TEST(XmppHostile, bombs_are_harmless) {
  std::string laughs = "<!DOCTYPE s [<!ENTITY a0 'ha'>";
  for (int i = 1; i < 64; ++i)
    laughs += "<!ENTITY a" + std::to_string(i) + " '&a" + std::to_string(i - 1) + ";&a" +
              std::to_string(i - 1) + ";'>";
  std::string deep;
  for (int i = 0; i < 10'000; ++i) deep += "<a>";
  std::string many = "<iq";
  for (int i = 0; i < 10'000; ++i) many += " a" + std::to_string(i) + "=''";
  std::string wide = "<iq>";
  for (int i = 0; i < 100'000; ++i) wide += "<a/>";
  const std::string bombs[] = {
      laughs + "]>" + agent_header,
      agent_header + laughs,
      agent_header + "<!DOCTYPE a SYSTEM 'file:///etc/passwd'>",
      agent_header + "<iq>&xxe;</iq>",
      agent_header + deep,
      agent_header + many + "/>",
      agent_header + wide,
      agent_header + "<iq a='" + std::string(1 << 20, 'x') + "'/>",
      agent_header + '<' + std::string(1 << 20, 'x') + "/>",
      agent_header + "<iq>" + std::string(10 << 20, 'x'),
      agent_header + "<!--" + std::string(1 << 20, 'x'),
      agent_header + "<iq><![CDATA[" + std::string(1 << 20, 'x'),
  };
  for (const std::string& bomb : bombs) {
    const Told told = server_told(bomb, 1448);
    EXPECT_EQ(told.state, State::idle) << bomb.substr(0, 300);
    EXPECT_EQ(told.downs, 1u);
  }
}

std::vector<std::string> stanzas_of(const std::string& story, std::size_t header) {
  std::vector<std::string> out;
  for (std::size_t at = story.find('<', header); at < story.size();) {
    const std::size_t next = std::min({story.find("<iq", at + 1), story.find("<message", at + 1),
                                       story.find("</stream", at + 1), story.size()});
    out.push_back(story.substr(at, next - at));
    at = next;
  }
  return out;
}

constexpr std::string_view spice[] = {"<",         ">",
                                      "/",         "&",
                                      "'",         "\"",
                                      "=",         "<iq",
                                      "</iq>",     "<item>",
                                      "\xC8\x80",  "\xFF",
                                      "]]>",       "<!--",
                                      "<!DOCTYPE", "</stream:stream>",
                                      "&lt;",      "<retract id='x'/>"};
constexpr std::string_view words[] = {"0",   "-1", "4294967296", "16777216", "1048576",
                                      "",    "/",  "10.0.0.0/8", "::/0",     "0.0.0.0",
                                      "255", "x",  "\xC8\x80",   "25/242/",  "0/0/EndOfRib"};

// Tears the text itself.
void tear(std::string& text, std::mt19937& random) {
  const std::size_t at = random() % text.size();
  switch (random() % 4) {
    case 0:
      text[at] = static_cast<char>(random());
      break;
    case 1:
      text.erase(at, 1 + random() % 30);
      break;
    case 2:
      text.insert(at, spice[random() % std::size(spice)]);
      break;
    default:
      text.insert(at, text.substr(random() % text.size(), random() % 60));
      break;
  }
}

// Replaces one value and leaves the tags alone, so that it gets past the XML reader.
void twist(std::string& text, std::mt19937& random) {
  const std::size_t from = text.find_first_of(">\"", random() % text.size());
  if (from == std::string::npos) return;
  const std::size_t to = text.find_first_of("<\"", from + 1);
  if (to == std::string::npos ||
      text.substr(from, to - from).find_first_of("= ") != std::string::npos)
    return;
  text.replace(from + 1, to - from - 1, words[random() % std::size(words)]);
}

void check(const Published& published) {
  const auto* unicast = std::get_if<UnicastItem>(&published.item);
  if (!unicast) return;
  ASSERT_EQ(unicast->next_hops.size(), 1u);
  ASSERT_LE(unicast->next_hops[0].label, 0xffffffu);
  ASSERT_FALSE(unicast->next_hops[0].address.zero());
}

TEST(XmppHostile, E14_any_mutation_is_survived_and_nothing_bad_is_published) {
  const std::vector<std::string> said[] = {stanzas_of(agent_story(), agent_header.size()),
                                           stanzas_of(control_story(), control_header.size())};
  std::mt19937 random{4711};
  std::size_t survived = 0, published = 0;
  for (int i = 0; i < 10'000; ++i) {
    const bool to_client = i % 2 != 0;
    std::string text = to_client ? control_header : agent_header;
    const auto& stanzas = said[to_client];
    const std::size_t first = random() % stanzas.size();
    for (std::size_t n = 0; n < 1 + random() % 3 && first + n < stanzas.size(); ++n)
      text += stanzas[first + n];
    for (std::uint32_t n = 1 + random() % 4; n > 0 && !text.empty(); --n)
      random() % 4 == 0 ? tear(text, random) : twist(text, random);
    const std::size_t step = 50 + random() % 1400;
    if (to_client) {
      client_told(text, step);
      continue;
    }
    const Told told = server_told(text, step);
    ASSERT_EQ(told.downs, told.state == State::idle ? 1u : 0u);
    survived += told.state == State::established;
    published += told.published.size();
    for (const Published& p : told.published) check(p);
  }
  EXPECT_GT(survived, 1000u);  // or the mutations never get past the reader
  EXPECT_GT(published, 100u);
}

// Public test material, where there is any.
std::optional<fs::path> corpora() {
  const fs::path folder = test::corpora() / "xmpp";
  std::error_code error;
  if (!fs::is_directory(folder, error)) return {};
  return folder;
}

std::string contents(const fs::path& path) {
  std::ifstream file{path, std::ios::binary};
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

std::vector<fs::path> files_in(const fs::path& folder) {
  std::vector<fs::path> out;
  for (const auto& entry : fs::directory_iterator{folder}) out.push_back(entry.path());
  std::ranges::sort(out);
  return out;
}

class XmppCorpora : public testing::Test {
protected:
  void SetUp() override {
    if (!corpora()) GTEST_SKIP() << "no corpora: set TFLAB_CORPORA to a folder that has xmpp/";
  }
};

TEST_F(XmppCorpora, E12_the_originals_malformed_items_are_refused_and_the_session_stays_up) {
  const std::pair<std::string_view, std::string_view> nodes[] = {
      {"bad_inet_", "1/1/red/10.1.1.1/32"},
      {"bad_inet6_", "2/1/red/abcd::1/128"},
      {"bad_enet_", "25/242/aa:00:00:01:02:03,10.1.1.1/32"},
      {"bad_mcast_", "1/241/red/255.255.255.255"},
  };
  std::size_t count = 0;
  for (const fs::path& file : files_in(*corpora() / "tf-bad-item")) {
    for (const auto& [prefix, node] : nodes) {
      if (!file.filename().string().starts_with(prefix)) continue;
      const std::string id{node};
      const Told told = server_told(
          agent_header +
          "<iq type='set' from='node-a' to='c/bgp-peer' id='1'><pubsub><publish node='" + id +
          "'>" + contents(file) + "</publish></pubsub></iq>" +
          collection_text(from_agent, 1, "red", id, Family::inet, Verb::associate));
      EXPECT_TRUE(told.published.empty()) << file;
      EXPECT_EQ(told.received.refused, 1u) << file;
      EXPECT_EQ(told.state, State::established) << file << told.lines;
      ++count;
    }
  }
  EXPECT_GT(count, 10u);
}

TEST_F(XmppCorpora, the_originals_subscriptions_and_publishes_are_understood) {
  const fs::path folder = *corpora() / "tf-bgp-xml";
  const Told subscribed = server_told(agent_header + contents(folder / "pubsub_sub2.xml"));
  EXPECT_EQ(subscribed.state, State::established) << subscribed.lines;
  EXPECT_EQ(subscribed.received.refused, 0u);
  // One of its comments ends in "--->", which XML forbids.
  std::string text = contents(folder / "pubsub_pub.xml");
  for (std::size_t at; (at = text.find("--->")) != text.npos;) text.erase(at, 1);
  const Told published = server_told(agent_header + text);
  EXPECT_EQ(published.state, State::established) << published.lines;
  EXPECT_EQ(published.published.size(), 1u);
  for (const fs::path& file : files_in(*corpora() / "tf-xmpp"))
    server_told(agent_header + contents(file), 1);
}

TEST_F(XmppCorpora, bombs_odd_encodings_and_malformed_files_end_at_most_their_session) {
  for (const char* group : {"xml-bomb", "xml-encoding", "xml-malformed", "xml-recursion"}) {
    if (!fs::is_directory(*corpora() / group)) continue;
    for (const fs::path& file : files_in(*corpora() / group)) {
      const std::string text = contents(file);
      const Told bare = server_told(text, 1448);
      EXPECT_NE(bare.state, State::established) << file;
      const Told inside = server_told(agent_header + text, 1448);
      EXPECT_TRUE(inside.published.empty()) << file;
      if (text.find("<!DOCTYPE") != std::string::npos) {
        EXPECT_EQ(inside.state, State::idle) << file;
      }
      EXPECT_EQ(server_told(agent_header + text.substr(0, 4000), 1).lines,
                server_told(agent_header + text.substr(0, 4000)).lines)
          << file;
    }
  }
}

}  // namespace
}  // namespace tflab::xmpp
