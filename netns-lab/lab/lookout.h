#pragma once
// Looks for one frame, itself or at the end of longer ones, at many devices at once.

#include <string>
#include <vector>

#include "netns-lab/host/fd.h"
#include "scenarios/lab.h"

namespace tflab::netns {

class Lookout {
public:
  // `frame` outlives this.
  explicit Lookout(Bytes frame) : frame_{frame} {}

  // On all devices of the namespace, as it comes in there.
  void watch_tunnels(const std::string& space);
  // What comes in at one device is seen at `port`.
  void watch_port(const std::string& space, const std::string& device, const std::string& port);

  // Everything that comes by until it has been quiet for a while.
  std::vector<scenario::Sighting> seen();

private:
  struct Place {
    Fd socket;
    std::string port;  // empty: tunnels
  };
  void look(const Place& place, std::vector<scenario::Sighting>& seen) const;

  Bytes frame_;
  std::vector<Place> places_;
};

}  // namespace tflab::netns
