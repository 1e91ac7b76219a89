#pragma once
// This machine as a host: a scenario as real processes, sockets and packets, in namespaces and, on
// a ground that has them, in VMs.
// Everything made carries the mark "tflab-<lab>-" and is listed in the lab's state folder, so that
// destroy and clean take away exactly that, whoever made it and however it died.

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "netns-lab/lab/ground.h"
#include "pcap-replay/forwarding/case.h"
#include "scenarios/lab.h"

namespace tflab::netns {

// What a deployment changed, for people: idempotent, so a second deploy changes nothing.
struct Changes {
  std::vector<std::string> added, changed, removed;
};

// A lab found by name: made by deploy, or by run.
struct LabInfo {
  std::string name{}, scenario_file{};
  std::string document{};  // file with the scenario as events have made it by now
  bool alive = false;      // its processes and namespaces are all there
  std::vector<std::string> nodes{};
};

// How long a lab is meant to stand: until somebody destroys it, or (run, verify) no longer than the
// process that made it, so that clean() takes it away when that process died without a word.
enum class Life : std::uint8_t { standing, with_caller };

// Brings the scenario up, or up to date when a lab of that name stands. Throws
// std::runtime_error("cannot ...: ...") with what was attempted; then nothing of ours is left.
Changes deploy(const scenario::Scenario& scenario, const std::string& lab_name,
               Life life = Life::standing, Ground& ground = this_machine());

// A standing lab as a Lab; `capture_folder` as in sim.
std::unique_ptr<scenario::Lab> attach(const std::string& lab_name,
                                      const std::string& capture_folder,
                                      Ground& ground = this_machine());

void destroy(const std::string& lab_name, Ground& ground = this_machine());
// Takes away what carries our mark and has no owner any more (all of it with `all`); returns what.
std::vector<std::string> clean(bool all);
std::vector<LabInfo> labs();

// Runs a command inside a node's namespace with the caller's terminal; its exit code.
int exec(const std::string& lab_name, const std::string& node,
         const std::vector<std::string>& command);
// Writes what crosses a node's interface to a pcap file until `stop` says so.
void capture(const std::string& lab_name, const std::string& node,
             const std::string& interface_name, const std::string& file, const std::string& filter,
             const std::function<bool()>& stop);

// What a vRouter forwards until `stop` says so, as it wrote it down itself, and why it ended
// before, if it did.
struct Recorded {
  forwarding::Case what;
  std::string ended;
};
Recorded record(const std::string& lab_name, const std::string& node,
                const std::function<bool()>& stop);

// Sentences about what this machine lacks for netns labs; empty when it lacks nothing.
std::vector<std::string> missing();

}  // namespace tflab::netns
