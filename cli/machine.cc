#include "cli/machine.h"

#include <sys/resource.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <iomanip>
#include <sstream>
#include <thread>

#include "cli/options.h"

namespace tflab::cli {
namespace {

double seconds_of(const timeval& t) {
  return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) / 1e6;
}

double our_cpu_s() {
  double total = 0;
  for (int who : {RUSAGE_SELF, RUSAGE_CHILDREN}) {
    rusage usage{};
    getrusage(who, &usage);
    total += seconds_of(usage.ru_utime) + seconds_of(usage.ru_stime);
  }
  return total;
}

// All and idle seconds of all processors since boot (proc(5), /proc/stat).
void machine_cpu_s(double& all, double& idle) {
  std::ifstream in{"/proc/stat"};
  std::string name;
  in >> name;
  const auto hz = static_cast<double>(sysconf(_SC_CLK_TCK));
  double value = 0;
  all = idle = 0;
  for (int field = 0; field < 8 && in >> value; ++field) {
    all += value / hz;
    if (field == 3 || field == 4) idle += value / hz;
  }
}

}  // namespace

std::string cpu_model() {
  std::ifstream in{"/proc/cpuinfo"};
  for (std::string line; std::getline(in, line);)
    if (line.rfind("model name", 0) == 0 && line.find(": ") != std::string::npos)
      return line.substr(line.find(": ") + 2);
  return "unknown";
}

std::optional<std::uint64_t> available_memory() {
  std::optional<std::uint64_t> least;
  std::ifstream in{"/proc/meminfo"};
  for (std::string name; in >> name;) {
    std::uint64_t kib = 0;
    std::string unit;
    if (name == "MemAvailable:" && in >> kib) least = kib * 1024;
    std::getline(in, unit);
  }
  // Of cgroup v2; "max" is no number.
  std::uint64_t limit = 0, used = 0;
  if (std::ifstream{"/sys/fs/cgroup/memory.max"} >> limit &&
      std::ifstream{"/sys/fs/cgroup/memory.current"} >> used)
    least = std::min(least.value_or(limit), limit - std::min(limit, used));
  return least;
}

std::string in_gib(std::uint64_t octets) {
  std::ostringstream out;
  out << std::fixed << std::setprecision(1) << static_cast<double>(octets) / (1u << 30) << " GiB";
  return out.str();
}

void complain_about(const std::vector<std::string>& lacks, const std::string& what,
                    const std::string& otherwise) {
  if (lacks.empty()) return;
  std::string text = "this machine cannot host " + what + ":";
  for (const std::string& line : lacks) text += "\n  " + line;
  throw EnvironmentError{text + otherwise};
}

std::string machine_text() {
  utsname system{};
  uname(&system);
  return std::to_string(std::thread::hardware_concurrency()) + " processors, " + cpu_model() +
         ", " + system.sysname + ' ' + system.release;
}

std::uint64_t peak_rss_bytes() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<std::uint64_t>(usage.ru_maxrss) * 1024;
}

ForeignCpu::ForeignCpu() : ours_{our_cpu_s()} {
  machine_cpu_s(all_, idle_);
}

double ForeignCpu::percent() const {
  double all = 0, idle = 0;
  machine_cpu_s(all, idle);
  const double span = all - all_;
  if (span <= 0) return 0;
  return std::clamp(100 * (span - (idle - idle_) - (our_cpu_s() - ours_)) / span, 0.0, 100.0);
}

}  // namespace tflab::cli
