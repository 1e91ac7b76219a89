#pragma once
// TCP put together again from frames: what each end said, in the order of its sequence numbers.
// What the capture has not seen is a gap, after which a new run of octets begins; nothing waits for
// it longer than the window allows.

#include <cstddef>
#include <cstdint>
#include <map>
#include <vector>

#include "control-core/base/stream.h"
#include "vrouter-core/base/reader.h"

namespace tflab::conversation {

// Octets without a gap. `packets` says which packet of the file brought the octets from there on.
struct Run {
  bool from_start = false;  // it begins with the connection
  std::vector<std::byte> octets;
  struct Mark {
    std::size_t at;
    std::uint64_t packet;
    std::int64_t time_ns;
  };
  std::vector<Mark> marks;

  std::uint64_t packet_at(std::size_t offset) const;
};

struct Direction {
  Endpoint from;
  std::vector<Run> runs;
  std::uint64_t missing = 0;  // octets in gaps
};

struct Connection {
  Direction one, other;  // `one` spoke first
};

class Reassembly {
public:
  // An Ethernet frame, the number of its packet in the file, and its time.
  void take(Bytes frame, std::uint64_t packet, std::int64_t time_ns);
  // In the order in which they began. What still waits for a gap is taken as it is.
  std::vector<Connection> finish();

private:
  struct Flow {  // one direction
    Direction direction;
    bool synchronised = false, fresh = true;
    std::uint32_t next = 0;  // sequence number expected
    struct Piece {
      std::vector<std::byte> octets;
      std::uint64_t packet;
      std::int64_t time_ns;
    };
    std::map<std::uint32_t, Piece> waiting;  // by distance from `base`
    std::uint32_t base = 0;
  };
  struct Pair {
    std::size_t number;
    bool turned;
  };
  using Key = std::pair<Endpoint, Endpoint>;  // source, destination

  void segment(const Endpoint& from, const Endpoint& to, Bytes tcp, std::uint64_t packet,
               std::int64_t time_ns);
  Flow& flow(const Endpoint& from, const Endpoint& to, bool opening);
  static void add(Flow& flow, std::uint32_t sequence, Bytes octets, std::uint64_t packet,
                  std::int64_t time_ns);
  static void append(Flow& flow, Bytes octets, std::uint64_t packet, std::int64_t time_ns);
  static void jump(Flow& flow);
  static void drain(Flow& flow);

  std::map<Key, Pair> known_;
  std::vector<std::pair<Flow, Flow>> connections_;
};

}  // namespace tflab::conversation
