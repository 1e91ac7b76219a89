#pragma once
// What a host can tell a node, as values: every call that changes it, so that a recording can be
// played again. Owners of bytes, not views: they outlive the call.

#include <cstddef>
#include <vector>

#include "control-core/base/stream.h"

namespace tflab {

struct Started {};
struct Stopped {};
struct Accepted {
  Endpoint local, remote;
  StreamId stream;  // what the node answered
};
struct Opened {
  StreamId stream;
  Endpoint local;
};
struct Arrived {
  StreamId stream;
  std::vector<std::byte> bytes;
};
struct Closed {
  StreamId stream;
};
struct Blocked {
  StreamId stream;
};
struct Writable {
  StreamId stream;
};
struct TimerDue {};

}  // namespace tflab
