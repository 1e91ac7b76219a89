// The module comes and goes, again and again, under traffic.

#include <atomic>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "tests/kmod/kernel_node.h"
#include "tests/kmod/module.h"

namespace tflab::kmod_test {
namespace {

// KiB, of /proc/meminfo.
long memory(const std::string& name) {
  std::ifstream file{"/proc/meminfo"};
  for (std::string line; std::getline(file, line);)
    if (line.starts_with(name + ':')) return std::atol(line.c_str() + name.size() + 1);
  return 0;
}
long in_use() {
  return memory("SUnreclaim") + memory("VmallocUsed");
}

// KASAN does, for a while; a kernel that has it looks for lost memory itself (debug.py).
bool keeps_what_was_freed() {
  return std::filesystem::exists("/proc/lockdep_stats");
}

class KmodRounds : public KernelNode {};

// L02: the agent's sockets stay open when the module goes, in every other round.
TEST_F(KmodRounds, L01_L02_loads_and_unloads_under_traffic_and_leaves_no_memory_behind) {
  const char* wanted = std::getenv("TFLAB_ROUNDS");
  const int rounds = wanted != nullptr ? std::atoi(wanted) : 20;
  std::atomic<bool> end{false};
  std::thread traffic{[&] {
    const Frame frame = from_vm1(vm2_ip), far = from_vm1(remote_ip);
    while (!end) {
      wires.at(vm1)->send(frame.octets);
      wires.at(vm1)->send(far.octets);
    }
  }};
  long after_some = 0;
  for (int round = 0; round < rounds; ++round) {
    if (round % 2 == 0) kmod.reset();
    unload();
    load();
    kmod.reset();
    program();
    bool arrived = false;
    // A busy machine may keep this one waiting.
    for (int tries = 0; tries < 10 && !arrived; ++tries)
      within_a_second([&] {
        look();
        for (const Sent& one : sent) arrived |= one.out == vm2;
        sent.clear();
        return arrived;
      });
    EXPECT_TRUE(arrived) << "round " << round;
    if (!arrived) break;
    if (round == rounds / 2) after_some = in_use();
  }
  const long grown = in_use() - after_some;
  end = true;
  traffic.join();
  if (!keeps_what_was_freed()) {
    EXPECT_LT(grown, 512) << "KiB in " << rounds - rounds / 2 << " rounds";
  }
}

}  // namespace
}  // namespace tflab::kmod_test
