#include "cli/bench_counts.h"

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "cli/kernel_stand.h"
#include "netns-lab/lab/command.h"

namespace tflab::cli {
namespace {

constexpr const char* counting_mark = "TFLAB_BENCH_COUNTING";
constexpr const char* count_line = "counted";  // packets, name; on standard error

// The number behind "summary:" of one of callgrind's files.
double summary_of(const std::filesystem::path& file) {
  std::ifstream in{file};
  for (std::string line; std::getline(in, line);)
    if (line.starts_with("summary: ")) return std::strtod(line.c_str() + 9, nullptr);
  return 0;
}

}  // namespace

// Named on callgrind's command line: it counts while this runs, and writes a file when it returns.
extern "C" __attribute__((noinline)) void tflab_bench_counted(const std::function<void()>& work) {
  work();
}

bool counting() {
  return std::getenv(counting_mark) != nullptr;
}

void count_here(const std::string& name, const std::function<void()>& work, std::size_t packets) {
  tflab_bench_counted(work);
  std::fprintf(stderr, "%s %zu %s\n", count_line, packets, name.c_str());
}

std::map<std::string, double> instructions(const Options& options) {
  const Scratch scratch;
  const std::string out = scratch.file("callgrind");
  std::vector<std::string> argv = {"env",
                                   std::string{counting_mark} + "=1",
                                   "valgrind",
                                   "--tool=callgrind",
                                   "--callgrind-out-file=" + out,
                                   "--collect-atstart=no",
                                   "--toggle-collect=tflab_bench_counted",
                                   "--dump-after=tflab_bench_counted",
                                   std::filesystem::read_symlink("/proc/self/exe"),
                                   "bench",
                                   options.name};
  for (const std::string& glob : options.only) argv.insert(argv.end(), {"--only", glob});
  for (const std::string& glob : options.except) argv.insert(argv.end(), {"--except", glob});
  std::map<std::string, double> counts;
  std::istringstream lines{netns::run({.argv = argv}).err};
  int file = 0;
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words{line};
    std::string mark, name;
    double packets = 0;
    if (!(words >> mark >> packets >> std::ws) || mark != count_line) continue;
    std::getline(words, name);
    counts[name] = summary_of(out + '.' + std::to_string(++file)) / packets;
  }
  return counts;
}

}  // namespace tflab::cli
