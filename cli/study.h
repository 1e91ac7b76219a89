#pragma once
// Runs of this program by this program, several at a time: each in a process of its own, because a
// simulation is one thread and ns-3 has one simulator in a process. Who wants other executors
// begins here: commands in, results out.

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "scenarios/model.h"

namespace tflab::cli {

struct StudyRun {
  std::vector<std::string> args;  // of `tflab run`, after the verb
  int code = -1;                  // as a shell tells it; -1: not run
  scenario::Json result{};        // run.json; null when there is none
  std::string errors{};           // what it said on standard error
  double processor_s = 0;         // processor time it took
};

// In order, `jobs` at a time; `done` hears of each when it has ended. One that fails stops no
// other; when we are asked to stop, no new one is begun. Throws EnvironmentError when none can be
// started.
void perform(std::vector<StudyRun>& runs, unsigned jobs,
             const std::function<void(const StudyRun&)>& done);

unsigned processors();

// Of a file; empty when it cannot be read.
std::string content_of(const std::filesystem::path& file);

}  // namespace tflab::cli
