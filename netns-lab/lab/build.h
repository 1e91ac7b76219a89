#pragma once
// Makes and takes away the namespaces and wires of a plan with iproute2, and starts and stops the
// programs in them. Knows nothing of scenarios; writes nothing down: update.h does, before it
// calls.

#include <map>
#include <string>
#include <vector>

#include "netns-lab/lab/plan.h"
#include "netns-lab/lab/process.h"

namespace tflab::netns {

// Throws, before anything is made, when a namespace of that name is already there.
void refuse_foreign(const Spaces& spaces);

// In this order; `owner` (ownership_mark) is written on each `lo`.
void make(const Spaces& spaces, const std::string& owner);

// Namespaces, the far ends of their wires, and processes of ours inside. What is gone already is
// passed over.
void take_away(const Spaces& spaces);

// The underlay's bridge becomes two: these nodes' ports are on one, all others' on the other.
// Nobody's: it is one again.
void separate(const Space& underlay, const Spaces& all, const Spaces& apart);
// This node's port of the bridge is off, or on.
void plug(const Space& underlay, const Space& node, bool in);

void change_routes(const Space& before, const Space& after);

// Off: the links of the node are down, its addresses and routes are gone. On: they are as after
// make().
void set_power(const Space& space, bool on);

// Starts the spaces' programs, all at once, and waits until each says that it is ready. Throws with
// the end of its log when one does not.
std::map<std::string, ProcessId> start_programs(const Spaces& spaces, const std::string& lab);
// Asks all of them to stop, then waits, then kills.
void stop_programs(const std::vector<ProcessId>& programs);

// The last lines of a node's log, for messages.
std::string log_tail(const std::string& lab, const std::string& node);

}  // namespace tflab::netns
