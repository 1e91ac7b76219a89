#include "netns-lab/vm/cable.h"

#include "netns-lab/lab/command.h"

namespace tflab::netns {
namespace {

constexpr std::size_t ring_slots = 256;

}  // namespace

Cable::Cable(VifId vif) : number_{std::to_string(vif.raw())} {
  ip_batch(
      "",
      {"link add " + vrouter_end() + " mtu 9200 type veth peer name " + our_end() + " mtu 9200",
       "link set " + vrouter_end() + " up", "link set " + our_end() + " up"},
      "make a veth pair");
  port_ = std::make_unique<PacketPort>(our_end(), ring_slots);
}

Cable::~Cable() {
  port_.reset();
  run({.argv = {"ip", "link", "del", vrouter_end()}});  // may be gone
}

bool Cable::send(Bytes frame) {
  return port_->send(frame);
}

void Cable::read(const std::function<void(Bytes frame)>& take) {
  port_->read(ring_slots, [&](PacketPort::Burst frames) {
    for (const Bytes frame : frames) take(frame.subspan(PacketPort::headroom));
  });
}

}  // namespace tflab::netns
