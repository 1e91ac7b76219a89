#pragma once
// What the bodies of messages say, for many agents in one process that are told the same octets:
// each is read once, and its items are in memory once. A function remembered, nothing more: every
// agent ends up with what it would have read itself. Bodies are compared octet by octet.

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <unordered_map>
#include <vector>

#include "control-core/xmpp/stanza.h"
#include "vrouter-core/base/reader.h"

namespace tflab::xmpp {

class Memo {
public:
  using Said = std::shared_ptr<const RouteMessage>;
  // Of bodies, the youngest: as much as fifteen control nodes tell ten thousand routes with.
  static constexpr std::size_t most = 128u << 20;

  // Could these octets be all of a message but its tag, as our control nodes write them?
  static bool whole_body(Bytes octets);

  Said find(Bytes body) const;
  void keep(Bytes body, Said said);

private:
  struct Kept {
    std::uint64_t digest;
    std::vector<std::byte> body;
    Said said;
  };
  void forget_oldest();

  std::deque<Kept> kept_;  // oldest first
  std::uint64_t oldest_ = 0;
  std::unordered_multimap<std::uint64_t, std::uint64_t> numbers_;  // by digest; only looked up
  std::size_t octets_ = 0;
};

}  // namespace tflab::xmpp
