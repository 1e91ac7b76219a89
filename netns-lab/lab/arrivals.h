#pragma once
// How many frames a device has received so far, as the kernel counts them.

#include <string>

#include "netns-lab/host/fd.h"

namespace tflab::netns {

class Arrivals {
public:
  Arrivals(const std::string& space, const std::string& device);  // empty: the namespace we are in
  long count() const;

private:
  std::string name_;
  Fd file_;
};

}  // namespace tflab::netns
