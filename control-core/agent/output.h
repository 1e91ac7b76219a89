#pragma once
// What an agent asks of its host, and the queue in which that waits to be polled.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "control-core/base/outbox.h"
#include "control-core/base/stream.h"
#include "vrouter-core/base/id.h"
#include "vrouter-core/ops/op.h"

namespace tflab::agent {

// Vifs that every vrouter has; machine ports get the ids above them.
inline constexpr VifId fabric_vif{0};  // the physical interface
inline constexpr VifId host_vif{1};    // vhost0
inline constexpr VifId agent_vif{2};   // pkt0
inline constexpr VifId first_port_vif{3};

inline constexpr VrfId fabric_vrf{0};  // the underlay; the master instance on control nodes

struct Program {
  vr::Op op;  // the host applies it and reports a refusal through on_refused
};
struct Attach {
  VifId vif;         // comes after the SetVif of that id
  std::string port;  // config::Port::name
};
struct Detach {
  VifId vif;  // comes before the DeleteVif
};
struct Transmit {
  VifId vif;
  std::vector<std::byte> frame;
};
// A frame that the vrouter has trapped, to be taken as if it had just come in: it is decided now.
struct Reinject {
  VifId vif;
  std::vector<std::byte> frame;
};
// Vrouter::expire(); the flows that are gone come back through on_aged.
struct Sweep {};
using Output = std::variant<OpenStream, WriteStream, CloseStream, Program, Attach, Detach, Transmit,
                            Reinject, Sweep>;

// The queue, and a count of what changed on the way into it (Agent::activity).
class Outputs {
public:
  void program(vr::Op op) {
    ++activity_;
    box_.put(Program{op});
  }
  template <class T>
  void put(T&& output) {
    box_.put(std::forward<T>(output));
  }
  std::optional<Output> poll() { return box_.poll(); }

  void changed() { ++activity_; }
  std::uint64_t activity() const { return activity_; }

private:
  Outbox<Output> box_;
  std::uint64_t activity_ = 0;
};

}  // namespace tflab::agent
