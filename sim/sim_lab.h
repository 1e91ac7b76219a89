#pragma once
// The simulator as a host: a scenario as ns-3 nodes in virtual time.

#include <cstdint>
#include <memory>
#include <string>

#include "scenarios/lab.h"

namespace tflab::sim {

class SimLab : public scenario::Lab {
public:
  // A digest of everything that crossed a boundary (time, node, stream or interface, bytes): a
  // function of scenario, seed and commit, the same on every machine.
  virtual std::string digest() const = 0;
};

// `capture_folder`: where outputs.captures are written (<name>.pcap); empty: nowhere.
// `recording_folder`: where each node's inputs and outputs go (<node>.events.jsonl); empty:
// nowhere. Throws std::runtime_error with a sentence when the scenario cannot stand here.
std::unique_ptr<SimLab> bring_up(const scenario::Scenario& scenario,
                                 const std::string& capture_folder,
                                 const std::string& recording_folder = {});

}  // namespace tflab::sim
