#pragma once
// The seam between the kernel's C and the forwarding core: C on both sides, plain values.
//
// Frames come in on all lanes at once, one at a time on each, inside RCU; so does a sweep. Whatever
// else there is, is one at a time.

#ifdef __KERNEL__
#include <linux/types.h>
#else
#include <stddef.h>
#include <stdint.h>
#endif

#ifdef __cplusplus
extern "C" {
#endif

struct tflab_core;
struct tflab_instance;  // of the kernel's side

// vr::Limits as module parameters.
struct tflab_limits {
  uint32_t vifs, vrfs, nexthops, labels, routes4, routes6, macs, vnis, member_groups;
  uint32_t flows, held_flows, fragments, held_pieces, mirrors;
  uint64_t flow_seed;
};

// In front of each frame that comes in, to be written over.
#define TFLAB_HEADROOM 64

// Octets of zeroed, page-aligned memory; 0: no vrouter is as big as this, or as small.
size_t tflab_core_size(const struct tflab_limits* limits, uint32_t lanes);
struct tflab_core* tflab_core_start(void* memory, const struct tflab_limits* limits, uint32_t lanes,
                                    struct tflab_instance* instance);

// Frames. `buffer` has TFLAB_HEADROOM octets before the frame, `size` is of both.
void tflab_core_frame(struct tflab_core* core, uint32_t lane, int64_t now, uint16_t vif,
                      uint8_t* buffer, size_t size);
void tflab_core_inject(struct tflab_core* core, uint32_t lane, uint16_t vif, const uint8_t* frame,
                       size_t size);

// How many operations these octets are; -1: they are not. Then apply them all: frames that come in
// from now on find what they say. 1: others may be at what was there before, so wait for a grace
// period. Then follow, with the same; that fills in the results of operations on flows.
int tflab_core_count(const uint8_t* ops, size_t size);
int tflab_core_apply(struct tflab_core* core, const uint8_t* ops, size_t size, uint8_t* results);
void tflab_core_follow(struct tflab_core* core, const uint8_t* ops, size_t size, uint8_t* results);

// Netlink attributes, aligned, each small enough for a message of a dump. They return how much was
// written, or would have been were there room: nothing is written beyond `room`. A sweep of so many
// flows never needs more than TFLAB_SWEEP_ROOM.
#define TFLAB_SWEEP_ROOM(flows) (4096 + (size_t)(flows)*48)
size_t tflab_core_dump(const struct tflab_core* core, uint8_t* to, size_t room);
size_t tflab_core_sweep(struct tflab_core* core, uint32_t lane, int64_t now, uint8_t* to,
                        size_t room);

// Provided by the kernel's side. The frame is only lent.
void tflab_transmit(struct tflab_instance* instance, uint16_t vif, const uint8_t* frame,
                    size_t size);
// The same, and the frame stands in the buffer tflab_core_frame() was given: it may be kept.
void tflab_transmit_last(struct tflab_instance* instance, uint16_t vif, const uint8_t* frame,
                         size_t size);
void tflab_trap(struct tflab_instance* instance, uint16_t why, uint16_t vif, uint16_t vrf,
                const uint8_t* frame, size_t size);
// Around what frames of all lanes write: flows, pieces of datagrams, learned MACs. Nothing of the
// above is called between them.
void tflab_take_guard(struct tflab_instance* instance);
void tflab_give_guard(struct tflab_instance* instance);

#ifdef __cplusplus
}
#endif
