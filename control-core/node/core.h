#pragma once
// What the sessions of one control node share: its configuration, its tables, the way out, and the
// numbers that are handed out once.

#include <cstdint>
#include <memory>

#include "control-core/base/outbox.h"
#include "control-core/config/model.h"
#include "control-core/node/control_node.h"
#include "control-core/node/pools.h"
#include "control-core/vpn/routing.h"

namespace tflab::node {

struct Core {
  config::ControlNode config;
  std::shared_ptr<Pools> pools;
  std::unique_ptr<vpn::Routing> routing;
  Outbox<Output> out;
  std::uint64_t activity = 0;  // sessions; the tables count their own
  std::uint64_t messages = 0;  // UPDATEs and stanzas, heard and said
  bool starting = false;       // nobody is told yet that he has heard everything

  StreamId new_stream() { return StreamId{++last_stream_}; }
  rib::PeerId new_peer() { return rib::PeerId{++last_peer_}; }
  void write(StreamId stream, SharedBytes bytes) { out.put(WriteStream{stream, std::move(bytes)}); }
  void close(StreamId stream) { out.put(CloseStream{stream}); }
  // A session has so many in all, and `counted` of them are in `messages` already.
  void count(std::uint64_t all, std::uint64_t& counted) {
    messages += all - counted;
    counted = all;
  }

private:
  std::uint32_t last_stream_ = 0, last_peer_ = 0;
};

}  // namespace tflab::node
