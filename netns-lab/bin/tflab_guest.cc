// usage: tflab-guest LINE
// The first process of a VM: does what the lab outside asks over LINE, a serial port, until the VM
// is powered off. If it ends the kernel panics, and the lab sees the VM go.
#include <fcntl.h>
#include <termios.h>
#include <unistd.h>

#include <iostream>

#include "netns-lab/bin/programs.h"
#include "netns-lab/host/fd.h"
#include "netns-lab/vm/calls.h"
#include "netns-lab/vm/channel.h"

namespace {

using namespace tflab::netns;

// A terminal must hand over octets as they come, and not repeat them.
Fd open_line(const char* device) {
  Fd line{check(::open(device, O_RDWR | O_CLOEXEC | O_NOCTTY), "open the line to the lab")};
  termios settings;
  if (::tcgetattr(line.get(), &settings) != 0) return line;
  ::cfmakeraw(&settings);
  check(::tcsetattr(line.get(), TCSANOW, &settings), "set the line to the lab up");
  return line;
}

}  // namespace

int tflab::guest_program(int argc, char** argv) {
  if (argc != 2) {
    std::cerr << "usage: tflab-guest LINE\n";
    return 2;
  }
  try {
    const Fd line = open_line(argv[1]);
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
