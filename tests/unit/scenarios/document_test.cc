#include <gmock/gmock.h>
#include <sys/stat.h>

#include "scenarios/document.h"
#include "tests/unit/scenarios/files.h"

namespace tflab::scenario {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::StartsWith;

class DocumentTest : public Files {};

TEST_F(DocumentTest, tells_where_the_syntax_is_wrong) {
  EXPECT_THAT(bad("{\n  \"tflab\": 1,,\n}"),
              ElementsAre(StartsWith("lab.tflab.json:2:14: syntax")));
  EXPECT_THAT(bad("{\"a\": nul}"), ElementsAre(StartsWith("lab.tflab.json:1:10: ")));
  EXPECT_THAT(bad("{\"a\": 1"), ElementsAre(StartsWith("lab.tflab.json:1:8: ")));
  EXPECT_THAT(bad("{\"a\": 1} {"), ElementsAre(StartsWith("lab.tflab.json:1:10: ")));
  EXPECT_THAT(bad("[1, 2]"), ElementsAre("lab.tflab.json:1:1: expected an object: a scenario is "
                                         "written in { }"));
}

TEST_F(DocumentTest, refuses_duplicate_keys_with_both_places) {
  EXPECT_THAT(bad(replaced(small_lab, "\"seed\": 7", "\"seed\": 7, \"seed\": 8")),
              ElementsAre("lab.tflab.json:4:22: duplicate key \"seed\"; it stands at line 4, "
                          "column 11 already"));
}

TEST_F(DocumentTest, refuses_what_is_no_readable_file) {
  EXPECT_THAT(texts(load(path("missing.json"))),
              ElementsAre("missing.json: there is no such file"));
  std::filesystem::create_directories(path("folder"));
  EXPECT_THAT(texts(load(path("folder"))), ElementsAre("folder: is a directory"));
  ASSERT_EQ(mkfifo(path("pipe").c_str(), 0600), 0);
  EXPECT_THAT(texts(load(path("pipe"))), ElementsAre("pipe: is not a regular file"));
  EXPECT_THAT(texts(load("/dev/zero")), ElementsAre("/dev/zero: is not a regular file"));
  EXPECT_THAT(bad(""), ElementsAre("lab.tflab.json:1:1: the file is empty"));
  EXPECT_THAT(bad(" \n "), ElementsAre("lab.tflab.json:1:1: the file is empty"));
}

TEST_F(DocumentTest, refuses_giants_before_reading_them) {
  const std::string file = write("big.json", "");
  std::filesystem::resize_file(file, (64u << 20) + 1);  // sparse
  EXPECT_THAT(texts(load(file)), ElementsAre("big.json: has 64 MiB; the limit is 64 MiB"));
}

TEST_F(DocumentTest, refuses_nesting_bombs) {
  EXPECT_THAT(bad(std::string(100'000, '[')),
              ElementsAre("lab.tflab.json:1:65: nesting deeper than 64 levels"));
}

TEST_F(DocumentTest, takes_byte_order_mark_and_carriage_returns) {
  std::string text = "\xef\xbb\xbf";
  for (const char c : small_lab) text += c == '\n' ? "\r\n" : std::string(1, c);
  EXPECT_EQ(good(text).document.dump(), good(small_lab).document.dump());
}

TEST_F(DocumentTest, tells_of_raw_bytes_without_repeating_them) {
  for (const std::string& fault : bad("{\"a\": \"\xff\x1b[31m\"}"))
    for (const char c : fault) EXPECT_GE(static_cast<unsigned char>(c), 0x20) << fault;
}

TEST_F(DocumentTest, merges_included_files_below_this_one) {
  write("parts/nodes.json", R"({"bgp-routers": {
    "cn1": {"router-type": "control-node", "address": "192.0.2.1", "port": 1179},
    "cn2": {"router-type": "control-node", "address": "192.0.2.2"}}})");
  const Scenario lab = good(R"({"tflab": 1, "name": "x", "include": ["parts/nodes.json"],
    "bgp-routers": {"cn1": {"port": 2179}, "cn2": null}})");
  ASSERT_EQ(lab.bgp_routers.size(), 1u);
  EXPECT_EQ(lab.bgp_routers[0].second.port, 2179);
  EXPECT_FALSE(lab.document.contains("include"));
}

TEST_F(DocumentTest, tells_a_fault_in_the_file_it_stands_in) {
  write("parts/nodes.json",
        "{\"bgp-routers\": {\n \"cn1\": {\"router-type\": \"control-node\", "
        "\"address\": \"192.0.2\", \"prot\": 1}}}");
  EXPECT_THAT(bad("{\"tflab\": 1, \"name\": \"x\", \"include\": [\"parts/nodes.json\"],\n"
                  "\"bgp-routers\": {\"cn1\": {\"port\": 0}}}"),
              ElementsAre(StartsWith("parts/nodes.json:2:52: \"192.0.2\" is not an IP address"),
                          StartsWith("parts/nodes.json:2:63: unknown key \"prot\""),
                          StartsWith("lab.tflab.json:2:33: 0 is out of range")));
}

TEST_F(DocumentTest, keeps_includes_inside_the_scenarios_folder) {
  write("outside.json", "{}");
  const auto faults_of = [&](const std::string& name) {
    return texts(
        load(write("in/lab.json", R"({"tflab": 1, "name": "x", "include": [")" + name + R"("]})")));
  };
  for (const char* name : {"../outside.json", "/etc/passwd", "a/../../outside.json"})
    EXPECT_THAT(faults_of(name), Contains(HasSubstr("is outside the scenario's folder"))) << name;
  std::filesystem::create_symlink(path("outside.json"), path("in/link.json"));
  EXPECT_THAT(faults_of("link.json"), Contains(HasSubstr("is outside the scenario's folder")));
  EXPECT_THAT(faults_of("lab.json"), Contains(HasSubstr("includes itself")));
}

TEST_F(DocumentTest, merges_overlays_in_order) {
  LoadOptions options;
  options.overlays = {write("a.json", R"({"run": {"seed": 8, "until": "1m"}})"),
                      write("b.json", R"({"run": {"seed": 9}, "network-policies": null,
                                          "virtual-networks": {"red": {"network-policies": null}}})")};
  const Scenario lab = good(small_lab, options);
  EXPECT_EQ(lab.run.seed, 9u);
  EXPECT_EQ(lab.run.until, seconds(60));
  EXPECT_TRUE(lab.policies.empty());
  options.overlays.push_back(write("c.json", "{\"run\":\n {\"seed\": \"ten\"}}"));
  EXPECT_THAT(bad(small_lab, options), ElementsAre(StartsWith("c.json:2:11: expected a whole")));
}

TEST_F(DocumentTest, sets_single_values) {
  LoadOptions options;
  options.sets = {
      {"/run/seed", "12"},
      {"/run/until", "30s"},  // a word need not be quoted
      {"/underlay/defaults/mtu", "9000"},
      {"/events/0/packets", "5"},
      {"/expect/-", R"({"id": "loops", "always": true, "invariant": "no-forwarding-loop"})"}};
  const Scenario lab = good(small_lab, options);
  EXPECT_EQ(lab.run.seed, 12u);
  EXPECT_EQ(lab.run.until, seconds(30));
  EXPECT_EQ(lab.link.mtu, 9000u);
  EXPECT_EQ(std::get<Ping>(lab.events[0].action).packets, 5u);
  EXPECT_EQ(lab.expectations.size(), 2u);
}

TEST_F(DocumentTest, tells_what_a_set_did_wrong) {
  const auto faults_of = [&](const std::string& pointer, const std::string& value) {
    LoadOptions options;
    options.sets = {{pointer, value}};
    return bad(small_lab, options);
  };
  EXPECT_THAT(faults_of("/run/seed", "many"),
              ElementsAre(StartsWith("--set /run/seed: at /run/seed: expected a whole number")));
  EXPECT_THAT(faults_of("run/seed", "1"), ElementsAre(HasSubstr("expected a JSON pointer")));
  for (const char* pointer : {"/events/7/at", "/events/999999999999/at", "/events/x", "/name/x"})
    EXPECT_THAT(faults_of(pointer, "1"), ElementsAre(HasSubstr("there is no such place")))
        << pointer;
}

TEST_F(DocumentTest, replaces_variables_inside_strings) {
  std::string text =
      replaced(small_lab, "\"run\"",
               "\"vars\": {\"net\": \"192.0.2\", \"wait\": 60, \"all\": true}, \"run\"");
  text = replaced(text, "192.0.2.11", "${net}.11");
  text = replaced(text, "\"60s\"", "\"${wait}s\"");
  const Scenario lab = good(text);
  EXPECT_EQ(lab.document["virtual-routers"]["compute1"]["virtual-router-ip-address"], "192.0.2.11");
  EXPECT_EQ(lab.events[0].when.at, seconds(60));
  EXPECT_FALSE(lab.document.contains("vars"));
  EXPECT_THAT(bad(replaced(text, "${net}", "${nett}")),
              ElementsAre(StartsWith("lab.tflab.json:10:47: there is no variable \"nett\" in "
                                     "\"vars\"; did you mean \"net\"?")));
  EXPECT_THAT(bad(replaced(text, "\"all\": true", "\"all\": []")),
              ElementsAre(HasSubstr("a variable is a string, a number, true or false")));
}

}  // namespace
}  // namespace tflab::scenario
