#include "sim/world/trace.h"

#include <gmock/gmock.h>
#include <pcap/pcap.h>

#include <filesystem>
#include <stdexcept>

#include "tests/unit/sim/simulation.h"
#include "vrouter-core/wire/ethernet.h"

namespace tflab::sim {
namespace {

using testing::ElementsAre;

constexpr std::int64_t utc_zero = 1'555'119'515'000'000'000;  // 2019-04-13 01:38:35

struct TraceTest : Simulation {
  std::filesystem::path folder;

  TraceTest() {
    folder =
        std::filesystem::path{testing::TempDir()} /
        ("trace-" + std::string{testing::UnitTest::GetInstance()->current_test_info()->name()});
    std::filesystem::remove_all(folder);
    std::filesystem::create_directories(folder);
  }
  ~TraceTest() override { std::filesystem::remove_all(folder); }

  Trace trace(std::vector<scenario::Capture> captures) {
    return {std::move(captures), folder.string(), utc_zero};
  }
  // Seconds, nanoseconds and size of each packet of a file.
  std::vector<std::array<std::int64_t, 3>> packets(const std::string& name) {
    char why[PCAP_ERRBUF_SIZE];
    pcap_t* file = pcap_open_offline_with_tstamp_precision((folder / name).c_str(),
                                                           PCAP_TSTAMP_PRECISION_NANO, why);
    std::vector<std::array<std::int64_t, 3>> found;
    if (!file) return found;
    pcap_pkthdr* header = nullptr;
    const u_char* bytes = nullptr;
    while (pcap_next_ex(file, &header, &bytes) == 1)
      found.push_back({header->ts.tv_sec, header->ts.tv_usec, header->len});
    pcap_close(file);
    return found;
  }
};

std::vector<std::byte> frame(wire::EtherType type, std::size_t octets) {
  std::vector<std::byte> bytes(octets);
  Writer out{bytes};
  wire::Ethernet{mac(2), mac(1), type}.write(out);
  return bytes;
}

const auto arp = frame(wire::EtherType::arp, 42);
const auto ip = frame(wire::EtherType::ipv4, 64);

TEST_F(TraceTest, packets_carry_virtual_time_counted_from_the_given_utc) {
  {
    Trace trace = this->trace({{"uplink", "virtual-router:a/vhost0", ""}});
    const auto id = trace.watch({"virtual-router:a/vhost0"});
    const auto other = trace.watch({"virtual-router:b/vhost0"});
    run_for(Duration{2'000'000'123});
    trace.crossed(id, Direction::out, ip);
    trace.crossed(other, Direction::out, ip);
  }
  EXPECT_THAT(packets("uplink.pcap"),
              ElementsAre(std::array<std::int64_t, 3>{1'555'119'517, 123, 64}));
}

TEST_F(TraceTest, only_what_the_filter_lets_through_is_written) {
  {
    Trace trace = this->trace({{"arp", "bgp-router:*/*", "arp"}});
    const auto id = trace.watch({"bgp-router:a/eth0"});
    trace.crossed(id, Direction::out, ip);
    trace.crossed(id, Direction::in, arp);
  }
  EXPECT_EQ(packets("arp.pcap").size(), 1u);
}

TEST_F(TraceTest, each_further_node_of_a_pattern_has_its_own_file) {
  {
    Trace trace = this->trace({{"uplink", "virtual-router:*/vhost0", ""}});
    trace.crossed(trace.watch({"virtual-router:a/vhost0"}), Direction::in, ip);
    const auto b = trace.watch({"virtual-router:b/vhost0"});
    trace.crossed(b, Direction::in, ip);
    trace.crossed(b, Direction::in, ip);
  }
  EXPECT_EQ(packets("uplink.pcap").size(), 1u);
  EXPECT_EQ(packets("uplink-b.pcap").size(), 2u);
}

TEST_F(TraceTest, a_filter_nobody_understands_is_refused_with_its_text) {
  Trace trace = this->trace({{"x", "*", "udp prot 5"}});
  try {
    trace.watch({"bgp-router:a/eth0"});
    FAIL();
  } catch (const std::runtime_error& why) {
    EXPECT_THAT(why.what(), testing::HasSubstr("udp prot 5"));
  }
}

TEST_F(TraceTest, a_folder_that_is_not_there_is_refused) {
  Trace trace{{{"x", "*", ""}}, (folder / "absent").string(), utc_zero};
  EXPECT_THROW(trace.watch({"bgp-router:a/eth0"}), std::runtime_error);
}

TEST_F(TraceTest, the_digest_tells_time_place_direction_and_bytes_apart) {
  const auto digest = [&](auto act) {
    Trace trace{{}, "", 0};
    trace.watch({"a"});
    trace.watch({"b"});
    act(trace);
    return trace.digest();
  };
  const InterfaceId a{0}, b{1};
  const auto base = digest([&](Trace& t) { t.crossed(a, Direction::in, ip); });
  EXPECT_EQ(base.size(), 16u);
  EXPECT_EQ(base, digest([&](Trace& t) { t.crossed(a, Direction::in, ip); }));
  EXPECT_NE(base, digest([&](Trace& t) { t.crossed(b, Direction::in, ip); }));
  EXPECT_NE(base, digest([&](Trace& t) { t.crossed(a, Direction::out, ip); }));
  EXPECT_NE(base, digest([&](Trace& t) { t.crossed(a, Direction::in, arp); }));
  run_for(Duration{1});
  EXPECT_NE(base, digest([&](Trace& t) { t.crossed(a, Direction::in, ip); }));
}

TEST(Digest, is_fnv_1a_64) {
  Digest digest;
  EXPECT_EQ(digest.hex(), "cbf29ce484222325");
  digest.add(std::uint64_t{0});
  EXPECT_EQ(digest.hex(), "a8c7f832281a39c5");  // eight zero octets
}

TEST(Glob, is_that_of_file_names) {
  EXPECT_TRUE(glob("virtual-router:*/vhost0", "virtual-router:ip-172-31/vhost0"));
  EXPECT_FALSE(glob("virtual-router:*/vhost0", "virtual-router:a/eth0"));
  EXPECT_TRUE(glob("a?c*", "abc"));
  EXPECT_FALSE(glob("a?c", "ac"));
  EXPECT_TRUE(glob("*", ""));
}

}  // namespace
}  // namespace tflab::sim
