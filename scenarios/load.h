#pragma once
// Scenario files: JSON with comments, includes, overlays and --set, to a Scenario or a list of
// faults that name file, line, column and the cure. Nothing is created on a fault.

#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "scenarios/model.h"

namespace tflab::scenario {

struct Fault {
  std::string file;
  unsigned line = 0, column = 0;  // 1-based; 0: the file as a whole
  std::string pointer;            // JSON pointer of the offending value
  std::string message;  // with the cure: unknown key "seeed" in /run; did you mean "seed"?
};
std::string to_text(const Fault& fault);  // lab.tflab.json:12:5: unknown key ...

struct LoadOptions {
  std::vector<std::string> overlays{};                      // files, merged in order
  std::vector<std::pair<std::string, std::string>> sets{};  // JSON pointer, JSON value
  // The document of a lab that stands: some events have happened already, so none is rehearsed.
  bool standing = false;
};

using Loaded = std::variant<Scenario, std::vector<Fault>>;  // faults in order of place

Loaded load(const std::string& file, const LoadOptions& options = {});
// The same from a document already in memory (an event changed it; a daemon got it).
Loaded reload(const Scenario& before, Json document);

// A machine of the scenario runs on another of its vRouters from now on.
void moved(Scenario& scenario, const std::string& machine, const std::string& to);

// The document after an add, remove or patch event; faults when it names nothing or clashes.
std::variant<Json, std::vector<Fault>> applied(const Scenario& scenario, const Event& event);

}  // namespace tflab::scenario
