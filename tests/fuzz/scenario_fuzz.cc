// Scenario documents: a scenario or a list of faults, each with a place and a sentence.
#include <sys/mman.h>
#include <unistd.h>

#include <string>

#include "scenarios/load.h"
#include "tests/fuzz/target.h"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace tflab;
  static const int file = memfd_create("scenario", 0);
  fuzz::promise(ftruncate(file, 0) == 0);
  fuzz::promise(pwrite(file, data, size, 0) == static_cast<ssize_t>(size));
  const auto loaded = scenario::load("/proc/self/fd/" + std::to_string(file));
  if (const auto* faults = std::get_if<std::vector<scenario::Fault>>(&loaded)) {
    fuzz::promise(!faults->empty());
    for (const auto& fault : *faults) fuzz::promise(!fault.message.empty());
  }
  return 0;
}
