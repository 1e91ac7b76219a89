// Captures of other projects, when they are at hand: libpcap reads the same packets from them.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <pcap/pcap.h>

#include <algorithm>
#include <filesystem>

#include "pcap-replay/capture/file.h"
#include "pcap-replay/capture/reader.h"
#include "tests/dsl/source_tree.h"

namespace tflab::capture {
namespace {

namespace fs = std::filesystem;

struct Got {
  std::vector<std::pair<std::int64_t, std::vector<std::byte>>> packets;
  std::string fault;
};

Got by_libpcap(const std::string& path) {
  char error[PCAP_ERRBUF_SIZE] = {};
  pcap_t* file =
      pcap_open_offline_with_tstamp_precision(path.c_str(), PCAP_TSTAMP_PRECISION_NANO, error);
  if (file == nullptr) return {{}, error};
  Got got;
  pcap_pkthdr* header = nullptr;
  const u_char* data = nullptr;
  int code = 0;
  while ((code = pcap_next_ex(file, &header, &data)) == 1) {
    const auto* first = reinterpret_cast<const std::byte*>(data);
    got.packets.push_back(
        {header->ts.tv_sec * 1'000'000'000L + header->ts.tv_usec, {first, first + header->caplen}});
  }
  if (code == PCAP_ERROR) got.fault = pcap_geterr(file);
  pcap_close(file);
  return got;
}

TEST(Corpora, J10_libpcap_reads_the_same_packets) {
  const fs::path folder = test::corpora() / "pcap_dataplane";
  if (!fs::exists(folder)) GTEST_SKIP() << "no " << folder;
  std::size_t files = 0, packets = 0, faulty = 0;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    const std::string path = entry.path().string();
    if (!path.ends_with(".pcap") && !path.ends_with(".pcapng") && !path.ends_with(".cap")) continue;
    ++files;
    const auto octets = load(path);
    Reader reader{octets};
    Got ours;
    while (const auto packet = reader.next())
      ours.packets.push_back({packet->time_ns, {packet->bytes.begin(), packet->bytes.end()}});
    if (reader.fault()) ours.fault = to_text(*reader.fault());
    faulty += !ours.fault.empty();
    packets += ours.packets.size();
    const Got theirs = by_libpcap(path);
    // Where they differ it is in how much of a broken file is still read: never in what is read.
    const std::size_t both = std::min(ours.packets.size(), theirs.packets.size());
    for (std::size_t i = 0; i < both; ++i) {
      EXPECT_EQ(ours.packets[i].second, theirs.packets[i].second) << path << " packet " << i + 1;
      // Of a stamp that cannot be, libpcap keeps the microseconds in 32 bits.
      EXPECT_EQ((ours.packets[i].first - theirs.packets[i].first) % (std::int64_t{1000} << 32), 0)
          << path << " packet " << i + 1;
    }
    if (theirs.fault.empty()) {
      EXPECT_EQ(ours.fault, "") << path;
      EXPECT_EQ(ours.packets.size(), theirs.packets.size()) << path;
    }
    if (ours.fault.empty() && !theirs.fault.empty())
      std::printf("%s: libpcap says %s\n", path.c_str(), theirs.fault.c_str());
  }
  RecordProperty("files", static_cast<int>(files));
  std::printf("%zu files, %zu packets, %zu files with a fault\n", files, packets, faulty);
  EXPECT_GT(files, 200u);
}

}  // namespace
}  // namespace tflab::capture
