#include "cli/bench_replay.h"

#include <filesystem>

#include "cli/bench_counts.h"
#include "pcap-replay/forwarding/throughput.h"

namespace tflab::cli {

std::vector<BenchCase> bench_replay(const Options& options) {
  const std::size_t packets = counting() ? 100'000 : 1'000'000;
  struct Row {
    const char *name, *reference;
    bool written;
    double goal;
  };
  constexpr Row rows[] = {{"pcap to nowhere, 60 bytes", "read alone", false, 3},
                          {"pcap to pcap, 60 bytes", "read and written alone", true, 2}};
  const forwarding::Throughput throughput{std::filesystem::temp_directory_path().string(), packets};
  std::vector<BenchCase> cases;
  for (const Row& row : rows) {
    if (!wanted(options, row.name)) continue;
    const auto ours = [&] { return throughput.through_core(row.written); };
    if (counting()) {
      count_here(row.name, ours, packets);
      cases.push_back({.name = row.name});
      continue;
    }
    const auto floor = [&] { return throughput.floor(row.written); };
    cases.push_back(compared(row.name, ours, floor, row.reference, row.goal));
    cases.back().octets = throughput.table_octets();
  }
  return cases;
}

}  // namespace tflab::cli
