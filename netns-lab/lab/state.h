#pragma once
// What is written down about a lab: /run/tflab/<lab>/lab.json, always before the thing itself is
// made. Everything of ours lives in namespaces, so a list of namespaces that were or will be made
// is all that is needed to take a lab away, whatever became of the program that made it.

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "netns-lab/lab/plan.h"
#include "netns-lab/lab/process.h"

namespace tflab::netns {

struct State {
  std::string lab, scenario_file;
  std::optional<ProcessId> owner;             // the lab ends with this process
  std::optional<ProcessId> changing;          // who is changing it just now; dead: it is in pieces
  Plan plan;                                  // what stands, or while it is changed also what will
  std::map<std::string, ProcessId> programs;  // by node
  std::vector<std::string> stopped;           // nodes whose program somebody stopped on purpose

  bool orphaned() const;  // its owner, or whoever was changing it, is dead
};

std::filesystem::path state_root();  // TFLAB_STATE_DIR or /run/tflab
std::filesystem::path folder_of(const std::string& lab);
std::filesystem::path document_of(const std::string& lab);  // the current scenario
std::filesystem::path clock_of(const std::string& lab);     // nanoseconds skipped so far
std::filesystem::path log_of(const std::string& lab, const std::string& node);

// Written on `lo` of every namespace we make: who finds it knows which state folder it belongs to.
std::string ownership_mark(const std::string& lab);

std::optional<State> load_state(
    const std::string& lab);  // nothing: no such lab, or not yet written
void save(const State& state);
nlohmann::json json_of(const ProcessId& process);
ProcessId process_from(const nlohmann::json& in);
void write_atomically(const std::filesystem::path& file, const std::string& content);
void forget(const std::string& lab);  // removes the folder
// Sorted. Also those of which a killed command left no more than its lock.
std::vector<std::string> known_labs();

// One command at a time works on a lab. The lock is a file beside the folder, released by the
// kernel when its holder dies, and removed by its holder.
class Lock {
public:
  // Throws after ten seconds, naming the process that holds it.
  static Lock wait(const std::string& lab);
  static std::optional<Lock> attempt(const std::string& lab);
  Lock(Lock&&) = default;
  Lock& operator=(Lock&&) = default;
  ~Lock();

private:
  Lock(std::filesystem::path path, Fd fd) : path_{std::move(path)}, fd_{std::move(fd)} {}
  std::filesystem::path path_;
  Fd fd_;
};

}  // namespace tflab::netns
