#pragma once
// One look at a lab for one expectation: does it hold, what was wanted and what was found, in
// words. When to look, and how often, is the player's business.

#include <string>

#include "scenarios/lab.h"
#include "scenarios/metrics.h"
#include "scenarios/model.h"

namespace tflab::scenario {

struct Judged {
  bool holds = false;
  std::string wanted, got;
  Json ping;  // of a check that sends packets: what hosts are compared by; null for others
};

// SameAsCheck is judged between hosts, not here: it never holds.
Judged judge(const Check& check, const Scenario& scenario, Lab& lab, const Moments& moments);
std::string wanted_text(const Check& check);

// The address a ping goes to: `to` itself, or that of the machine or node of this name.
std::string address_of(const Scenario& scenario, const std::string& to);
// "2 of 3 replies, ttl 63, encap MPLSoUDP"; "no reply to 3 packets, dropped as invalid-source".
std::string to_text(const PingResult& result);

}  // namespace tflab::scenario
