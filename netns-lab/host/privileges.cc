#include "netns-lab/host/privileges.h"

#include <grp.h>
#include <linux/capability.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#include <cstdint>

#include "netns-lab/host/fd.h"

namespace tflab::netns {
namespace {

constexpr unsigned nobody = 65534;

std::uint32_t capabilities_of(Keep keep) {
  switch (keep) {
    case Keep::nothing:
    case Keep::root:  // keeps all, by giving up nothing
      return 0;
    case Keep::low_ports:
      return 1u << CAP_NET_BIND_SERVICE;
    case Keep::packet_sockets:
      return 1u << CAP_NET_RAW;
  }
  return 0;
}

void keep_only(std::uint32_t capabilities) {
  __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
  __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3]{{capabilities, capabilities, 0}, {}};
  check(static_cast<int>(::syscall(SYS_capset, &header, data)), "give up capabilities");
}

}  // namespace

// Changing the user would take all capabilities, and with them the one that is kept, hence
// KEEPCAPS; it also makes the process undumpable, which would blind debuggers and leak checkers.
void give_up_root(Keep keep) {
  if (::geteuid() != 0 || keep == Keep::root) return;
  check(::prctl(PR_SET_KEEPCAPS, 1), "keep capabilities");
  check(::setgroups(0, nullptr), "leave all groups");
  check(::setresgid(nobody, nobody, nobody), "become group nobody");
  check(::setresuid(nobody, nobody, nobody), "become user nobody");
  keep_only(capabilities_of(keep));
  check(::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), "refuse new privileges");
  check(::prctl(PR_SET_DUMPABLE, 1), "stay dumpable");
}

}  // namespace tflab::netns
