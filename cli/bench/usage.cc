#include "cli/bench/usage.h"

#include <ctime>
#include <fstream>
#include <stdexcept>
#include <string>
#include <vector>

namespace tflab::bench {
namespace {

std::string proc(pid_t pid, const std::string& file) {
  return "/proc/" + std::to_string(pid) + '/' + file;
}

void add_tree(pid_t pid, std::vector<pid_t>& out) {
  out.push_back(pid);
  std::ifstream children{proc(pid, "task/" + std::to_string(pid) + "/children")};
  for (pid_t child = 0; children >> child;) add_tree(child, out);
}

double cpu_s(pid_t pid) {
  clockid_t clock{};
  timespec spent{};
  if (clock_getcpuclockid(pid, &clock) != 0 || clock_gettime(clock, &spent) != 0) return 0;
  return static_cast<double>(spent.tv_sec) + static_cast<double>(spent.tv_nsec) / 1e9;
}

void add_memory(pid_t pid, Usage& usage) {
  std::ifstream status{proc(pid, "status")};
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with("VmHWM:")) usage.peak_mib += std::stod(line.substr(6)) / 1024;
    if (line.starts_with("VmRSS:")) usage.rss_mib += std::stod(line.substr(6)) / 1024;
  }
}

}  // namespace

Usage usage_of(pid_t daemon) {
  std::vector<pid_t> processes;
  add_tree(daemon, processes);
  Usage usage;
  for (pid_t pid : processes) {
    usage.cpu_s += cpu_s(pid);
    add_memory(pid, usage);
  }
  if (usage.rss_mib == 0) throw std::runtime_error{"the daemon ended by itself"};
  return usage;
}

}  // namespace tflab::bench
