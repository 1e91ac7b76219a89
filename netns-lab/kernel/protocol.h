#pragma once
// What vrouter.ko and who programs it say to each other: a generic netlink family. Read by the
// kernel's C compiler and by C++, so it holds numbers and nothing else.
//
// Each network namespace has one vrouter at most. Who opens it owns it: every later command must
// come from the same socket, and needs no privilege any more. Operations, flow keys and counters
// are octets as vrouter-core/ops/octets.h writes them.

#define TFLAB_FAMILY "tflab_vrouter"
#define TFLAB_FAMILY_VERSION 1

enum tflab_command {
  TFLAB_COMMAND_NONE,
  TFLAB_OPEN,       // makes the vrouter; CAP_NET_ADMIN in the namespace
  TFLAB_TAKE_OVER,  // this vrouter forwards now; one that was left by its owner did until then
  TFLAB_LISTEN,     // from now on traps come to this socket; CAP_NET_ADMIN
  TFLAB_CLOSE,      // takes the vrouter away
  TFLAB_APPLY,      // OPS; the answer has RESULTS, an octet for each (vr::Result)
  TFLAB_ATTACH,     // VIF, DEVICE: a name, whether there is such a device yet or not
  TFLAB_DETACH,     // VIF
  TFLAB_INJECT,     // VIF, FRAME: out of this interface, as it is
  TFLAB_RECEIVE,    // VIF, FRAME: as if it had just come in
  TFLAB_SWEEP,      // a dump: forgets what is old; GONE
  TFLAB_DUMP,       // a dump: OPS that make these tables again, DROPS, VIFS, VRFS, FLOWS, HOST
  TFLAB_TRAP,       // to the listener: WHY, VIF, VRF, FRAME
  TFLAB_COMMANDS
};

enum tflab_attribute {
  TFLAB_ATTRIBUTE_NONE,
  TFLAB_VIF,      // u16
  TFLAB_VRF,      // u16
  TFLAB_WHY,      // u16, vr::Trap
  TFLAB_DEVICE,   // text
  TFLAB_FRAME,    // octets, Ethernet first
  TFLAB_OPS,      // operations, one behind the other
  TFLAB_RESULTS,  // octets
  TFLAB_AHEAD,    // s64: nanoseconds to run ahead of CLOCK_MONOTONIC, from now on
  TFLAB_GONE,     // flow keys
  TFLAB_DROPS,    // vr::DropCounters
  TFLAB_VIFS,     // VifId and vr::VifCounters, repeated
  TFLAB_VRFS,     // VrfId and vr::VrfCounters, repeated
  TFLAB_FLOWS,    // FlowKey and vr::FlowCounters, repeated
  TFLAB_HOST,     // u64 each: frames no device took, frames without memory, traps nobody took
  TFLAB_ATTRIBUTES
};

// Octets of OPS in one APPLY.
#define TFLAB_MOST_OPS 8192
