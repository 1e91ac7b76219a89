// Every row of the XMPP corpus' index is what the index says, whole and byte by byte. Feeding byte
// by byte passes through every truncation.

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <sstream>

#include <nlohmann/json.hpp>

#include "control-core/base/xml.h"
#include "control-core/xmpp/memo.h"
#include "control-core/xmpp/session.h"
#include "control-core/xmpp/stream.h"
#include "tests/dsl/source_tree.h"

namespace tflab::xmpp {
namespace {

namespace fs = std::filesystem;

const std::string control_jid = "network-control@contrailsystems.com";
const std::string header = header_text({"node-a", control_jid, ""});

struct Verdict {
  std::string error;  // the stream error's condition
  State state{};
  std::size_t downs = 0;
  friend bool operator==(const Verdict&, const Verdict&) = default;
};

Verdict verdict_on(std::string_view text, std::size_t step) {
  Server server{{.local = control_jid, .remote = {}}};
  server.on_transport_up(Instant{});
  Verdict out;
  std::string sent;
  for (std::size_t at = 0; at < text.size(); at += step) {
    server.on_bytes(Instant{}, std::as_bytes(std::span{text.substr(at, step)}));
    while (auto output = server.poll_output()) {
      if (auto* send = std::get_if<Send>(&*output))
        sent.append(reinterpret_cast<const char*>(send->bytes->data()), send->bytes->size());
      out.downs += std::holds_alternative<Down>(*output);
    }
    EXPECT_EQ(out.downs, server.state() == State::idle ? 1u : 0u);
  }
  constexpr std::string_view error = "<stream:error><";
  if (const auto at = sent.find(error); at != sent.npos) {
    const auto begin = at + error.size();
    out.error = sent.substr(begin, sent.find_first_of(" />", begin) - begin);
  }
  out.state = server.state();
  return out;
}

// The same however it is cut.
Verdict verdict_on(std::string_view text) {
  const Verdict whole = verdict_on(text, 1u << 30);
  if (text.size() <= 20'000) {
    EXPECT_EQ(verdict_on(text, 1), whole);
  }
  return whole;
}

struct Row {
  fs::path file;
  std::string group;
  bool well_formed = false;
};

class XmppCorpus : public testing::Test {
protected:
  void SetUp() override {
    folder_ = test::corpora() / "xmpp";
    std::error_code error;
    if (!fs::exists(folder_ / "INDEX.tsv", error))
      GTEST_SKIP() << "no corpora: set TFLAB_CORPORA to a folder that has xmpp/";
  }
  // Those that are there; others of the index may be kept back.
  std::vector<Row> rows(std::string_view group) const {
    std::vector<Row> out;
    std::ifstream index{folder_ / "INDEX.tsv"};
    for (std::string line; std::getline(index, line);) {
      std::vector<std::string> fields;
      std::istringstream in{line};
      for (std::string field; std::getline(in, field, '\t');) fields.push_back(field);
      if (fields.size() < 6 || fields[2] != group || !fs::exists(folder_ / fields[1])) continue;
      out.push_back({folder_ / fields[1], fields[2], fields[5] == "yes"});
    }
    EXPECT_FALSE(out.empty()) << group;
    return out;
  }
  static std::string contents(const fs::path& path) {
    std::ifstream file{path, std::ios::binary};
    std::ostringstream text;
    text << file.rdbuf();
    return text.str();
  }

  fs::path folder_;
};

TEST_F(XmppCorpus, bombs_are_restricted_xml_and_simple_files_parse) {
  for (const Row& row : rows("xml-bomb")) {
    const std::string text = contents(row.file);
    if (text.find("<!DOCTYPE") != text.npos)
      EXPECT_EQ(verdict_on(text).error, "restricted-xml") << row.file;
    else
      EXPECT_TRUE(xml::parse(text)) << row.file;
  }
}

TEST_F(XmppCorpus, recursive_entities_are_restricted_xml) {
  for (const Row& row : rows("xml-recursion")) {
    const std::string text = contents(row.file);
    if (text.find("<!DOCTYPE") == text.npos) continue;  // parts of others
    EXPECT_EQ(verdict_on(text).error, "restricted-xml") << row.file;
  }
}

TEST_F(XmppCorpus, encodings_other_than_utf8_are_refused_as_such) {
  for (const Row& row : rows("xml-encoding")) {
    const std::string name = row.file.filename();
    const bool other = name.find("utf16") != name.npos || name.find("utf32") != name.npos ||
                       name.find("latin1") != name.npos;
    const Verdict verdict = verdict_on(contents(row.file));
    EXPECT_NE(verdict.state, State::established) << name;
    EXPECT_EQ(verdict.error == "unsupported-encoding", other) << name << ' ' << verdict.error;
  }
}

TEST_F(XmppCorpus, malformed_files_are_refused_or_wait_for_more) {
  for (const Row& row : rows("xml-malformed")) {
    const std::string text = contents(row.file);
    EXPECT_NE(verdict_on(text).state, State::established) << row.file;
    verdict_on(header + text);
  }
}

TEST_F(XmppCorpus, the_originals_samples_parse) {
  for (const char* group : {"tf-bgp-xml", "tf-xmpp"})
    for (const Row& row : rows(group)) {
      if (!row.well_formed) continue;
      EXPECT_TRUE(xml::parse(contents(row.file))) << row.file;
      const std::string text = contents(row.file);
      if (text.starts_with("<?xml")) continue;  // a document, not a stanza
      EXPECT_EQ(verdict_on(header + text).error, "") << row.file;
    }
}

TEST_F(XmppCorpus, stanzas_of_others_are_passed_over_when_they_are_well_formed) {
  std::size_t count = 0;
  for (const Row& row : rows("stanzas")) {
    std::ifstream in{row.file};
    for (std::string line; std::getline(in, line); ++count) {
      const auto sample = nlohmann::json::parse(line);
      const std::string stanza = sample["stanza"];
      const Verdict verdict = verdict_on(header + stanza);
      const bool stream_level =
          stanza.find("<stream") != stanza.npos || stanza.find("starttls") != stanza.npos ||
          stanza.find("<features") != stanza.npos || stanza.find("<?xml") != stanza.npos ||
          stanza.find("error>") != stanza.npos;
      if (sample["wellformed"] && !stream_level) {
        EXPECT_EQ(verdict.error, "") << stanza;
      }
    }
  }
  EXPECT_GT(count, 50u);
}

TEST_F(XmppCorpus, captured_conversations_of_others_end_in_an_error_or_not_at_all) {
  for (const Row& row : rows("xmpp-pcap")) {
    const std::string text = contents(row.file);
    std::size_t streams = 0;
    for (auto at = text.find("<stream:stream"); at != text.npos;
         at = text.find("<stream:stream", at + 1), ++streams) {
      const std::string rest = text.substr(at, 4000);
      verdict_on(rest);
      Client client{{.local = "node-a", .remote = control_jid}, std::make_shared<Memo>(0)};
      client.start(Instant{});
      client.on_transport_up(Instant{});
      for (std::size_t i = 0; i < rest.size(); ++i)
        client.on_bytes(Instant{}, std::as_bytes(std::span{rest}.subspan(i, 1)));
      EXPECT_NE(client.state(), State::established) << row.file;  // they want TLS, or end
    }
  }
}

}  // namespace
}  // namespace tflab::xmpp
