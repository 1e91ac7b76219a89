// Capture files as octets: every format, and every way in which one can be broken.

#include "pcap-replay/capture/reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include <cstdio>
#include <filesystem>
#include <thread>

#include "pcap-replay/capture/file.h"
#include "pcap-replay/capture/link.h"
#include "pcap-replay/capture/writer.h"

namespace tflab::capture {
namespace {

using testing::HasSubstr;
using Octets = std::vector<std::byte>;

void put(Octets& out, std::uint64_t value, int octets, bool little) {
  for (int i = 0; i < octets; ++i)
    out.push_back(static_cast<std::byte>(value >> (8 * (little ? i : octets - 1 - i))));
}

struct Shape {
  bool little = true, nano = false;
  std::uint16_t major = 2;
  std::uint32_t link = 1;
};
Octets header(const Shape& shape = {}) {
  Octets file;
  put(file, shape.nano ? 0xa1b23c4d : 0xa1b2c3d4, 4, shape.little);
  put(file, shape.major, 2, shape.little), put(file, 4, 2, shape.little);
  put(file, 0, 8, shape.little), put(file, 65535, 4, shape.little),
      put(file, shape.link, 4, shape.little);
  return file;
}
void record(Octets& file, std::uint32_t seconds, std::uint32_t fraction, std::uint32_t kept,
            std::uint32_t original, std::size_t there, bool little = true) {
  put(file, seconds, 4, little), put(file, fraction, 4, little);
  put(file, kept, 4, little), put(file, original, 4, little);
  file.insert(file.end(), there, std::byte{0xab});
}

struct Read {
  std::vector<Packet> packets;
  std::vector<Interface> interfaces;
  std::string fault;
};
Read read(const Octets& file) {
  Reader reader{file};
  Read all;
  while (const auto packet = reader.next()) all.packets.push_back(*packet);
  all.interfaces = reader.interfaces();
  if (reader.fault()) all.fault = to_text(*reader.fault());
  return all;
}

TEST(Pcap, J01_both_byte_orders_and_both_resolutions_are_read) {
  for (const bool little : {true, false})
    for (const bool nano : {false, true}) {
      Octets file = header({.little = little, .nano = nano});
      record(file, 7, 5, 60, 60, 60, little);
      const Read all = read(file);
      ASSERT_EQ(all.packets.size(), 1u) << all.fault;
      EXPECT_EQ(all.packets[0].time_ns, 7'000'000'000 + (nano ? 5 : 5000));
      EXPECT_EQ(all.packets[0].bytes.size(), 60u);
      EXPECT_EQ(all.interfaces[0].link, LinkType::ethernet);
    }
}

TEST(Pcap, J01_a_cut_off_header_a_wrong_magic_and_another_version_are_refused_by_name) {
  const Octets whole = header();
  for (std::size_t size = 1; size < whole.size(); ++size)
    EXPECT_THAT(read({whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size)}).fault,
                testing::AnyOf(HasSubstr("cut off"), HasSubstr("too short")));
  EXPECT_THAT(read(Octets(24, std::byte{0x42})).fault, HasSubstr("not a capture file"));
  EXPECT_THAT(read(header({.major = 3})).fault, HasSubstr("version 3.4 is not known"));
}

TEST(Pcap, J03_a_record_that_claims_too_much_ends_the_file_with_its_offset) {
  for (const std::uint32_t claim : {61u, 0x80000000u, 0xffffffffu, 262145u}) {
    Octets file = header();
    record(file, 1, 0, 60, 60, 60);
    record(file, 2, 0, claim, claim, 60);
    const Read all = read(file);
    EXPECT_EQ(all.packets.size(), 1u);
    EXPECT_THAT(all.fault, HasSubstr("at offset 100: "));
  }
}

TEST(Pcap, J03_a_packet_longer_than_the_files_snap_length_is_cut_to_it) {
  Octets file = header();
  file[16] = std::byte{50}, file[17] = std::byte{0};
  record(file, 1, 0, 60, 60, 60);
  const Read all = read(file);
  ASSERT_EQ(all.packets.size(), 1u);
  EXPECT_EQ(all.packets[0].bytes.size(), 50u);
  EXPECT_TRUE(all.packets[0].snapped());
}

TEST(Pcap, J03_a_record_of_nothing_is_a_packet_of_nothing) {
  Octets file = header();
  record(file, 1, 0, 0, 60, 0);
  record(file, 1, 0, 0, 0, 0);
  const Read all = read(file);
  ASSERT_EQ(all.packets.size(), 2u);
  EXPECT_TRUE(all.packets[0].snapped());
  EXPECT_FALSE(all.packets[1].snapped());
}

TEST(Pcap, J04_links_are_read_or_refused_by_name) {
  const Octets ip{std::byte{0x45}, std::byte{0}};
  EXPECT_EQ(ethernet(LinkType::raw_ip, ip)->size(), 16u);
  EXPECT_EQ((*ethernet(LinkType::raw_ip, ip))[12], std::byte{0x08});
  EXPECT_EQ((*ethernet(LinkType::raw_ip, Octets{std::byte{0x60}}))[12], std::byte{0x86});
  Octets cooked(16, std::byte{0});
  cooked[14] = std::byte{0x08}, cooked[15] = std::byte{0x06};
  EXPECT_EQ((*ethernet(LinkType::linux_cooked, cooked))[13], std::byte{0x06});
  EXPECT_FALSE(ethernet(LinkType::linux_cooked, Octets(15)));
  EXPECT_FALSE(ethernet(LinkType::linux_cooked_2, Octets(19)));
  EXPECT_FALSE(ethernet(LinkType::null, Octets(3)));
  for (const unsigned link : {105u, 254u, 65535u}) {
    EXPECT_FALSE(readable(LinkType{static_cast<std::uint16_t>(link)}));
    EXPECT_FALSE(ethernet(LinkType{static_cast<std::uint16_t>(link)}, ip));
    EXPECT_EQ(to_text(LinkType{static_cast<std::uint16_t>(link)}),
              "link type " + std::to_string(link));
  }
}

TEST(Pcap, J05_stamps_that_go_back_from_1970_and_after_2038_keep_the_order_of_the_file) {
  Octets file = header();
  record(file, 4'000'000'000, 999'999, 1, 1, 1);
  record(file, 0, 0, 1, 1, 1);
  record(file, 5, 4'000'000'000, 1, 1, 1);  // more microseconds than a second has
  const Read all = read(file);
  ASSERT_EQ(all.packets.size(), 3u) << all.fault;
  EXPECT_EQ(all.packets[0].time_ns, 4'000'000'000'999'999'000);
  EXPECT_EQ(all.packets[1].time_ns, 0);
  EXPECT_EQ(all.packets[2].time_ns, 4'005'000'000'000);
}

TEST(Pcap, J06_a_snapped_packet_says_so) {
  Octets file = header();
  record(file, 1, 0, 60, 1514, 60);
  record(file, 1, 0, 60, 4, 60);  // "original" smaller than kept: some writers do
  const Read all = read(file);
  ASSERT_EQ(all.packets.size(), 2u);
  EXPECT_TRUE(all.packets[0].snapped());
  EXPECT_EQ(all.packets[0].original_size, 1514u);
  EXPECT_FALSE(all.packets[1].snapped());
}

TEST(Pcap, J07_no_packets_is_a_whole_file_and_an_empty_file_is_none) {
  const Read none = read(header());
  EXPECT_EQ(none.packets.size(), 0u);
  EXPECT_EQ(none.fault, "");
  EXPECT_EQ(read({}).fault, "at offset 0: empty file");
}

// ---------------------------------------------------------------------------- pcapng

Octets block(std::uint32_t type, const Octets& body, bool little = true) {
  Octets out;
  Octets padded = body;
  while (padded.size() % 4 != 0) padded.push_back(std::byte{0});
  const auto length = static_cast<std::uint32_t>(12 + padded.size());
  put(out, type, 4, little), put(out, length, 4, little);
  out.insert(out.end(), padded.begin(), padded.end());
  put(out, length, 4, little);
  return out;
}
Octets section(bool little = true) {
  Octets body;
  put(body, 0x1a2b3c4d, 4, little), put(body, 1, 2, little), put(body, 0, 2, little);
  put(body, ~std::uint64_t{0}, 8, little);
  return block(0x0a0d0d0a, body, little);
}
Octets interface(const std::string& name, std::uint8_t resolution, bool little = true) {
  Octets body;
  put(body, 1, 2, little), put(body, 0, 2, little), put(body, 0, 4, little);
  if (!name.empty()) {
    put(body, 2, 2, little), put(body, name.size(), 2, little);
    for (const char c : name) body.push_back(static_cast<std::byte>(c));
    while (body.size() % 4 != 0) body.push_back(std::byte{0});
  }
  if (resolution != 0)
    put(body, 9, 2, little), put(body, 1, 2, little), put(body, resolution, 1, little),
        put(body, 0, 3, little);
  put(body, 0, 4, little);
  return block(1, body, little);
}
Octets enhanced(std::uint32_t on, std::uint64_t ticks, std::uint32_t claimed, std::size_t there,
                bool little = true) {
  Octets body;
  put(body, on, 4, little), put(body, ticks >> 32, 4, little),
      put(body, ticks & 0xffffffff, 4, little);
  put(body, claimed, 4, little), put(body, claimed, 4, little);
  body.insert(body.end(), there, std::byte{0xcd});
  return block(6, body, little);
}
Octets file_of(std::initializer_list<Octets> blocks) {
  Octets all;
  for (const Octets& one : blocks) all.insert(all.end(), one.begin(), one.end());
  return all;
}

TEST(Pcapng, names_of_interfaces_and_resolutions_are_read_in_both_byte_orders) {
  for (const bool little : {true, false}) {
    const Read all = read(
        file_of({section(little), interface("tap-coredns", 9, little), interface("", 0, little),
                 interface("binary", 0x8a, little), enhanced(0, 1'500'000'007, 3, 3, little),
                 enhanced(1, 1'500'000, 4, 4, little), enhanced(2, 1536, 4, 4, little)}));
    ASSERT_EQ(all.packets.size(), 3u) << all.fault;
    EXPECT_EQ(all.interfaces[all.packets[0].interface].name, "tap-coredns");
    EXPECT_EQ(all.packets[0].time_ns, 1'500'000'007);
    EXPECT_EQ(all.interfaces[all.packets[1].interface].name, "");
    EXPECT_EQ(all.packets[1].time_ns, 1'500'000'000);
    EXPECT_EQ(all.packets[2].time_ns, 1'500'000'000);
  }
}

TEST(Pcapng, J02_a_second_section_numbers_its_interfaces_anew_and_may_turn_its_octets) {
  const Read all = read(file_of({section(), interface("a", 0), enhanced(0, 1, 1, 1), section(false),
                                 interface("b", 0, false), enhanced(0, 1, 2, 2, false)}));
  ASSERT_EQ(all.packets.size(), 2u) << all.fault;
  EXPECT_EQ(all.interfaces[all.packets[1].interface].name, "b");
}

TEST(Pcapng, J02_blocks_of_others_are_passed_over) {
  const Read all = read(file_of({section(), block(0x80000bad, Octets(7)), interface("a", 0),
                                 block(5, Octets(12)), enhanced(0, 1, 1, 1)}));
  EXPECT_EQ(all.packets.size(), 1u) << all.fault;
}

TEST(Pcapng, J02_a_broken_block_ends_the_file_and_the_packets_before_it_stand) {
  const Octets good = file_of({section(), interface("a", 0), enhanced(0, 1, 5, 5)});
  const auto with = [&](Octets more) {
    Octets file = good;
    file.insert(file.end(), more.begin(), more.end());
    return read(file);
  };
  Octets wrong_length = enhanced(0, 1, 5, 5);
  wrong_length[4] = std::byte{13};
  Octets two_lengths = enhanced(0, 1, 5, 5);
  two_lengths[two_lengths.size() - 4] ^= std::byte{4};
  Octets too_long = enhanced(0, 1, 5, 5);
  too_long[5] = std::byte{0xff};
  Octets option_past_end = interface("name", 0);
  option_past_end[8 + 8 + 2] = std::byte{200};
  for (const auto& [more, why] : {std::pair{wrong_length, "block of length 13"},
                                  {two_lengths, "two different lengths"},
                                  {too_long, "cut off after"},
                                  {option_past_end, "reaches past its block"},
                                  {enhanced(3, 1, 5, 5), "interface 3, which nobody described"},
                                  {enhanced(0, 1, 99, 5), "packet of 99 octets in a block of"},
                                  {interface("", 0x7f), "time resolution out of range"},
                                  {Octets(4), "block header cut off"},
                                  {block(6, Octets(8)), "packet block cut off"}}) {
    const Read all = with(more);
    EXPECT_EQ(all.packets.size(), 1u);
    EXPECT_THAT(all.fault, HasSubstr(why));
    EXPECT_THAT(all.fault, HasSubstr("at offset " + std::to_string(good.size())));
  }
  EXPECT_THAT(read(file_of({section(), enhanced(0, 1, 1, 1)})).fault,
              HasSubstr("which nobody described"));
}

TEST(Pcapng, a_simple_packet_is_as_long_as_its_block) {
  Octets body;
  put(body, 5, 4, true);
  body.insert(body.end(), 5, std::byte{1});
  const Read all = read(file_of({section(), interface("a", 0), block(3, body)}));
  ASSERT_EQ(all.packets.size(), 1u) << all.fault;
  EXPECT_EQ(all.packets[0].bytes.size(), 5u);
}

TEST(Pcapng, J11_what_is_written_is_read_and_written_twice_is_the_same) {
  const auto written = [] {
    Writer out;
    out.packet("vif3", 1'000'000'001, Octets(61, std::byte{7}));
    out.packet("agent/zero-ttl/vif3/vrf1", 2, Octets(1));
    out.packet("vif3", 3, {});
    return out.file();
  };
  EXPECT_EQ(written(), written());
  const Octets file = written();
  const Read all = read(file);
  ASSERT_EQ(all.packets.size(), 3u) << all.fault;
  EXPECT_EQ(all.packets[0].time_ns, 1'000'000'001);
  EXPECT_EQ(all.packets[0].bytes.size(), 61u);
  EXPECT_EQ(all.interfaces[all.packets[1].interface].name, "agent/zero-ttl/vif3/vrf1");
  EXPECT_EQ(all.interfaces[all.packets[2].interface].name, "vif3");
}

TEST(Any, J03_every_truncation_and_every_single_octet_changed_is_read_without_harm) {
  const Octets file = file_of({section(), interface("a", 9), enhanced(0, 1, 5, 5)});
  Octets classic = header();
  record(classic, 1, 2, 4, 4, 4);
  for (const Octets& whole : {file, classic}) {
    for (std::size_t size = 0; size <= whole.size(); ++size)
      read({whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size)});
    for (std::size_t at = 0; at < whole.size(); ++at)
      for (const unsigned value : {0u, 1u, 0x7fu, 0x80u, 0xffu}) {
        Octets changed = whole;
        changed[at] = static_cast<std::byte>(value);
        read(changed);
      }
  }
}

// ---------------------------------------------------------------------------- files

class Files : public testing::Test {
protected:
  void SetUp() override {
    folder_ = testing::TempDir() + "capture." + std::to_string(::getpid());
    std::filesystem::create_directories(folder_);
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }
  std::string path(const std::string& name) const { return folder_ + '/' + name; }
  std::string folder_;
};

TEST_F(Files, J07_gzip_is_unpacked_and_a_broken_one_is_named) {
  Octets file = header();
  record(file, 1, 0, 60, 60, 60);
  const gzFile out = gzopen(path("a.gz").c_str(), "wb");
  gzwrite(out, file.data(), static_cast<unsigned>(file.size()));
  gzclose(out);
  EXPECT_EQ(load(path("a.gz")), file);
  std::filesystem::resize_file(path("a.gz"), 30);
  EXPECT_THROW(load(path("a.gz")), std::runtime_error);
  EXPECT_THROW(load(path("none")), std::runtime_error);
  EXPECT_THROW(load(folder_), std::runtime_error);
}

TEST_F(Files, J08_a_pipe_is_read_to_its_end) {
  ASSERT_EQ(::mkfifo(path("pipe").c_str(), 0600), 0);
  Octets file = header();
  record(file, 1, 0, 60, 60, 60);
  std::thread writer{[&] {
    std::FILE* out = std::fopen(path("pipe").c_str(), "wb");
    std::fwrite(file.data(), 1, 30, out);
    std::fflush(out);
    std::fwrite(file.data() + 30, 1, file.size() - 30, out);
    std::fclose(out);
  }};
  EXPECT_EQ(load(path("pipe")), file);
  writer.join();
}

TEST_F(Files, J09_a_link_in_the_way_is_replaced_and_not_followed) {
  store(path("target"), Octets(3));
  ASSERT_EQ(::symlink(path("target").c_str(), path("link").c_str()), 0);
  ASSERT_EQ(::symlink(path("target").c_str(), path("link.new").c_str()), 0);
  store(path("link"), Octets(5));
  EXPECT_EQ(load(path("target")).size(), 3u);
  EXPECT_EQ(load(path("link")).size(), 5u);
  EXPECT_THROW(store(path("no/such/folder"), {}), std::runtime_error);
}

}  // namespace
}  // namespace tflab::capture
