#pragma once
// Captures as pcapng with interface names and nanoseconds. The same packets give the same octets:
// nothing of the machine or the moment is written.

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "vrouter-core/base/reader.h"

namespace tflab::capture {

class Writer {
public:
  Writer();
  // On the interface of that name (Ethernet), which is described when it is first used.
  void packet(const std::string& interface, std::int64_t time_ns, Bytes bytes);
  const std::vector<std::byte>& file() const { return file_; }

private:
  std::uint32_t interface(const std::string& name);

  std::vector<std::byte> file_;
  std::map<std::string, std::uint32_t> interfaces_;
};

}  // namespace tflab::capture
