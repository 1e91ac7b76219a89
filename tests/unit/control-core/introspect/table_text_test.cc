#include "control-core/introspect/table_text.h"

#include <gtest/gtest.h>

namespace tflab::introspect {
namespace {

Tree rows() {
  return list_of_structs(
      "rows", 1,
      {struct_of("R", {string_of("peer", 1, "node-a"), string_of("state", 2, "Established"),
                       list_of_strings("families", 3, {"inet-vpn", "e-vpn"})}),
       struct_of("R", {string_of("peer", 1, "b"), string_of("state", 2, ""), u32_of("flaps", 4, 3),
                       list_of_strings("families", 3, {})})});
}

TEST(IntrospectTableText, aligns_columns_and_tells_absent_from_empty) {
  EXPECT_EQ(table_text(rows()),
            "peer    state        families         flaps\n"
            "node-a  Established  inet-vpn, e-vpn  -\n"
            "b       n/a          n/a              3\n");
}

TEST(IntrospectTableText, prints_the_columns_asked_for) {
  EXPECT_EQ(table_text(rows(), {"flaps", "peer"}), "flaps  peer\n-      node-a\n3      b\n");
  EXPECT_EQ(table_text(list_of_structs("rows", 1, {}), {"a"}), "a\n");
}

}  // namespace
}  // namespace tflab::introspect
