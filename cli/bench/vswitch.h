#pragma once
// Open vSwitch's user-space datapath on DPDK, as Debian packages it, without a network card: one
// thread takes the frames of a capture out of memory, over and over and 32 at a time, and what it
// sends is let go. Wants isolate() first: then its devices, sockets and files are where no other
// Open vSwitch of the machine is met, and nothing is left when its processes have died with us.

#include <string>
#include <vector>

#include "netns-lab/lab/process.h"

namespace tflab::bench {

// What it is to do: frames come in at port 1 of a bridge, port 2 is a VXLAN tunnel.
struct Switching {
  std::string capture;  // a pcap file
  std::string flows;    // of OpenFlow, a line each
  std::string action;   // of the datapath, by which it is known to do so
};

class Vswitch {
public:
  static bool installed();

  // At work when this returns. Throws std::runtime_error with the last words it said.
  explicit Vswitch(const Switching& work);

  // CPU time of the polling thread for a frame that was sent, in nanoseconds. Between rounds it
  // stands still, and takes neither a processor nor a cache from those it is compared with.
  double round();

private:
  class Folder {
  public:
    Folder();
    Folder(const Folder&) = delete;
    Folder& operator=(const Folder&) = delete;
    ~Folder();
  };
  class Daemon {
  public:
    explicit Daemon(const std::vector<std::string>& argv);
    Daemon(const Daemon&) = delete;
    Daemon& operator=(const Daemon&) = delete;
    ~Daemon();
    netns::ProcessId process;
  };
  struct Spent {
    double cpu_ns, frames;
  };

  void await(const std::string& action) const;
  Spent spent() const;

  Folder folder_;
  Daemon database_, switch_;
};

}  // namespace tflab::bench
