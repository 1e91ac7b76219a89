#pragma once
// How fast a capture goes through the forwarding core, held against what reading (and writing) it
// costs alone: the same file, the same buffers, in turn, in the same run. Thread CPU time.

#include <cstddef>
#include <string>
#include <vector>

namespace tflab::forwarding {

struct Speed {
  std::string name;                 // "60 bytes, to nowhere"
  std::vector<double> ours, floor;  // ns a packet, one a round, in turn
  double goal = 0;                  // times the floor
};

// Captures of `packets` frames are made in `folder` and removed again. Throws std::runtime_error.
std::vector<Speed> measure(const std::string& folder, std::size_t packets, unsigned rounds);

double median(std::vector<double> samples);

}  // namespace tflab::forwarding
