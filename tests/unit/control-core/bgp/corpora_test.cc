// Messages of other people's implementations, captures and fuzzers, when they are at hand: a folder
// named by TFLAB_CORPORA, or ../shared/corpora beside the sources.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "control-core/bgp/message.h"
#include "tests/dsl/bgp_talk.h"
#include "tests/dsl/bytes.h"
#include "tests/dsl/source_tree.h"

namespace tflab::bgp {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using test::Octets;

fs::path corpora() {
  return test::corpora() / "bgp_msgs";
}

std::vector<json> messages(const fs::path& folder) {
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator{folder})
    if (entry.path().filename().string().ends_with("_messages.jsonl"))
      files.push_back(entry.path());
  std::sort(files.begin(), files.end());
  std::vector<json> out;
  for (const fs::path& file : files) {
    std::ifstream in{file};
    for (std::string line; std::getline(in, line);) out.push_back(json::parse(line));
  }
  return out;
}

// Sound to the dissector that sorted them, and still refused or treated as withdrawn, as they must.
const std::map<std::string, std::string> refused_on_purpose = {
    {"0581f0a85527e1ef", "IPv6 next hop of IPv4 routes without the capability of RFC 8950"},
    {"34771dc455787a52", "IPv6 next hop of e-vpn routes, which the original refuses"},
    {"9d192a4c9cc4a920", "IPv6 next hop of VPNv4 routes without the capability of RFC 8950"},
    {"c639fcaa94cadf8f", "the same"},
    {"c7178ed4f2a491fc", "the same"},
    {"d0f82bed3ba77545", "the same"},
    {"1db1c9669a664c21", "an unknown attribute that calls itself well-known"},
    {"87b6f6645c601bdb", "an AS_PATH that runs over the next attributes"},
    {"900849382374a372", "an AS_PATH segment of type 130"},
};

bool of_our_families(const json& message) {
  const std::string ours[] = {"ipv4-unicast", "ipv6-unicast", "vpnv4", "vpnv6",
                              "evpn",         "rtc",          "eor"};
  return std::ranges::all_of(message["families"], [&](const std::string& family) {
    return std::ranges::any_of(ours, [&](const std::string& o) { return family.starts_with(o); });
  });
}

// Announcements without ORIGIN or AS_PATH (BGPsec, for one) are not ours to accept.
bool complete(const json& message) {
  const auto& attributes = message["attrs"];
  const auto has = [&](const char* name) {
    return std::ranges::find(attributes, name) != attributes.end();
  };
  return !has("mp-reach") || (has("origin") && has("as-path"));
}

bool clean(const json& message) {
  const std::set<std::string> known{"OPEN", "UPDATE", "NOTIFICATION", "KEEPALIVE"};
  return known.contains(message["type"]) && message["structural_faults"].empty() &&
         !message["tshark_malformed"].get<bool>() && message["tshark_expert"].empty() &&
         of_our_families(message) && complete(message) &&
         !refused_on_purpose.contains(message["id"]);
}

bool whole(const Decoded& decoded) {
  return decoded.damage == Damage::none;
}
// Or well formed, but of a kind that is not believed: a path with a set, a next hop that is no
// host's. No octets of an attribute are quoted then.
bool well_formed(const Decoded& decoded) {
  const bool disbelieved =
      decoded.damage == Damage::treat_as_withdraw && decoded.fault.data.empty() &&
      (decoded.fault.subcode == invalid_next_hop || decoded.fault.subcode == malformed_as_path);
  return whole(decoded) || disbelieved;
}
using Verdict = bool (*)(const Decoded& decoded);

// The width of AS numbers is the session's knowledge, not the message's: one of the two must fit.
bool decodes(MessageType type, Bytes body, AttributePool& pool, Verdict good) {
  if (type == MessageType::open) return std::holds_alternative<Open>(decode_open(body));
  if (type != MessageType::update) return true;
  const std::vector<Family> spoken = test::all_families();
  return std::ranges::any_of(test::all_dialects, [&](Dialect dialect) {
    return good(decode_update(body, dialect, spoken, pool));
  });
}

