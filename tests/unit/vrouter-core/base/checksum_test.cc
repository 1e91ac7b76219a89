#include "vrouter-core/base/checksum.h"

#include <gtest/gtest.h>

#include <array>

namespace tflab {
namespace {

TEST(Checksum, of_the_example_in_rfc_1071) {
  constexpr std::array<std::byte, 8> octets{std::byte{0x00}, std::byte{0x01}, std::byte{0xf2},
                                            std::byte{0x03}, std::byte{0xf4}, std::byte{0xf5},
                                            std::byte{0xf6}, std::byte{0xf7}};
  EXPECT_EQ(folded(word_sum(octets)), 0xddf2);
  EXPECT_EQ(checksum(octets), 0x220d);
  EXPECT_EQ(word_sum(Bytes{octets}.first(3)), 0x0001u + 0xf200u);
}

TEST(Checksum, follows_a_changed_word_as_if_it_were_worked_out_anew) {
  for (std::uint32_t was = 0; was <= 0xffff; was += 0x101) {
    for (std::uint32_t becomes = 0; becomes <= 0xffff; becomes += 0x303) {
      const std::uint32_t rest = 0x1234;
      const auto before = static_cast<std::uint16_t>(~folded(rest + was));
      const auto after = static_cast<std::uint16_t>(~folded(rest + becomes));
      ASSERT_EQ(checksum_after(before, static_cast<std::uint16_t>(was),
                               static_cast<std::uint16_t>(becomes)),
                after);
    }
  }
}

TEST(Checksum, the_case_rfc_1624_was_written_for) {
  // Section 4: HC 0xdd2f, a word 0x5555 becomes 0x3285; the right answer is 0x0000, not 0xffff.
  EXPECT_EQ(checksum_after(0xdd2f, 0x5555, 0x3285), 0x0000);
}

}  // namespace
}  // namespace tflab
