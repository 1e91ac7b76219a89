#pragma once
// One pcap file of Ethernet frames with virtual time stamps, of those frames that the filter of the
// capture lets through.

#include <memory>
#include <string>

#include "vrouter-core/base/instant.h"
#include "vrouter-core/base/reader.h"

namespace tflab::sim {

class CaptureFile {
public:
  // Throws std::runtime_error when the file cannot be written or the filter (pcap-filter(7), empty:
  // everything) is not understood.
  CaptureFile(const std::string& path, const std::string& filter, std::int64_t utc_ns_at_zero);
  ~CaptureFile();
  CaptureFile(CaptureFile&&) noexcept;

  void write(Instant when, Bytes frame);
  void flush();

private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace tflab::sim
