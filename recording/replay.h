#pragma once
// A recording played again: its inputs into a fresh node, every output held against the recorded
// one, octet by octet. The first difference ends it, since all that follows would follow from it.

#include <cstdint>
#include <istream>
#include <optional>
#include <string>
#include <vector>

#include "vrouter-core/ops/op.h"

namespace tflab::recording {

struct Difference {
  std::uint64_t line = 0;                       // of the recorded output, or of where there is none
  std::string event;                            // the input that led to it
  std::string what;                             // a sentence
  std::vector<std::string> recorded, replayed;  // decoded
};

struct Report {
  std::string kind, node;
  std::uint64_t lives = 0, inputs = 0, outputs = 0, octets = 0;  // octets written to streams
  std::optional<Difference> difference;
  std::string damage;  // "line 12: ..."; empty: the recording is whole

  bool same() const { return !difference && damage.empty(); }
};

// Whether a text begins like a recording.
bool is_recording(const std::string& first_line);

Report replay(std::istream& recording);

// What the agent of a vrouter's recording has programmed in its last life, in that order. Throws
// std::runtime_error with line and reason.
std::vector<vr::Op> programmed(std::istream& recording);

}  // namespace tflab::recording
