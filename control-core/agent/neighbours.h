#pragma once
// Who is on the underlay segment: IPv4 to MAC by ARP (RFC 826), asked by the agent itself. Lost
// questions are repeated with back-off, answers age and are asked for again before they are given
// up (RFC 1122 section 2.3.2), and the last packet that had to wait is sent on.

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "control-core/agent/output.h"
#include "control-core/agent/underlay.h"
#include "control-core/base/outbox.h"
#include "vrouter-core/base/instant.h"
#include "vrouter-core/base/reader.h"

namespace tflab::agent {

class Neighbours {
public:
  static constexpr Duration first_retry = millis(250), longest_retry = seconds(8);
  static constexpr Duration lifetime = seconds(300);
  static constexpr unsigned probes = 5;            // without an answer before a neighbour is lost
  static constexpr std::size_t most_asked = 1024;  // entries that packets alone may cause

  enum class State : std::uint8_t { resolving, reachable, refreshing };
  struct Entry {
    State state = State::resolving;
    Mac mac;
    unsigned tries = 0;
    Instant due{};
    std::vector<std::byte> waiting;  // Ethernet first
  };
  struct Change {
    Ip4 ip;
    std::optional<Mac> mac;  // nothing: lost
  };
  // Does anything still lead to this neighbour?
  using InUse = std::function<bool(Ip4)>;

  Neighbours(const Underlay& underlay, Outputs& out) : underlay_{underlay}, out_{out} {}

  // The first request goes out with the next on_timer().
  void want(Ip4 ip);
  // A packet for somebody nobody asked for yet: it waits for the answer.
  void hold(Ip4 ip, Bytes frame);
  void learn(Instant now, Ip4 ip, const Mac& mac);
  std::optional<Mac> mac(Ip4 ip) const;

  void on_timer(Instant now, const InUse& in_use);
  std::optional<Instant> next_timer() const;
  std::optional<Change> poll_change() { return changes_.poll(); }

  const std::map<Ip4, Entry>& entries() const { return entries_; }

private:
  using Entries = std::map<Ip4, Entry>;

  void step(Instant now, Entries::iterator it, bool used);
  void reschedule(Entries::iterator it, Instant when);
  void drop(Entries::iterator it);
  void ask(Instant now, Entries::iterator it);
  void send_waiting(Entry& entry);

  const Underlay& underlay_;
  Outputs& out_;
  Entries entries_;
  std::set<std::pair<Instant, Ip4>> due_;
  Outbox<Change> changes_;
};

}  // namespace tflab::agent
