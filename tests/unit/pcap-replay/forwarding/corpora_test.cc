// Captures of other projects, when they are at hand, through the forwarding core: every frame into
// every kind of interface, and each ends in exactly one place.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>

#include "pcap-replay/capture/file.h"
#include "pcap-replay/capture/link.h"
#include "pcap-replay/capture/reader.h"
#include "pcap-replay/forwarding/case.h"
#include "tests/dsl/source_tree.h"

namespace tflab::forwarding {
namespace {

namespace fs = std::filesystem;

// A copy for a group, or an ARP reply for both: more than one, but never a drop as well.
void expect_one_end(Stand& stand, VifId in, std::span<const std::byte> frame,
                    std::map<std::string, std::uint64_t>& ends, const std::string& where) {
  const std::uint64_t before = stand.dropped();
  stand.receive(in, 0, frame);
  const auto sent = stand.take_sent();
  const std::uint64_t drops = stand.dropped() - before;
  EXPECT_EQ(drops, sent.empty() ? 1u : 0u) << where;
  ++ends[sent.empty() ? "dropped" : sent[0].place.substr(0, 5)];
}

class Corpora : public testing::Test {
protected:
  void SetUp() override {
    folder_ = test::corpora() / "pcap_dataplane";
    if (!fs::exists(folder_)) GTEST_SKIP() << "no " << folder_;
    const Case base = load_case(test::in_tree("pcap-replay/cases/arp/padded").string());
    for (const vr::Op& op : base.tables.ops) ASSERT_EQ(stand_.apply(op), vr::Result::done);
    for (const vr::Op& op : base.tables.ops)
      if (const auto* vif = std::get_if<vr::SetVif>(&op)) vifs_.push_back(*vif);
  }

  // As it is, and as if it were for us.
  void feed(std::span<const std::byte> frame, const std::string& where) {
    for (const vr::SetVif& vif : vifs_) {
      expect_one_end(stand_, vif.vif, frame, ends_, where);
      if (frame.size() < 6) continue;
      std::vector<std::byte> ours{frame.begin(), frame.end()};
      for (std::size_t i = 0; i < 6; ++i) ours[i] = static_cast<std::byte>(vif.mac.octets[i]);
      expect_one_end(stand_, vif.vif, ours, ends_, where);
    }
  }

  fs::path folder_;
  Stand stand_{vr::Limits{}};
  std::vector<vr::SetVif> vifs_;
  std::map<std::string, std::uint64_t> ends_;
};

TEST_F(Corpora, J10_K30_every_frame_of_every_capture_ends_in_one_place) {
  std::size_t files = 0, frames = 0, unreadable = 0;
  for (const auto& entry : fs::recursive_directory_iterator(folder_)) {
    const std::string path = entry.path().string();
    if (path.find(".pcap") == std::string::npos && !path.ends_with(".cap")) continue;
    ++files;
    const auto octets = capture::load(path);
    capture::Reader reader{octets};
    while (const auto packet = reader.next()) {
      const auto frame =
          capture::ethernet(reader.interfaces()[packet->interface].link, packet->bytes);
      if (!frame) {
        ++unreadable;
        continue;
      }
      ++frames;
      feed(*frame, path + " at " + std::to_string(packet->offset));
    }
  }
  std::printf("%zu files, %zu frames, %zu of other links\n", files, frames, unreadable);
  for (const auto& [end, count] : ends_) std::printf("  %s %zu\n", end.c_str(), std::size_t{count});
  for (const auto& [name, count] : stand_.counters())
    if (name.starts_with("drop.")) std::printf("  %s %zu\n", name.c_str(), std::size_t{count});
  EXPECT_GT(frames, 1000u);
}

TEST_F(Corpora, K01_every_truncation_of_overlay_frames_ends_in_one_place) {
  const auto octets = capture::load((folder_ / "synth_overlay_frames.pcap").string());
  capture::Reader reader{octets};
  std::size_t frames = 0;
  while (const auto packet = reader.next()) {
    ++frames;
    for (std::size_t size = 0; size < packet->bytes.size() && size < 120; ++size)
      expect_one_end(stand_, VifId{0}, packet->bytes.first(size), ends_, "cut");
  }
  EXPECT_GT(frames, 50u);
}

}  // namespace
}  // namespace tflab::forwarding
