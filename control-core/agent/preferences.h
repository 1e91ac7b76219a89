#pragma once
// Which of the vrouters that could have an address has it. A machine may hold addresses that others
// hold too (allowed address pairs): packets for those come to it once it has been heard with one,
// and it stands back when somebody else is heard later. Who comes later says so with a higher
// sequence number, which control nodes prefer (as MAC mobility, RFC 7432 section 15).

#include <compare>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "control-core/agent/vrfs.h"
#include "control-core/config/model.h"
#include "vrouter-core/base/addr.h"
#include "vrouter-core/base/instant.h"

namespace tflab::agent {

// An address of a port that is its own as long as nobody is heard with it elsewhere, or that waits
// until the port is heard with it.
struct Holding {
  VrfId vrf;
  IpPrefix prefix;
  std::string port;
  friend auto operator<=>(const Holding&, const Holding&) = default;
};

// What a port may be heard with: its own addresses, which it has from the start, and its pairs.
struct HeldAddress {
  IpPrefix prefix;
  bool from_the_start = true;
};
std::vector<HeldAddress> held_addresses(const config::Port& port);

class Preferences {
public:
  // What control nodes are told: the original's HIGH and LOW.
  static constexpr std::uint32_t high = 200, low = 100;
  // Two that want one address would take it from each other for ever. So many takings, each within
  // the pause of the one before, are taken for that; whoever is heard then waits for the pause to
  // end, and the next pause is twice as long. A quiet time of that length halves it again.
  static constexpr unsigned most_flaps = 5;
  static constexpr Duration shortest_pause = seconds(4), longest_pause = seconds(32);

  struct Standing {
    bool has_it = true;
    std::uint32_t sequence = 0;  // the highest heard of anybody, and one more when it was taken
    std::uint32_t takings = 0;   // what nobody else could hold (its MAC's route) counts by itself
    std::uint32_t preference() const { return has_it ? high : low; }
  };

  // All that there are from now on; true: they have it from the start. Those who stay keep their
  // standing.
  void set(const std::map<Holding, bool>& holdings);

  // Another vrouter's route, by a control node. True: somebody here stands back.
  struct Other {
    std::uint32_t sequence = 0;
    bool has_it = true;
    bool wins_ties = false;
  };
  bool told(VrfId vrf, const IpPrefix& prefix, const Other& other);
  // A packet came from the port with such a source. True: it has the address now, and had not.
  bool heard(Instant now, const Holding& holding);
  // True: somebody who was waiting for a pause to end has the address now.
  bool on_timer(Instant now);
  std::optional<Instant> next_timer() const;

  // Of a holding that there is not: of an address that is nobody else's.
  Standing standing(const Holding& holding) const;
  // Of the ports here that hold the prefix, the one that packets go to: that has it, or the first.
  bool leads(const Holding& holding) const;
  // Of the one that leads; nothing: nobody holds it.
  std::optional<Standing> leader(VrfId vrf, const IpPrefix& prefix) const;

private:
  struct Held {
    Standing standing;
    std::uint32_t highest = 0;  // sequence number of others
    unsigned flaps = 0;
    Duration pause = shortest_pause;
    std::optional<Instant> taken, waits_until;
  };
  using All = std::map<Holding, Held>;

  All::const_iterator leader_of(VrfId vrf, const IpPrefix& prefix) const;
  All::iterator first_of(VrfId vrf, const IpPrefix& prefix);
  void take(Instant now, const Holding& holding, Held& held);
  static void count_flap(Instant now, Held& held);

  All all_;
  std::set<Holding> waiting_;  // those with `waits_until`: few, of very many
};

}  // namespace tflab::agent
