#pragma once
// Runs a scenario's events and expectations on a lab, in time order, and keeps what happened.

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "scenarios/finding.h"
#include "scenarios/lab.h"
#include "scenarios/model.h"

namespace tflab::scenario {

struct Happening {  // a line of events.jsonl
  Duration at{};
  std::string id, what;  // event id or expectation id; sentence
};

// State at the end that is compared between hosts: volatile texts (ages, timestamps) are taken out.
struct FinalState {
  std::map<std::string, Json> tables;        // control node -> routes
  std::map<std::string, Json> fib;           // vrouter -> resolved forwarding entries
  std::map<std::string, Json> reachability;  // expectation id -> ping result
};

struct Outcome {
  HostKind host = HostKind::sim;
  std::vector<Finding> findings;
  std::vector<Happening> happenings;
  FinalState state;
  std::map<std::string, Instant> events_done;
  bool converged = true;
  bool interrupted = false;
};

// Called before each step; a non-empty return interrupts the run (Ctrl-C, time limit).
struct Watch {
  std::function<void(const std::string& phase, const Outcome& so_far, Instant now)> progress;
  std::function<bool()> stop;
  bool keep_state = true;  // whether anybody will look at the state at the end
};

Outcome play(const Scenario& scenario, Lab& lab, const Watch& watch);
FinalState final_state(Pages& lab);

// Fills in the same-as findings of a run over several hosts.
void judge_same_as(const Scenario& scenario, std::vector<Outcome>& outcomes);

// Sentences about where two hosts differ, empty when they agree.
std::vector<std::string> differences(const FinalState& a, const FinalState& b,
                                     const std::vector<std::string>& compare);

}  // namespace tflab::scenario
