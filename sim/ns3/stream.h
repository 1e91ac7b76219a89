#pragma once
// The byte-stream port as the hosts of this folder use it: over simulated TCP (ns3/tcp_streams.h)
// or message by message (world/message_streams.h).

#include "control-core/base/stream.h"
#include "vrouter-core/base/reader.h"

namespace tflab::sim {

// Whoever is told about streams: the host of a core.
class StreamUser {
public:
  virtual StreamId accepted(const Endpoint& local, const Endpoint& remote) = 0;
  virtual void opened(StreamId stream, const Endpoint& local) = 0;
  virtual void bytes(StreamId stream, Bytes bytes) = 0;
  virtual void heard() {}                    // all that came at once
  virtual void closed(StreamId stream) = 0;  // refused, reset, or ended by the other side
  virtual void blocked(StreamId stream) = 0;
  virtual void writable(StreamId stream) = 0;

protected:
  ~StreamUser() = default;
};

class Streams {
public:
  // More than high water queued is told once, and once again when less than low water is.
  static constexpr std::size_t high_water = 1 << 20;
  static constexpr std::size_t low_water = 1 << 18;

  virtual ~Streams() = default;

  virtual void listen(std::uint16_t port) = 0;
  virtual void open(const OpenStream& request) = 0;
  virtual void write(const WriteStream& request) = 0;
  // The node has nothing more to say for now: what was written goes.
  virtual void flush() = 0;
  // After what was written; nothing is told any more.
  virtual void close(const CloseStream& request) = 0;
  // The program ends: nobody gets in any more, and every connection is closed as if it had been
  // asked for, after what was written. When the object goes, connections that are left are
  // forgotten and nobody is told.
  virtual void retire() = 0;
};

}  // namespace tflab::sim
