#include "netns-lab/host/readiness.h"

#include <sys/prctl.h>

#include <cstdlib>

#include "netns-lab/host/fd.h"

namespace tflab::netns {

void tell_ready() {
  ::prctl(PR_SET_PDEATHSIG, 0);
  const char* text = std::getenv("TFLAB_READY_FD");
  if (!text) return;
  const Fd ready{std::atoi(text)};
  [[maybe_unused]] const auto told = ::write(ready.get(), "r", 1);
  ::unsetenv("TFLAB_READY_FD");
}

}  // namespace tflab::netns
