#include "vrouter-core/base/addr.h"

#include <gtest/gtest.h>

namespace tflab {
namespace {

constexpr Ip6 six(std::uint8_t first, std::uint8_t last) {
  Ip6 a;
  a.octets[0] = first;
  a.octets[15] = last;
  return a;
}

static_assert(Label::fits(0xfffff) && !Label::fits(0x100000));
static_assert(Label{15}.reserved() && !Label{16}.reserved());
static_assert(IpPrefix{Ip4{0x0a0102ff}, 24}.base() == IpAddr{Ip4{0x0a010200}});
static_assert(IpPrefix{Ip4{0xffffffff}, 0}.base() == IpAddr{Ip4{}});

TEST(IpPrefix, has_no_host_bits) {
  EXPECT_EQ((IpPrefix{six(0xfd, 0xff), 8}.base()), IpAddr{six(0xfd, 0)});
  EXPECT_EQ((IpPrefix{six(0xfd, 0xff), 127}.base()), IpAddr{six(0xfd, 0xfe)});
  EXPECT_EQ((IpPrefix{six(0xff, 0xff), 3}.base()), IpAddr{six(0xe0, 0)});
}

TEST(IpPrefix, covers_what_starts_like_it) {
  const IpPrefix net{Ip4{0x0a010200}, 23};
  EXPECT_TRUE(net.covers(Ip4{0x0a0103ff}));
  EXPECT_FALSE(net.covers(Ip4{0x0a010400}));
  EXPECT_TRUE(net.covers(IpPrefix{Ip4{0x0a010300}, 24}));
  EXPECT_TRUE(net.covers(net));
  EXPECT_FALSE(net.covers(IpPrefix{Ip4{0x0a010200}, 22}));
  const IpPrefix all4{Ip4{}, 0};
  EXPECT_FALSE(all4.covers(six(0, 0))) << "the versions never mix";
  EXPECT_TRUE((IpPrefix{Ip6{}, 0}.covers(six(0xfd, 1))));
}

TEST(IpAddr, octets_are_those_of_the_wire) {
  const IpAddr v4 = Ip4{0x0a010203};
  EXPECT_EQ(v4.octet(0), 10);
  EXPECT_EQ(v4.octet(3), 3);
  EXPECT_EQ(IpAddr{six(0xfd, 7)}.octet(15), 7);
  EXPECT_LT(v4, IpAddr{Ip6{}});
}

TEST(IpAddr, sorts_as_numbers_do) {
  EXPECT_LT(IpAddr{Ip4{0x0a000002}}, IpAddr{Ip4{0x0a00000a}});
  EXPECT_LT(IpAddr{Ip4{0x0a0000ff}}, IpAddr{Ip4{0x0a000100}});
  EXPECT_LT(IpAddr{six(0x20, 0xff)}, IpAddr{six(0xfd, 0)});
  EXPECT_LT(IpAddr{six(0xfd, 1)}, IpAddr{six(0xfd, 2)});
}

TEST(IpAddr, is_of_one_version) {
  EXPECT_EQ(IpAddr{Ip4{0x0a010203}}.v4(), Ip4{0x0a010203});
  EXPECT_EQ(IpAddr{Ip4{0x0a010203}}.v6(), Ip6{});
  EXPECT_EQ(IpAddr{six(0xfd, 7)}.v4(), Ip4{});
  EXPECT_EQ(IpAddr{six(0xfd, 7)}.v6(), six(0xfd, 7));
  EXPECT_NE(IpAddr{Ip4{}}, IpAddr{Ip6{}});
}

TEST(Mac, knows_groups) {
  EXPECT_TRUE((Mac{{0xff, 0xff, 0xff, 0xff, 0xff, 0xff}}.broadcast()));
  EXPECT_TRUE((Mac{{1, 0, 0x5e, 0, 0, 1}}.multicast()));
  EXPECT_FALSE((Mac{{2, 0, 0, 0, 0, 1}}.multicast()));
  EXPECT_TRUE(Mac{}.zero());
}

}  // namespace
}  // namespace tflab
