#include "cli/bench/isolation.h"

#include <sched.h>
#include <sys/mount.h>

#include <cerrno>
#include <cstring>
#include <stdexcept>
#include <string>

namespace tflab::bench {

void isolate() {
  if (::unshare(CLONE_NEWNET | CLONE_NEWNS) != 0 ||
      ::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0 ||
      ::mount("none", "/run", "tmpfs", 0, nullptr) != 0)
    throw std::runtime_error{std::string{"cannot make namespaces for the bench: "} +
                             std::strerror(errno)};
}

}  // namespace tflab::bench
