#pragma once
// What becomes of a route, and of the session that carried it, when one of its attributes is not as
// it should be: a good route, the same route again with the attribute, another good route.

#include <ostream>

#include "tests/dsl/bgp_talk.h"

namespace tflab::test {

enum class Fate {
  kept,       // the route stands and nobody complained
  discarded,  // the route stands, the attribute does not
  withdrawn,
  reset,
};

inline std::ostream& operator<<(std::ostream& out, Fate fate) {
  constexpr const char* words[] = {"kept", "discarded", "withdrawn", "reset"};
  return out << words[static_cast<int>(fate)];
}

inline std::uint8_t code_of(const std::string& attribute) {
  return static_cast<std::uint8_t>(hex(attribute)[1]);
}

// ORIGIN, AS_PATH and NEXT_HOP of a good route, `instead` standing where it has that code, and last
// where none has it.
inline std::string attributes_with(const std::string& instead, Kin kin) {
  const std::string path = kin == Kin::ibgp ? "400200" : "400206 0201 0000fde9";
  const bool whole = hex(instead).size() > 1;
  std::string out;
  bool replaced = false;
  for (const std::string& each : {std::string{"400101 00"}, path, std::string{"400304 0a000002"}}) {
    const bool same = whole && code_of(each) == code_of(instead);
    out += same ? instead : each;
    replaced = replaced || same;
  }
  return replaced ? out : out + instead;
}
inline std::string good_attributes(Kin kin) {
  return attributes_with("", kin);
}

inline Fate fate(const std::string& attribute, Kin kin) {
  const std::string route = "10.9.0.0/16";
  Talk talk{kin};
  talk.update(good_attributes(kin), "10 0a09");
  EXPECT_TRUE(talk.has(Family::inet, route));
  talk.update(attributes_with(attribute, kin), "10 0a09");
  if (!talk.up()) {
    EXPECT_EQ(talk.notified().substr(0, 2), "3/") << attribute;
    return Fate::reset;
  }
  talk.update(good_attributes(kin), "10 0a0a");
  EXPECT_TRUE(talk.has(Family::inet, "10.10.0.0/16")) << attribute;
  if (!talk.has(Family::inet, route)) return Fate::withdrawn;
  return talk.session().received().attributes_discarded == 0 ? Fate::kept : Fate::discarded;
}

}  // namespace tflab::test
