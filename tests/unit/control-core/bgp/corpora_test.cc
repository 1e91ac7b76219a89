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
#include "tests/dsl/bgp_samples.h"
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
    {"b9e92ed2169e375d", "a confederation segment in AS4_PATH"},
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

// The width of AS numbers is the session's knowledge, not the message's: one of the two must fit.
bool decodes(MessageType type, Bytes body, AttributePool& pool) {
  if (type == MessageType::open) return std::holds_alternative<Open>(decode_open(body));
  if (type != MessageType::update) return true;
  const std::vector<Family> spoken = test::all_families();
  for (Dialect dialect : test::all_dialects)
    if (decode_update(body, dialect, spoken, pool).damage == Damage::none) return true;
  return false;
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
    good = decodes(one->type, one->body, pool) && good;
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

}  // namespace
}  // namespace tflab::bgp
