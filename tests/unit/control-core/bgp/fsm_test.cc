#include "control-core/bgp/fsm.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <sstream>

#include "control-core/bgp/collision.h"
#include "tests/dsl/source_tree.h"

namespace tflab::bgp {
namespace {

std::string line(State from, Event on) {
  const Step s = step(from, on);
  std::ostringstream out;
  out << to_text(from) << '\t' << to_text(on) << '\t';
  if (s.to != from) out << "-> " << to_text(s.to);
  out << '\t' << to_text(s.acts) << '\n';
  return out.str();
}

std::string printed() {
  std::string out =
      "# state, event, next state if it changes, acts (TFLAB_UPDATE=1 rewrites this)\n";
  for (std::size_t s = 0; s < states; ++s)
    for (std::size_t e = 0; e < events; ++e)
      out += line(static_cast<State>(s), static_cast<Event>(e));
  return out;
}

TEST(BgpFsm, the_whole_matrix_is_as_it_was_reviewed) {
  const auto path = test::in_tree("tests/golden/fsm_bgp.txt");
  if (std::getenv("TFLAB_UPDATE") != nullptr) std::ofstream{path} << printed();
  std::ifstream file{path};
  ASSERT_TRUE(file) << path;
  std::ostringstream expected;
  expected << file.rdbuf();
  EXPECT_EQ(printed(), expected.str());
}

TEST(BgpFsm, states_have_the_names_operators_know) {
  EXPECT_EQ(to_text(State::idle), "Idle");
  EXPECT_EQ(to_text(State::open_confirm), "OpenConfirm");
  EXPECT_EQ(to_text(State::established), "Established");
}

// Both ends must choose the same connection: what one calls its own the other calls theirs.
TEST(Collision, both_ends_keep_the_same_connection) {
  struct Speaker {
    Ip4 id;
    Asn as;
  };
  const Speaker speakers[] = {{Ip4{1}, Asn{1}},
                              {Ip4{1}, Asn{2}},
                              {Ip4{2}, Asn{1}},
                              {Ip4{0xffffffff}, Asn{1}},
                              {Ip4{0x80000000}, Asn{4200000000}}};
  for (const Speaker& a : speakers)
    for (const Speaker& b : speakers) {
      if (a.id == b.id && a.as == b.as) continue;  // refused in OPEN
      EXPECT_NE(survivor(a.id, a.as, b.id, b.as), survivor(b.id, b.as, a.id, a.as));
    }
  EXPECT_EQ(survivor(Ip4{0x80000000}, Asn{1}, Ip4{0x7fffffff}, Asn{9}), Keep::ours);
}

}  // namespace
}  // namespace tflab::bgp
