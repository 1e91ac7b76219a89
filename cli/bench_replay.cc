#include "cli/bench_replay.h"

#include <filesystem>

#include "pcap-replay/forwarding/throughput.h"

namespace tflab::cli {

std::vector<BenchCase> bench_replay(const Options& options) {
  constexpr std::size_t packets = 1'000'000;
  struct Row {
    const char *name, *reference;
    bool written;
    double goal;
  };
  constexpr Row rows[] = {{"pcap to nowhere, 60 bytes", "read alone", false, 3},
                          {"pcap to pcap, 60 bytes", "read and written alone", true, 2}};
  const forwarding::Throughput throughput{std::filesystem::temp_directory_path().string(), packets};
  std::vector<BenchCase> cases;
  for (const Row& row : rows)
    if (wanted(options, row.name))
      cases.push_back(compared(
          row.name, [&] { return throughput.through_core(row.written); },
          [&] { return throughput.floor(row.written); }, row.reference, row.goal));
  return cases;
}

}  // namespace tflab::cli
