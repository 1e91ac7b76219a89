#pragma once
// What the command line said, and what every verb shares.

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "scenarios/load.h"
#include "scenarios/model.h"

namespace tflab::cli {

struct Options {
  std::string format = "table";  // table json csv jsonl
  std::string output;            // -o FILE; empty: standard output
  bool quiet = false, verbose = false;
  std::string progress = "auto";  // auto plain json none
  std::string color = "auto";     // auto always never
  std::vector<std::string> only, except;
  std::vector<std::string> sets;  // /ptr=value
  std::vector<std::string> overlays;
  std::vector<scenario::HostKind> on;
  std::optional<std::uint64_t> seed;
  std::optional<unsigned> repeat;
  std::optional<double> timeout_s;
  bool keep = false, strict = false;
  bool record = false;
  bool update = false;
  std::string folder;           // record: of the new case
  std::string tables, capture;  // ... a vrouter's recording; a capture
  double for_s = 5;             // ... how long a standing lab is listened to
  std::optional<std::uint16_t> vif;
  std::vector<std::uint16_t> ports;  // of BGP and XMPP in captures
  std::string results = "results";

  std::vector<std::string> files;  // scenario files
  std::string name;                // of a lab
  std::string of;                  // a node
  std::string run_folder;          // of a finished run
  std::string type = "topology";   // of a graph
  std::vector<std::string> words;  // what follows the verb: show's grammar, exec's command
  std::vector<std::string> both;   // what-if: sets of both runs
  std::vector<std::string> vary;   // sweep: /ptr=value,value
  std::uint64_t seeds = 1;         // sweep: of each point
  std::optional<unsigned> jobs;    // runs at a time
  std::string fidelity;            // of the simulator; empty: the scenario's
  bool all = false;
  bool force = false;
  bool quick = false;        // a bench of small size, without goals of time
  bool counts_only = false;  // of a bench: instructions, no times
  bool calibrate = false;    // of `bench control`: only what a scenario's "cpu" wants to know

  scenario::LoadOptions load_options() const;
};

// "40s", "1m": seconds; throws UsageError.
double parse_duration_s(const std::string& text);

// A mistake in how we were called: exit 2 with the sentence.
struct UsageError {
  std::string message;
};
// Something this machine lacks: exit 4.
struct EnvironmentError {
  std::string message;
};

}  // namespace tflab::cli
