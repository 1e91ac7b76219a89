#pragma once
// Where cases are played by vrouter.ko: one VM without a network, in which each case has the module
// to itself.

#include <filesystem>
#include <string>

#include "netns-lab/vm/vm.h"
#include "pcap-replay/forwarding/verify.h"

namespace tflab::cli {

// A folder of this process for what a VM prints; gone when it is.
class Scratch {
public:
  Scratch();
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  ~Scratch();
  std::filesystem::path file(const char* name) const { return path_ / name; }

private:
  std::filesystem::path path_;
};

class KernelStand {
public:
  // Boots. Throws EnvironmentError where there can be no VM, std::runtime_error with the console's
  // last lines when it does not boot.
  KernelStand();

  // Limits of a case mean nothing here: the module has its own.
  forwarding::Played play(const forwarding::Case& one);

  // What is wrong with the kernel by now, in its own words; empty when all is well.
  std::string complaints();

private:
  Scratch scratch_;
  netns::Vm vm_;
};

}  // namespace tflab::cli
