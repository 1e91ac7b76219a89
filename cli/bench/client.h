#pragma once
// One BGP client of the load: its socket, what it has still to say, and what it holds.

#include <cstdint>
#include <optional>

#include "cli/bench/wire.h"
#include "netns-lab/host/fd.h"

namespace tflab::bench {

class Client final : Heard {
public:
  struct Counts {
    std::uint64_t delivered = 0, twice = 0, echoed = 0, withdrawn = 0, wrong = 0;
  };

  Client(const Workload& load, unsigned number);

  void dial(int poller);  // throws
  // Both return false when the connection is lost.
  bool write();
  bool read();
  void say(Octets octets);
  bool up() const { return up_; }
  bool silent() const { return said_ == words_.size(); }

  // What it should hold from now on; mismatched() is how many routes it is away from that.
  void expect(RouteSet wanted);
  std::uint64_t mismatched() const { return missing_ + extra_; }
  std::uint64_t missing() const { return missing_; }
  std::uint64_t extra() const { return extra_; }
  Counts take_counts();
  int socket() const { return socket_.get(); }

private:
  bool message(Type type, const std::uint8_t* body, std::size_t size);
  void reached(std::uint32_t route) override;
  void withdrawn(std::uint32_t route) override;
  void wrong() override { ++counts_.wrong; }

  const Workload& load_;
  unsigned number_;
  netns::Fd socket_;
  bool up_ = false;
  Octets words_, heard_;
  std::size_t said_ = 0;
  RouteSet held_, wanted_;
  std::uint64_t missing_ = 0, extra_ = 0;
  Counts counts_;
};

}  // namespace tflab::bench
