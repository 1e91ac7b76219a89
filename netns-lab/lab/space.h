#pragma once
// Network namespaces by name, as ip(8) keeps them in /run/netns. Nothing here ever touches the
// devices of the namespace the program was started in.

#include <sys/types.h>

#include <exception>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "netns-lab/host/fd.h"
#include "netns-lab/lab/process.h"

namespace tflab::netns {

Fd open_space(const std::string& name);
bool space_exists(const std::string& name);
std::vector<std::string> spaces_with_mark();  // names that begin with our mark, sorted

void enter(const Fd& space);  // this thread, for good

// Runs `work` inside a namespace, in a thread of its own that ends with it: sockets opened there
// stay there, and the caller's namespace never changes.
template <class Work>
auto in_space(const std::string& name, Work work) {
  using Value = decltype(work());
  const Fd space = open_space(name);
  std::exception_ptr failure;
  Value value{};
  std::thread{[&] {
    try {
      enter(space);
      value = work();
    } catch (...) {
      failure = std::current_exception();
    }
  }}.join();
  if (failure) std::rethrow_exception(failure);
  return value;
}

// Writes /proc/sys/net/<key> inside; keys that this kernel does not have are passed over.
void set_network_values(const std::string& name,
                        const std::vector<std::pair<std::string, std::string>>& values);

// Checksums are computed before a frame leaves and frames stay frames: what a forwarding core reads
// from a packet socket must be what a wire would carry.
void disable_offload(const std::string& name, const std::vector<std::string>& devices);

// Processes inside that carry our environment mark TFLAB_LAB.
std::vector<ProcessId> our_processes_in(const std::string& name);

}  // namespace tflab::netns
