#pragma once
// What becomes of a BGP peer's paths while it is away: the helper's half of graceful restart
// (RFC 4724, RFC 8538) and of its long-lived kind (RFC 9494). Paths of a session that ends with a
// promise to return are marked; what is still marked when the peer has said everything again, or
// when time is up, goes.
//
//   lost -> stale --restart time--> long-lived stale --its time--> gone
//             \------- back, then end-of-rib of each family: the rest is swept

#include <optional>
#include <set>
#include <vector>

#include "control-core/base/timers.h"
#include "control-core/bgp/session.h"
#include "control-core/node/core.h"

namespace tflab::node {

class Retention {
public:
  Retention(Core& core, const rib::Peer& peer) : core_{core}, peer_{peer} {}

  // Its sessions, as they come and go. The paths of one that is lost are kept, or are gone now.
  void back(Instant now, const bgp::Up& up);
  void lost(Instant now, const bgp::Cause& why);
  void end_of_rib(Instant now, Family family);
  // It says everything of a family again (RFC 7313); ends like a restart.
  void refreshing(Instant now, Family family);
  // Whatever is kept goes now.
  void forget(Instant now);

  void on_timer(Instant now);
  std::optional<Instant> next_timer() const { return timers_.next(); }

  bool keeps() const { return !awaited_.empty(); }
  // Would they be kept if the session ended without a word?
  bool would_keep() const { return graceful() && helps(); }

private:
  using Families = std::set<Family>;
  enum class Timer : std::uint8_t { stale, long_lived, end_of_rib, count };

  bool helps() const;
  bool graceful() const;
  bool long_lived() const;
  bool survives(const bgp::Cause& why) const;
  bool own(const rib::Path& path) const;
  void become_long_lived(Instant now);
  void mark(Instant now, rib::Flag flag);
  void sweep(Instant now, Family family);

  Core& core_;
  const rib::Peer& peer_;
  Families families_;          // negotiated in the last session
  bgp::Capabilities offered_;  // by the peer in it
  Families awaited_;           // marked, and not yet said again
  Timers<Timer> timers_;
};

}  // namespace tflab::node
