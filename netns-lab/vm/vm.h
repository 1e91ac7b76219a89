#pragma once
// A virtual machine with tflab-guest in it, and its one network card on a tap: of qemu with
// Debian's kernel, or a kernel that is itself a program (User Mode Linux). It lives as long as the
// object, and no longer than the thread that made it.

#include <chrono>
#include <filesystem>
#include <string>

#include <nlohmann/json.hpp>

#include "netns-lab/host/fd.h"
#include "netns-lab/lab/process.h"

namespace tflab::netns {

// What a VM boots from; made by image.sh beside the programs, or in TFLAB_VM_DIR. A folder with a
// program `linux` in it has User Mode Linux.
struct VmImage {
  std::filesystem::path kernel, initrd;
  bool user_mode = false;
};
VmImage vm_image();
// User Mode Linux as it is without what watches it, to measure in; made beside the build.
VmImage uml_image();

// VMs that began to boot together, and how long it took until the last of them was ready.
struct Boot {
  std::size_t vms = 0;
  double ready_s = 0;
};

class Vm {
public:
  struct Settings {
    std::string name{}, lab{};
    std::string space{}, tap{}, mac{};  // the far end of its card; no tap: it has no card
    std::filesystem::path console{};    // file for what it prints
    VmImage image = vm_image();
    // Its clock goes on by a nanosecond an instruction, whatever time that takes: for measuring.
    // In user mode nobody counts, and the clock is the machine's.
    bool counts_instructions = false;
  };
  // Starts to boot, and does not wait for it.
  explicit Vm(Settings settings);
  Vm(const Vm&) = delete;
  Vm& operator=(const Vm&) = delete;
  ~Vm();

  // Throws with the last lines of its console when it does not boot within `patience`.
  void await_boot(std::chrono::seconds patience);
  bool running() const { return alive(process_); }

  // Asks tflab-guest; throws what it says when that is an error, or that the VM is gone.
  nlohmann::json call(const std::string& what, nlohmann::json arguments);

  const Settings& settings() const { return settings_; }

private:
  // `silence`: what a VM that lives did or did not do.
  [[noreturn]] void give_up(const std::string& silence) const;

  Settings settings_;
  Fd line_;
  ProcessId process_;
};

}  // namespace tflab::netns
