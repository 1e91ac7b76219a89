#pragma once
// Asks a daemon for a page from inside its namespace: the daemons listen on loopback only.

#include <optional>
#include <string>

#include "vrouter-core/base/instant.h"

namespace tflab::netns {

struct Answer {
  unsigned status = 0;
  std::string body;
};

// Nothing when nobody answers there, or not within five seconds.
std::optional<Answer> http_get(const std::string& space, unsigned port, const std::string& target);

// What /activity says.
struct Activity {
  std::string changes;           // a number that grows while the node is not settled
  std::optional<Duration> next;  // to its next timer
  Duration skipped{};

  std::string document;  // fingerprint of the scenario it last read
  bool taken = false;    // and whether it liked it
  std::string why;       // if not
  friend bool operator==(const Activity&, const Activity&) = default;
};
std::optional<Activity> activity_from(const std::optional<Answer>& answer);

}  // namespace tflab::netns
