#pragma once
// How fast UPDATEs become values and values become UPDATEs, family by family, for messages as large
// as they may be. Time is the thread's own CPU time, in the fastest of fifty slices: what else the
// machine does only ever adds to it. `allocations` says how often memory was asked for, as counted
// by the program that links this (0 when it does not count).

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace tflab::bench {

struct CodecFigure {
  std::string family;  // "inet-vpn"
  std::string way;     // "decode", "encode"
  std::size_t octets = 0, routes = 0, messages = 0;
  double seconds = 0;
  std::uint64_t allocations = 0;

  double gigabytes_a_second() const { return static_cast<double>(octets) / seconds / 1e9; }
  double nanoseconds_a_route() const { return seconds * 1e9 / static_cast<double>(routes); }
  double allocations_a_message() const {
    return static_cast<double>(allocations) / static_cast<double>(messages);
  }
};

using Allocations = std::function<std::uint64_t()>;

// Each figure takes about `seconds`, its slices spread over the time that all take. `allocations`
// is asked before and after each.
std::vector<CodecFigure> measure_codec(
    double seconds, const Allocations& allocations = [] { return std::uint64_t{0}; });

}  // namespace tflab::bench
