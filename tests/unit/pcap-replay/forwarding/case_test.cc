// Cases are read, held against the forwarding core, and told apart field by field.

#include "pcap-replay/forwarding/case.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "pcap-replay/capture/file.h"
#include "pcap-replay/forwarding/verify.h"
#include "tests/dsl/packet.h"
#include "tests/dsl/source_tree.h"

namespace tflab::forwarding {
namespace {

namespace fs = std::filesystem;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

std::string committed() {
  return test::in_tree("pcap-replay/cases").string();
}

TEST(Cases, all_that_are_committed_hold) {
  const auto folders = find_cases(committed());
  EXPECT_GE(folders.size(), 150u);
  for (const std::string& folder : folders) {
    try {
      const Verdict verdict = verify(load_case(folder));
      for (const std::string& line : verdict.differences) ADD_FAILURE() << folder << ": " << line;
      EXPECT_TRUE(verdict.holds()) << folder;
    } catch (const CaseFault& fault) {
      ADD_FAILURE() << fault.what;
    }
  }
}

TEST(Cases, say_why_they_are_there) {
  for (const std::string& folder : find_cases(committed()))
    EXPECT_GT(fs::file_size(folder + "/why.md"), 10u) << folder;
}

class OneCase : public testing::Test {
protected:
  void SetUp() override {
    folder_ = testing::TempDir() + "case." + std::to_string(::getpid());
    fs::remove_all(folder_);
    fs::create_directories(folder_ + "/a/b");
    fs::copy(committed() + "/compute-node.json", folder_ + "/compute-node.json");
    at_ = folder_ + "/a/b";
    const std::string from = committed() + "/encap-mpls-udp/ip4-udp/";
    for (const char* file : {"tables.json", "in.pcapng", "expect.pcapng", "counters.json"})
      fs::copy(from + file, at_ + '/' + file);
  }
  void TearDown() override { fs::remove_all(folder_); }

  void write(const std::string& file, const std::string& text) const {
    std::ofstream{at_ + '/' + file} << text;
  }
  std::string refusal() const {
    try {
      load_case(at_);
      return "read";
    } catch (const CaseFault& fault) {
      return fault.what;
    }
  }
  Verdict verdict() const { return verify(load_case(at_)); }

