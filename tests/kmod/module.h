#pragma once
// vrouter.ko, as the machine's first process has it.

#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "netns-lab/host/fd.h"

namespace tflab::kmod_test {

inline void load() {
  const netns::Fd file{
      netns::check(::open("/vrouter.ko", O_RDONLY | O_CLOEXEC), "open vrouter.ko")};
  netns::check(static_cast<int>(::syscall(SYS_finit_module, file.get(), "", 0)), "load vrouter.ko");
}
inline void unload() {
  netns::check(static_cast<int>(::syscall(SYS_delete_module, "vrouter", O_NONBLOCK)),
               "unload vrouter.ko");
}

}  // namespace tflab::kmod_test
