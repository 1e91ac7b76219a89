// RFC 7606 attribute by attribute, through a session: a good route, the same route with the
// attribute in question, another good route. What became of the route and of the session is one
// word.
#include <gtest/gtest.h>

#include <algorithm>

#include "control-core/bgp/attribute.h"
#include "tests/dsl/bgp_fate.h"

namespace tflab::bgp {
namespace {

using test::Fate;
using test::Kin;

struct Row {
  const char* what;
  const char* attribute;  // added to a complete set, or put where it has one of that code
  Fate internal, external;
};

constexpr Fate kept = Fate::kept, discarded = Fate::discarded, withdrawn = Fate::withdrawn,
               reset = Fate::reset;

// clang-format off
const Row rows[] = {
    {"nothing wrong", "", kept, kept},

    {"ORIGIN of no octets", "400100", withdrawn, withdrawn},
    {"ORIGIN of two octets", "400102 0001", withdrawn, withdrawn},
    {"ORIGIN beyond incomplete", "400101 07", withdrawn, withdrawn},
    {"ORIGIN optional", "c00101 00", withdrawn, withdrawn},
    {"ORIGIN not transitive", "000101 00", withdrawn, withdrawn},
    {"ORIGIN with the partial bit", "600101 02", kept, kept},
    {"ORIGIN with a long length", "50010001 01", kept, kept},

    {"AS_PATH with an unnamed segment", "400206 0901 0000fde9", withdrawn, withdrawn},
    {"AS_PATH with an empty segment", "400208 0201 0000fde9 0200", withdrawn, withdrawn},
    {"AS_PATH whose segment runs over", "400206 0203 0000fde9", withdrawn, withdrawn},
    {"AS_PATH with an odd octet", "400207 0201 0000fde9 02", withdrawn, withdrawn},
    {"AS_PATH through AS 0", "40020a 0202 0000fde9 00000000", withdrawn, withdrawn},
    {"AS_PATH with a set", "40020c 0201 0000fde9 0101 00000007", withdrawn, withdrawn},
    {"AS_PATH with a confederation's sequence", "40020c 0301 0000fde9 0201 0000fde9", withdrawn, withdrawn},
    {"AS_PATH with a confederation's set", "40020c 0201 0000fde9 0401 0000fde8", withdrawn, withdrawn},
    {"AS_PATH optional", "c00206 0201 0000fde9", withdrawn, withdrawn},

    {"NEXT_HOP of three octets", "400303 0a0000", withdrawn, withdrawn},
    {"NEXT_HOP of five octets", "400305 0a00000200", withdrawn, withdrawn},
    {"NEXT_HOP zero", "400304 00000000", withdrawn, withdrawn},
    {"NEXT_HOP loopback", "400304 7f000001", withdrawn, withdrawn},
    {"NEXT_HOP multicast", "400304 e0000001", withdrawn, withdrawn},
    {"NEXT_HOP broadcast", "400304 ffffffff", withdrawn, withdrawn},
    {"NEXT_HOP optional", "c00304 0a000002", withdrawn, withdrawn},

    {"MULTI_EXIT_DISC of three octets", "800403 000001", withdrawn, withdrawn},
    {"MULTI_EXIT_DISC of eight octets", "800408 0000000100000001", withdrawn, withdrawn},
    {"MULTI_EXIT_DISC transitive", "c00404 00000001", withdrawn, withdrawn},
    {"MULTI_EXIT_DISC well-known", "000404 00000001", withdrawn, withdrawn},

    {"LOCAL_PREF", "400504 00000007", kept, discarded},
    {"LOCAL_PREF of three octets", "400503 000007", withdrawn, discarded},
    {"LOCAL_PREF of six octets", "400506 000000070000", withdrawn, discarded},
    {"LOCAL_PREF optional", "c00504 00000007", withdrawn, withdrawn},

    {"ATOMIC_AGGREGATE", "400600", kept, kept},
    {"ATOMIC_AGGREGATE of two octets", "400602 0000", discarded, discarded},
    {"ATOMIC_AGGREGATE optional", "c00600", withdrawn, withdrawn},
    {"AGGREGATOR of six octets", "c00706 fde9 0a000001", discarded, discarded},
    {"AGGREGATOR of AS 0", "c00708 00000000 0a000001", discarded, discarded},
    {"AGGREGATOR well-known", "400708 0000fde9 0a000001", withdrawn, withdrawn},

    {"COMMUNITIES of none", "c00800", withdrawn, withdrawn},
    {"COMMUNITIES of six octets", "c00806 ffff00010000", withdrawn, withdrawn},
    {"COMMUNITIES not transitive", "800804 fde80001", withdrawn, withdrawn},

    {"ORIGINATOR_ID", "800904 0a000007", kept, discarded},
    {"ORIGINATOR_ID of three octets", "800903 0a0000", withdrawn, discarded},
    {"ORIGINATOR_ID of eight octets", "800908 0a0000070a000007", withdrawn, discarded},
    {"ORIGINATOR_ID transitive", "c00904 0a000007", withdrawn, withdrawn},
    {"CLUSTER_LIST", "800a08 0a0000070a000008", kept, discarded},
    {"CLUSTER_LIST of none", "800a00", withdrawn, discarded},
    {"CLUSTER_LIST of six octets", "800a06 0a0000070000", withdrawn, discarded},
    {"CLUSTER_LIST transitive", "c00a04 0a000007", withdrawn, withdrawn},

    {"EXTENDED_COMMUNITIES of none", "c01000", withdrawn, withdrawn},
    {"EXTENDED_COMMUNITIES of twelve octets", "c0100c 0002fc00000000010002fc00", withdrawn, withdrawn},
    {"EXTENDED_COMMUNITIES not transitive", "801008 0002fc0000000001", withdrawn, withdrawn},

    {"AS4_PATH from one who needs none", "c01106 0201 0000fde9", kept, kept},
    {"AS4_PATH of AS 0", "c01106 0201 00000000", discarded, discarded},
    {"AS4_PATH cut short", "c01104 0201 0000", discarded, discarded},
    {"AS4_PATH with a confederation's segment", "c01106 0301 0000fde9", kept, kept},
    {"AS4_PATH well-known", "401106 0201 0000fde9", withdrawn, withdrawn},
    {"AS4_AGGREGATOR of six octets", "c01206 fde9 0a000001", discarded, discarded},
    {"AS4_AGGREGATOR of AS 0", "c01208 00000000 0a000001", discarded, discarded},
    {"AS4_AGGREGATOR not transitive", "801208 0000fde9 0a000001", withdrawn, withdrawn},

    {"PMSI_TUNNEL of no known type", "c01609 00 09 000010 0a000001", withdrawn, withdrawn},
    {"PMSI_TUNNEL of four octets", "c01604 00 06 0000", withdrawn, withdrawn},
    {"PMSI_TUNNEL to an address of five octets", "c0160a 00 06 000010 0a00000100", withdrawn, withdrawn},
    {"PMSI_TUNNEL of the original's own type", "c01609 80 fc 000010 0a000001", kept, kept},
    {"PMSI_TUNNEL not transitive", "801609 00 06 000010 0a000001", withdrawn, withdrawn},

    {"TUNNEL_ENCAPSULATION", "c01708 0008 0004 04 02 0800", kept, kept},
    {"TUNNEL_ENCAPSULATION of none", "c01700", withdrawn, withdrawn},
    {"TUNNEL_ENCAPSULATION, a tunnel runs over", "c01706 0008 0005 0400", withdrawn, withdrawn},
    {"TUNNEL_ENCAPSULATION, a sub-TLV runs over", "c01707 0008 0003 04 05 08", withdrawn, withdrawn},
    {"TUNNEL_ENCAPSULATION, a long sub-TLV runs over", "c01708 0008 0004 80 0002 00", withdrawn, withdrawn},
    {"TUNNEL_ENCAPSULATION of unknown types", "c01707 00ee 0003 77 01 00", kept, kept},
    {"TUNNEL_ENCAPSULATION well-known", "401704 0008 0000", withdrawn, withdrawn},

    {"IPV6_EXTENDED_COMMUNITIES of none", "c01900", withdrawn, withdrawn},
    {"IPV6_EXTENDED_COMMUNITIES of nineteen octets", "c01913 00000000000000000000000000000000000000", withdrawn, withdrawn},
    {"IPV6_EXTENDED_COMMUNITIES not transitive", "801914 0000000000000000000000000000000000000000", withdrawn, withdrawn},

    {"AIGP of none", "801a00", discarded, discarded},
    {"AIGP of eight octets", "801a08 01 0008 0000000000", discarded, discarded},
    {"AIGP with a length of two", "801a03 02 0002", discarded, discarded},
    {"AIGP transitive", "c01a0b 01 000b 0000000000000007", discarded, discarded},
    {"LINK_STATE", "801d04 0400 0000", kept, kept},
    {"LINK_STATE, a TLV runs over", "801d06 0400 0009 0000", discarded, discarded},
    {"LINK_STATE transitive", "c01d04 0400 0000", discarded, discarded},

    {"LARGE_COMMUNITIES of none", "c02000", withdrawn, withdrawn},
    {"LARGE_COMMUNITIES of eight octets", "c02008 0000fde900000001", withdrawn, withdrawn},
    {"LARGE_COMMUNITIES not transitive", "80200c 0000fde90000000100000001", withdrawn, withdrawn},

    {"ONLY_TO_CUSTOMER of two octets", "c02302 fde9", withdrawn, withdrawn},
    {"ONLY_TO_CUSTOMER of AS 0", "c02304 00000000", withdrawn, withdrawn},
    {"ONLY_TO_CUSTOMER not transitive", "802304 0000fde9", withdrawn, withdrawn},

    {"PREFIX_SID", "c0280a 01 0007 00000000000001", kept, discarded},
    {"PREFIX_SID, a TLV runs over", "c02804 01 0007 00", discarded, discarded},
    {"PREFIX_SID, a label index of six", "c02809 01 0006 000000000000", discarded, discarded},
    {"PREFIX_SID, half a range", "c02808 03 0005 0000 000000", discarded, discarded},
    {"PREFIX_SID not transitive", "80280a 01 0007 00000000000001", discarded, discarded},

    {"ATTR_SET", "c08007 0000fde9 400600", kept, kept},
    {"ATTR_SET without an AS", "c08003 0000fd", withdrawn, withdrawn},
    {"ATTR_SET, an attribute runs over", "c08007 0000fde9 400609", withdrawn, withdrawn},
    {"ATTR_SET with a next hop", "c0800b 0000fde9 400304 0a000001", withdrawn, withdrawn},

    {"EDGE_DISCOVERY without blocks", "c0f106 04 0a000001 00", withdrawn, withdrawn},
    {"EDGE_FORWARDING of sixteen octets", "c0f210 04 0a000001 00000010 0a000002 000000", withdrawn, withdrawn},
    {"ORIGIN_VN_PATH of seven octets", "c0f307 8071fc00000000", withdrawn, withdrawn},

    {"an unknown optional transitive one", "c0fa02 0102", kept, kept},
    {"an unknown optional one", "80fa02 0102", kept, kept},
    {"an unknown well-known one", "40fa02 0102", reset, reset},
    {"one that runs over the end", "c0fa05 0102", withdrawn, withdrawn},
    {"one octet too many", "c0", withdrawn, withdrawn},
    {"two octets too many", "c0fa", withdrawn, withdrawn},

    {"MP_REACH of three octets", "800e03 0002 01", reset, reset},
    {"MP_REACH whose next hop runs over", "800e09 0002 01 10 20010db800", reset, reset},
    {"MP_REACH with a next hop of nine", "800e0e 0002 01 09 20010db80000000001 00", reset, reset},
    {"MP_REACH with a route that runs over", "800e17 0002 01 10 20010db8000000000000000000000001 00 40 20", reset, reset},
    {"MP_REACH that runs over the end", "800e40 0002 01 10", reset, reset},
    {"MP_REACH transitive", "c00e15 0002 01 10 20010db8000000000000000000000001 00", reset, reset},
    {"MP_REACH to a loopback", "800e16 0002 01 10 00000000000000000000000000000001 00 00", withdrawn, withdrawn},
    {"MP_UNREACH of two octets", "800f02 0002", reset, reset},
    {"MP_UNREACH with a prefix of 129", "800f04 0002 01 81", reset, reset},
    {"MP_UNREACH transitive", "c00f03 0002 01", reset, reset},
};
// clang-format on

TEST(Table, every_row_costs_what_it_says_inside_our_as) {
  for (const Row& row : rows)
    EXPECT_EQ(test::fate(row.attribute, Kin::ibgp), row.internal) << row.what;
}

TEST(Table, every_row_costs_what_it_says_between_two) {
  for (const Row& row : rows)
    EXPECT_EQ(test::fate(row.attribute, Kin::ebgp), row.external) << row.what;
}

// The table of the tests must not forget an attribute that the table of the code has.
TEST(Table, no_attribute_goes_untested) {
  for (const AttributeRow& row : attribute_rows()) {
    const auto about = [&](const Row& each) {
      return test::hex(each.attribute).size() > 1 && test::code_of(each.attribute) == row.code;
    };
    EXPECT_GE(std::ranges::count_if(rows, about), row.code > 240 ? 1 : 3) << row.name;
  }
}

}  // namespace
}  // namespace tflab::bgp
