#pragma once
// Writes what crosses a device of a namespace to a pcap file, in a thread that lives inside until
// the object goes. The file can be read at any time, also after a crash: it is flushed with every
// batch.

#include <atomic>
#include <memory>
#include <string>
#include <thread>

#include "netns-lab/lab/plan.h"

namespace tflab::netns {

// Where an interface of a node is listened to.
//
// What operators of the original capture on "vhost0" is the wire side: there the device that
// carries the host's address is the one that tunnels leave by. Here that is the vrouter's eth0. It
// is listened to at its other end, as is the card of a VM; throws for all else inside a VM.
struct CapturePoint {
  std::string space, device;
};
CapturePoint capture_point(const Space& space, const std::string& interface_name);

class Capture {
public:
  // Throws when the device or the filter is no good.
  Capture(const CapturePoint& point, const std::string& file, const std::string& filter);
  Capture(const Capture&) = delete;
  Capture& operator=(const Capture&) = delete;
  ~Capture();  // takes in what is already there, then closes the file

private:
  struct Session;
  std::unique_ptr<Session> session_;
  std::atomic<bool> ending_{false};
  std::thread thread_;
};

}  // namespace tflab::netns
