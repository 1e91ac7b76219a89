#pragma once
// The byte-stream port: what a node asks of its host, and how the two name a connection. The host
// tells the node about streams through on_accepted, on_opened, on_bytes and on_closed.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "vrouter-core/base/addr.h"

namespace tflab {

using StreamId = Id<struct StreamTag, std::uint32_t>;  // allocated by the node, never reused soon

struct Endpoint {
  IpAddr address;
  std::uint16_t port = 0;
  friend auto operator<=>(const Endpoint&, const Endpoint&) = default;
};

// Encoded once, sent to many: peers that are owed the same bytes share them.
using SharedBytes = std::shared_ptr<const std::vector<std::byte>>;

struct OpenStream {
  StreamId stream;
  IpAddr from;  // local address to bind; zero: any
  Endpoint to;
};
struct WriteStream {
  StreamId stream;
  SharedBytes bytes;
};
struct CloseStream {
  StreamId stream;  // after what was written; the host answers nothing
};

}  // namespace tflab
