#pragma once
// How fast a capture goes through the forwarding core, and what reading (and writing) it costs
// alone: the same file, the same buffers, frames of 60 octets into MPLSoUDP. Thread CPU time.

#include <cstddef>
#include <string>

namespace tflab::forwarding {

class Throughput {
public:
  // Makes a capture in `folder`, gone with this object. Throws std::runtime_error.
  Throughput(const std::string& folder, std::size_t packets);
  ~Throughput();
  Throughput(const Throughput&) = delete;
  Throughput& operator=(const Throughput&) = delete;

  // Nanoseconds a packet, to nowhere or `written` to another capture.
  double through_core(bool written) const;
  double floor(bool written) const;
  static std::size_t table_octets();

private:
  std::string in_, out_;
  std::size_t packets_;
};

}  // namespace tflab::forwarding
