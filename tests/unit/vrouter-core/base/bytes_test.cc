// Reader and Writer: the first step past the end is the last one that counts.

#include <gtest/gtest.h>

#include <algorithm>
#include <array>

#include "tests/dsl/bytes.h"
#include "vrouter-core/base/reader.h"
#include "vrouter-core/base/writer.h"

namespace tflab {
namespace {

constexpr std::array<std::byte, 8> eight{std::byte{1}, std::byte{2}, std::byte{3}, std::byte{4},
                                         std::byte{5}, std::byte{6}, std::byte{7}, std::byte{8}};

TEST(Reader, reads_in_network_order) {
  Reader in{eight};
  EXPECT_EQ(in.u8(), 0x01);
  EXPECT_EQ(in.be16(), 0x0203);
  EXPECT_EQ(in.be24(), 0x040506u);
  EXPECT_EQ(in.left(), 2u);
  EXPECT_TRUE(in.ok());
  EXPECT_EQ(Reader{eight}.be64(), 0x0102030405060708u);
}

TEST(Reader, fails_once_and_for_good) {
  Reader in{eight};
  in.take(6);
  EXPECT_EQ(in.be32(), 0u);
  EXPECT_FALSE(in.ok());
  EXPECT_EQ(in.left(), 0u);
  EXPECT_EQ(in.u8(), 0);
  EXPECT_TRUE(in.take(0).empty());
  EXPECT_FALSE(in.ok());
}

TEST(Reader, a_sub_reader_cannot_leave_its_piece) {
  Reader in{eight};
  Reader piece = in.sub(2);
  EXPECT_EQ(piece.be32(), 0u);
  EXPECT_FALSE(piece.ok());
  EXPECT_TRUE(in.ok());
  EXPECT_EQ(in.u8(), 3);
  Reader too_long = in.sub(9);
  EXPECT_FALSE(in.ok());
  EXPECT_FALSE(too_long.ok());
}

TEST(Writer, mirrors_the_reader) {
  std::array<std::byte, 8> room{};
  Writer out{room};
  out.u8(1);
  out.be16(0x0203);
  out.be24(0x040506);
  out.be16(0x0708);
  EXPECT_TRUE(out.ok());
  EXPECT_EQ(room, eight);
  out.u8(9);
  EXPECT_FALSE(out.ok());
  EXPECT_EQ(room, eight);
}

TEST(Writer, a_value_that_does_not_fit_is_not_begun) {
  std::array<std::byte, 3> room{};
  Writer out{room};
  out.be32(0xffffffff);
  EXPECT_FALSE(out.ok());
  EXPECT_EQ(room, (std::array<std::byte, 3>{}));
}

TEST(Writer, keeps_of_what_was_filled_in_as_much_as_counts) {
  std::array<std::byte, 7> room{};
  Writer out{room};
  const auto three_of_four = [](Writer four) {
    four.be32(0x01020304);
    return std::size_t{3};
  };
  out.up_to<4>(three_of_four);
  out.up_to<4>(three_of_four);  // four are left: written in place
  EXPECT_EQ(test::to_hex(out.written()), "010203010203");
  out.up_to<4>([](Writer four) {
    four.be32(0x05060708);
    return std::size_t{1};
  });  // one is left: enough for what counts
  EXPECT_EQ(test::to_hex(out.written()), "01020301020305");
  EXPECT_TRUE(out.ok());
  out.up_to<4>(three_of_four);
  EXPECT_FALSE(out.ok());
  EXPECT_EQ(test::to_hex(out.written()), "01020301020305");
}

TEST(Writer, goes_back_for_what_is_known_last) {
  std::array<std::byte, 4> room{};
  Writer out{room};
  out.be32(0xaaaaaaaa);
  Writer again = out.back_to(2);
  again.be16(0xbbbb);
  EXPECT_TRUE(again.ok());
  EXPECT_EQ(out.written()[1], std::byte{0xaa});
  EXPECT_EQ(out.written()[3], std::byte{0xbb});
  again.u8(1);
  EXPECT_FALSE(again.ok());
  EXPECT_TRUE(out.ok());
}

TEST(Writer, counts_what_stands_behind_a_length) {
  std::array<std::byte, 5> room{};
  Writer out{room};
  out.counted16([&] { out.be24(0x111111); });
  EXPECT_TRUE(out.ok());
  EXPECT_EQ(room[1], std::byte{3});
}

}  // namespace
}  // namespace tflab
