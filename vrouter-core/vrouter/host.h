#pragma once
// Everything the forwarding core asks of its host besides memory: send this, and hand that to the
// agent. A port is added when a second implementation exists, not before.

#include <cstddef>
#include <span>

#include "vrouter-core/base/id.h"
#include "vrouter-core/ops/trap.h"

namespace tflab::vr {

class Host {
public:
  // Sends an Ethernet frame out of `out`. The bytes are the host's only during the call.
  virtual void transmit(VifId out, std::span<const std::byte> frame) = 0;
  // The same with the last that is made of a frame that came in, in the buffer it came in: a host
  // may send that buffer instead of copying it.
  virtual void transmit_last(VifId out, std::span<const std::byte> frame) { transmit(out, frame); }
  // Hands a frame (Ethernet first) that came in on `in` to the agent.
  virtual void punt(Trap why, VifId in, VrfId vrf, std::span<const std::byte> frame) = 0;

protected:
  ~Host() = default;
};

}  // namespace tflab::vr
