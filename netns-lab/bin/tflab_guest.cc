// The first process of a VM: does what the lab outside asks over the VM's serial port, until the VM
// is powered off. If it ends the kernel panics, and the lab sees the VM go.
#include <fcntl.h>
#include <unistd.h>

#include <iostream>

#include "netns-lab/host/fd.h"
#include "netns-lab/vm/calls.h"
#include "netns-lab/vm/channel.h"

int main() {
  using namespace tflab::netns;
  try {
    const Fd line{check(::open("/dev/vport0p1", O_RDWR | O_CLOEXEC), "open the line to the lab")};
    send_message(line.get(), {{"value", "booted"}});
    constexpr auto always = std::chrono::steady_clock::time_point::max();
    while (const auto call = receive_message(line.get(), always))
      send_message(line.get(), reply_to(*call));
    std::cerr << "tflab-guest: the lab is gone\n";
  } catch (const std::exception& failure) {
    std::cerr << "tflab-guest: " << failure.what() << "\n";
  }
  return 1;
}