// Every message in the octets is cut out and decoded.
bool all_decode(const Octets& octets, AttributePool& pool) {
  Framer framer;
  Bytes rest{octets};
  bool good = true, any = false;
  while (auto found = framer.next(rest)) {
    const auto* one = std::get_if<Framer::Message>(&*found);
    if (one == nullptr) return false;
    any = true;
    good = decodes(one->type, one->body, pool, well_formed) && good;
  }
  return any && good;
}

TEST(BgpCorpora, other_peoples_messages_never_crash_and_the_clean_ones_decode) {
  const fs::path folder = corpora();
  if (!fs::is_directory(folder)) GTEST_SKIP() << "no messages of others at " << folder;
  AttributePool pool;
  int all = 0, expected = 0;
  for (const json& message : messages(folder)) {
    ++all;
    const bool good = all_decode(test::hex(message["hex"].get<std::string>()), pool);
    if (!clean(message)) continue;
    ++expected;
    EXPECT_TRUE(good) << message["id"] << ' ' << message["source"] << ' ' << message["hex"];
  }
  EXPECT_GT(all, 1000);
  EXPECT_GT(expected, 100);
  RecordProperty("messages", all);
  RecordProperty("clean", expected);
}

// Faults that must cost at least the attribute, whoever the peer is. Others of the index cost
// nothing here: a second attribute of a kind is passed over, and what "missing" means depends on
// the family.
bool must_be_found(const std::string& fault) {
  const std::set<std::string> whole{"withdrawn-len", "attr-len-total",  "update-short",
                                    "bad-marker",    "length-mismatch", "unknown-type",
                                    "nlri-trunc",    "short-header"};
  return whole.contains(fault) || fault.ends_with("-overrun") || fault == "attr-hdr-trunc";
}

bool harmless(const Octets& octets, AttributePool& pool) {
  Framer framer;
  Bytes rest{octets};
  const auto found = framer.next(rest);
  if (!found || std::holds_alternative<Notification>(*found) || !rest.empty()) return false;
  const auto& one = std::get<Framer::Message>(*found);
  return decodes(one.type, one.body, pool, whole);
}

TEST(BgpCorpora, the_faults_that_the_index_names_are_found) {
  const fs::path folder = corpora();
  if (!fs::is_directory(folder)) GTEST_SKIP() << "no messages of others at " << folder;
  AttributePool pool;
  int faulty = 0;
  for (const json& message : messages(folder)) {
    const auto& faults = message["structural_faults"];
    if (message["type"] != "UPDATE" || std::ranges::none_of(faults, must_be_found)) continue;
    ++faulty;
    EXPECT_FALSE(harmless(test::hex(message["hex"].get<std::string>()), pool))
        << message["id"] << ' ' << faults << ' ' << message["hex"];
  }
  EXPECT_GT(faulty, 300);
}

// Messages rebuilt from advisories say in words what must come of them. The route at stake, where
// there is one, is 192.0.2.0/24.
void expect_as_told(const json& each) {
  const std::string told = each["expect"], name = each["name"];
  const auto says = [&](const char* words) { return told.find(words) != std::string::npos; };
  test::Talk talk{test::Kin::ebgp};
  talk.say(test::hex(each["hex"].get<std::string>()));
  const bool route = talk.has(Family::inet, "192.0.2.0/24");
  if (says("session stays up") && !says("OPEN ones")) EXPECT_TRUE(talk.up()) << name;
  if (says("treat-as-withdraw")) EXPECT_EQ(talk.routes(), 0u) << name;
  if (says("route kept") || says("first kept") || says("discard attribute"))
    EXPECT_TRUE(route) << name;
  if (says("NOTIFICATION 3/1")) EXPECT_EQ(talk.notified(), "3/1") << name;
  if (says("NOTIFICATION 3/2")) EXPECT_EQ(talk.notified(), "3/2") << name;
}

TEST(BgpCorpora, advisories_end_as_they_must) {
  const fs::path folder = corpora();
  if (!fs::is_directory(folder)) GTEST_SKIP() << "no messages of others at " << folder;
  for (const char* file : {"cve_reconstructions.jsonl", "advisory_pocs.jsonl"}) {
    std::ifstream in{folder / file};
    for (std::string line; std::getline(in, line);) {
      const json each = json::parse(line);
      if (each.value("type", "UPDATE") == "UPDATE") expect_as_told(each);
    }
  }
}

}  // namespace
}  // namespace tflab::bgp
