#pragma once
// What forwards for an agent: the core in this process, or the one in the kernel.

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "control-core/agent/datapath.h"
#include "netns-lab/host/excerpt.h"
#include "netns-lab/host/privileges.h"
#include "vrouter-core/base/id.h"
#include "vrouter-core/base/reader.h"
#include "vrouter-core/ops/op.h"
#include "vrouter-core/ops/result.h"

namespace tflab::netns {

// What comes back. Traps must wait until the burst is over: tables do not change under a packet.
class ForwarderOwner {
public:
  virtual void trapped(std::uint16_t why, VifId in, VrfId vrf, Bytes frame) = 0;
  virtual void burst_end() = 0;
  virtual void refused(const vr::Op& op, vr::Result why) = 0;

protected:
  ~ForwarderOwner() = default;
};

class Forwarder {
public:
  virtual ~Forwarder() = default;

  // Takes effect at the latest with settle(), or when anything else is asked for.
  virtual void apply(const vr::Op& op) = 0;
  virtual void settle() = 0;
  // All there is to forward by has been applied. A vrouter that an agent before this one left
  // forwarding goes, soon.
  virtual void complete() = 0;

  virtual void attach(VifId vif, const std::string& device) = 0;
  virtual void detach(VifId vif) = 0;
  virtual void inject(VifId out, Bytes frame) = 0;
  virtual void receive(VifId in, Bytes frame) = 0;  // as if it had just come in
  virtual std::vector<vr::FlowKey> sweep() = 0;     // those that are gone
  virtual agent::Datapath datapath() = 0;

  // What goes through from now on is written down until recorded() asks for it. Nothing, or false:
  // this one cannot, or nobody has begun.
  virtual bool record() { return false; }
  virtual std::unique_ptr<Excerpt> recorded() { return nullptr; }

  virtual Keep keeps() const = 0;  // of root's rights, once it stands
};

}  // namespace tflab::netns
