#include "netns-lab/host/md5_watch.h"

#include <gtest/gtest.h>

namespace tflab::netns {
namespace {

TEST(Md5Watch, reads_the_kernels_counters_by_name) {
  const std::string text =
      "TcpExt: SyncookiesSent TCPMD5NotFound TCPMD5Unexpected TCPMD5Failure TCPSackShifted\n"
      "TcpExt: 9 1 2 3 8\n"
      "IpExt: InNoRoutes TCPMD5Failure2\n"
      "IpExt: 5 6\n";
  EXPECT_EQ(md5_drops(text), (Md5Drops{1, 2, 3}));
  EXPECT_EQ(md5_drops("TcpExt: TCPMD5NotFound\nTcpExt: 18446744073709551615\n").missing,
            ~std::uint64_t{0});
}

TEST(Md5Watch, a_kernel_without_them_or_half_a_text_has_none) {
  EXPECT_EQ(md5_drops(""), Md5Drops{});
  EXPECT_EQ(md5_drops("TcpExt: SyncookiesSent\nTcpExt: 9\n"), Md5Drops{});
  EXPECT_EQ(md5_drops("TcpExt: TCPMD5NotFound"), Md5Drops{});
  EXPECT_EQ(md5_drops("TcpExt: TCPMD5NotFound\nTcpExt:"), Md5Drops{});
}

TEST(Md5Watch, says_what_came_since_and_leaves_out_what_did_not) {
  EXPECT_EQ(md5_text({1, 0, 4}, {1, 0, 7}), "3 segments dropped for TCP-MD5: 3 with a wrong key");
  EXPECT_EQ(md5_text({}, {1, 2, 3}),
            "6 segments dropped for TCP-MD5: 1 without a key, 2 with a key where none is "
            "configured, 3 with a wrong key");
}

}  // namespace
}  // namespace tflab::netns
