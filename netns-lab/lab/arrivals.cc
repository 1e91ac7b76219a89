#include "netns-lab/lab/arrivals.h"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <sstream>

#include "netns-lab/lab/space.h"

namespace tflab::netns {
namespace {

// Shows the namespace it was opened in, from wherever it is read.
Fd open_counters() {
  return Fd{check(::open("/proc/thread-self/net/dev", O_RDONLY | O_CLOEXEC),
                  "open the counters of devices")};
}

}  // namespace

Arrivals::Arrivals(const std::string& space, const std::string& device)
    : name_{device + ':'},
      file_{space.empty() ? open_counters() : in_space(space, open_counters)} {}

// A line a device: its name, octets received, frames received.
long Arrivals::count() const {
  std::array<char, 8192> page{};
  const ssize_t size = ::pread(file_.get(), page.data(), page.size(), 0);
  std::istringstream lines{{page.data(), size > 0 ? static_cast<std::size_t>(size) : 0}};
  for (std::string line; std::getline(lines, line);) {
    std::string name;
    long octets = 0, frames = 0;
    if (std::istringstream{line} >> name >> octets >> frames && name == name_) return frames;
  }
  return 0;
}

}  // namespace tflab::netns