  std::string folder_, at_;
};

TEST_F(OneCase, holds_and_counts_what_it_compared) {
  const Verdict one = verdict();
  EXPECT_THAT(one.differences, IsEmpty());
  EXPECT_EQ(one.arrivals, 1u);
  EXPECT_EQ(one.packets, 1u);
  EXPECT_EQ(one.counters, 5u);
}

TEST_F(OneCase, a_packet_that_differs_is_told_by_its_field) {
  Case one = load_case(at_);
  (*one.expected)[0].frame[8 + 14] ^= std::byte{1};  // outer TTL
  EXPECT_THAT(verify(one).differences,
              ElementsAre("packet 1 to vif0: ip4.ttl is 64, wanted 65",
                          "packet 1 to vif0: ip4.checksum is good, wanted bad 0xea4f"));
}

TEST_F(OneCase, outer_ip_id_and_entropy_port_may_differ_but_not_without_their_masks) {
  Case one = load_case(at_);
  auto& frame = (*one.expected)[0].frame;
  frame[14 + 5] ^= std::byte{7};
  frame[14 + 11] = frame[14 + 11] ^ std::byte{7};  // the checksum follows: 0 -> 7 in the same octet
  EXPECT_THAT(verify(one).differences, Not(Contains(HasSubstr("ip4.id"))));
  one.tables.masks.clear();
  EXPECT_THAT(verify(one).differences, Contains(HasSubstr("ip4.id")));
  EXPECT_THAT(verify(one).differences, Contains(HasSubstr("udp.src")));
}

TEST_F(OneCase, packets_missing_too_many_or_elsewhere_are_told) {
  Case one = load_case(at_);
  one.expected->push_back({"vif3", 0, one.arrivals[0].frame});
  EXPECT_THAT(verify(one).differences, Contains(HasSubstr("packet 2: missing, to vif3: ")));
  one.expected->clear();
  EXPECT_THAT(verify(one).differences, Contains(HasSubstr("packet 1: not expected, to vif0: ")));
  one = load_case(at_);
  (*one.expected)[0].place = "vif4";
  EXPECT_THAT(verify(one).differences, ElementsAre("packet 1: to vif0, wanted to vif4"));
}

TEST_F(OneCase, K30_a_counter_that_is_not_named_must_not_move) {
  Case one = load_case(at_);
  one.counters->erase("vrf1.udp_mpls_tunnels");
  (*one.counters)["drop.invalid-nh"] = 2;
  EXPECT_THAT(verify(one).differences,
              testing::UnorderedElementsAre(
                  "counter drop.invalid-nh: moved by 0, wanted 2",
                  "counter vrf1.udp_mpls_tunnels: moved by 1, wanted not at all"));
}

TEST_F(OneCase, an_operation_that_is_refused_is_named) {
  write("tables.json", R"({"ops":[{"op":"set-route","vrf":1,"prefix":"10.0.0.0/8","nexthop":1}]})");
  const Verdict one = verdict();
  EXPECT_TRUE(one.refused);
  EXPECT_THAT(one.differences, ElementsAre(HasSubstr("operation 0 is refused (no-such-vrf)")));
}

TEST_F(OneCase, accepting_writes_what_came_and_then_it_holds) {
  fs::remove(at_ + "/expect.pcapng");
  fs::remove(at_ + "/counters.json");
  const Verdict fresh = verdict();
  EXPECT_FALSE(fresh.holds());
  EXPECT_THAT(fresh.differences, ElementsAre(HasSubstr("--update writes it")));
  accept(at_, fresh.sent, fresh.moved);
  EXPECT_TRUE(verdict().holds());
  const auto once = capture::load(at_ + "/expect.pcapng");
  accept(at_, fresh.sent, fresh.moved);
  EXPECT_EQ(capture::load(at_ + "/expect.pcapng"), once) << "J11";
}

TEST_F(OneCase, what_is_created_can_be_read_again) {
  const Case one = load_case(at_);
  Tables tables = one.tables;
  tables.base.clear();
  create(folder_ + "/new", tables, one.arrivals);
  const Case again = load_case(folder_ + "/new");
  EXPECT_EQ(again.tables.ops, one.tables.ops);
  ASSERT_EQ(again.arrivals.size(), 1u);
  EXPECT_EQ(again.arrivals[0].frame, one.arrivals[0].frame);
  EXPECT_FALSE(again.expected);
}

TEST_F(OneCase, what_cannot_be_read_is_named_with_its_file) {
  write("tables.json", "{\"ops\": [");
  EXPECT_THAT(refusal(), testing::AllOf(HasSubstr("tables.json"), HasSubstr("not JSON")));
  write("tables.json", R"({"ops":[{"op":"set-vrf"}]})");
  EXPECT_THAT(refusal(), HasSubstr("ops[0].set-vrf"));
  write("tables.json", R"({"ops":[],"interfaces":{"vif3":3},"masks":["everything"]})");
  EXPECT_THAT(refusal(), HasSubstr("masks[0]: not a name known here"));
  write("tables.json", R"({"base":"nowhere.json","ops":[]})");
  EXPECT_THAT(refusal(), HasSubstr("nowhere.json"));
  write("tables.json", R"({"ops":[]})");
  write("in.pcapng", "no capture");
  EXPECT_THAT(refusal(), testing::AllOf(HasSubstr("in.pcapng"), HasSubstr("not a capture file")));
  fs::remove(at_ + "/in.pcapng");
  EXPECT_THAT(refusal(), HasSubstr("has no in.pcapng"));
}

TEST_F(OneCase, a_capture_without_names_needs_to_be_told_its_interface) {
  fs::remove(at_ + "/in.pcapng");
  std::string file{"\xd4\xc3\xb2\xa1\2\0\4\0\0\0\0\0\0\0\0\0\xff\xff\0\0\1\0\0\0", 24};
  file += std::string{"\1\0\0\0\0\0\0\0\4\0\0\0\4\0\0\0abcd", 20};
  write("in.pcap", file);
  EXPECT_THAT(refusal(), HasSubstr("tables.json must say \"in\""));
  write("tables.json", R"({"base":"../../compute-node.json","ops":[],"in":3})");
  EXPECT_EQ(load_case(at_).arrivals.at(0).in, VifId{3});
  file[20] = 113;
  write("in.pcap", file);
  EXPECT_THAT(refusal(), HasSubstr("Linux cooked is no Ethernet"));
}

TEST(Snapshot, tables_dumped_and_loaded_again_are_the_same) {
  for (const char* name :
       {"/nexthop/8-translations", "/route/uncovered-again", "/drop/invalid-nh"}) {
    const std::string folder = committed() + name;
    const Case one = load_case(folder);
    Stand first{one.tables.limits}, second{one.tables.limits};
    for (const vr::Op& op : one.tables.ops) first.apply(op);
    const auto dumped = first.tables();
    for (const vr::Op& op : dumped) ASSERT_EQ(second.apply(op), vr::Result::done) << folder;
    EXPECT_EQ(second.tables(), dumped) << folder;
  }
}

}  // namespace
}  // namespace tflab::forwarding
