#include "control-core/xmpp/fsm.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <sstream>

#include "tests/dsl/source_tree.h"

namespace tflab::xmpp {
namespace {

std::string printed() {
  std::ostringstream out;
  for (const Role role : {Role::server, Role::client}) {
    out << (role == Role::server ? "server\n" : "client\n");
    for (std::size_t s = 0; s < states; ++s)
      for (std::size_t e = 0; e < events; ++e) {
        const auto [from, on] = std::pair{static_cast<State>(s), static_cast<Event>(e)};
        const Step next = step(role, from, on);
        out << "  " << to_text(from) << " + " << to_text(on) << " -> " << to_text(next.to) << "  "
            << to_text(next.act) << '\n';
      }
  }
  return out.str();
}

// TFLAB_UPDATE=1 writes the file anew: read the difference before committing it.
TEST(XmppFsm, is_the_one_that_was_reviewed) {
  const auto golden = test::in_tree("tests/golden/fsm_xmpp.txt");
  if (std::getenv("TFLAB_UPDATE")) std::ofstream{golden} << printed();
  std::ifstream file{golden};
  std::ostringstream text;
  text << file.rdbuf();
  EXPECT_EQ(printed(), text.str());
}

}  // namespace
}  // namespace tflab::xmpp
