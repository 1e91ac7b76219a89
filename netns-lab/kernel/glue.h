#pragma once
// SPDX-License-Identifier: GPL-2.0
//
// The kernel's side of a vrouter: one instance a network namespace.
//
// Locks. Packets are in the forwarding core on all CPUs at once, each on its CPU's lane, with
// bottom halves off and inside RCU. Tables exist twice there: a command changes those nobody reads,
// shows them, waits for a grace period and changes the others. Commands are one at a time
// (genl_mutex). Flows and what else packets themselves write is behind `lock`, which only packets
// take that need it. What the core sends and traps is collected meanwhile and leaves when the
// packet is through it: no device and no socket is called from inside. Devices come and go under
// RTNL; whoever handles a packet finds ports and devices by RCU. An instance is freed when a grace
// period has passed after nobody can find it any more.
//
// An instance whose agent died forwards on. The next agent gets an heir to fill: it has the same
// devices to send to, and what they receive still goes to the instance before it, until it takes
// over.

#include <linux/atomic.h>
#include <linux/if.h>
#include <linux/netdevice.h>
#include <linux/skbuff.h>
#include <linux/spinlock.h>
#include <linux/vmalloc.h>
#include <net/net_namespace.h>

#include "netns-lab/kernel/core.h"

struct tflab_port {
  struct tflab_instance* instance;
  struct net_device __rcu* device; /* none: there is no such device just now */
  struct rcu_head rcu;
  u16 vif;
  bool lent; /* the device receives for the instance before this one */
  char name[IFNAMSIZ];
};

/* Of one CPU, for one call into the core: bottom halves are off. */
struct tflab_lane {
  struct sk_buff_head frames; /* made by the core in this call */
  struct sk_buff_head traps;
  struct sk_buff* current_skb; /* what the core is at; it may be sent as it is */
};

struct tflab_instance {
  struct net* net;
  struct tflab_instance __rcu* heir; /* changed under genl_mutex */
  struct tflab_core* core;
  struct tflab_lane __percpu* lanes;
  spinlock_t lock; /* of what packets themselves write in the core */
  s64 ahead;       /* of CLOCK_MONOTONIC */
  u32 vifs;
  struct tflab_port __rcu** ports; /* by vif; changed under RTNL */
  u32 owner; /* netlink port of the agent's socket; 0: it is gone, forwarding goes on */
  u32 listener;
  atomic64_t unsent; /* no device, down, too long for it */
  atomic64_t no_memory;
  atomic64_t unheard; /* traps: nobody listens, or not fast enough */
};

/* Much memory at once. Whoever asked is told that there is none; the log need not be. */
static inline void* tflab_zeroed(size_t size) {
  return __vmalloc(size, GFP_KERNEL | __GFP_ZERO | __GFP_NOWARN);
}

/* instance.c */
extern struct tflab_limits tflab_limits;          /* module parameters */
struct tflab_instance* tflab_of(struct net* net); /* under RCU, RTNL or genl_mutex */
struct tflab_instance* tflab_heir_of(struct tflab_instance* instance); /* as well; or NULL */
int tflab_open(struct net* net, u32 owner); /* beside an instance that is there: its heir */
void tflab_take_over(struct net* net);      /* if there is an heir */
void tflab_close(struct net* net);
void tflab_frame(struct tflab_instance* instance, u16 vif, u8* buffer, size_t size);
void tflab_packet(struct tflab_instance* instance, u16 vif, struct sk_buff* skb); /* takes it */
void tflab_inject(struct tflab_instance* instance, u16 vif, const u8* frame, size_t size);
void tflab_apply(struct tflab_instance* instance, const u8* ops, size_t size, u8* results);
size_t tflab_sweep(struct tflab_instance* instance, u8* to, size_t room);
int tflab_instances_start(void);
void tflab_instances_stop(void);

/* ports.c; all under RTNL except send and same_device */
int tflab_attach(struct tflab_instance* instance, u16 vif, const char* name);
void tflab_detach(struct tflab_instance* instance, u16 vif);
void tflab_detach_all(struct tflab_instance* instance);
void tflab_hand_over(struct tflab_instance* from, struct tflab_instance* to);
bool tflab_same_device(struct tflab_instance* a, struct tflab_instance* b, u16 vif); /* no BH */
void tflab_send(struct tflab_instance* instance, struct sk_buff* skb);               /* under RCU */
int tflab_ports_start(void);
void tflab_ports_stop(void);

/* What is noted of a frame between a device and the core. */
struct tflab_note {
  const u8* summed; /* from here on all checksums are right: they are our work, or none */
  u16 vif;          /* which it is to leave by */
};
static inline struct tflab_note* tflab_note_of(struct sk_buff* skb) {
  return (struct tflab_note*)skb->cb;
}

/* family.c */
struct sk_buff* tflab_trap_message(u16 why, u16 vif, u16 vrf, const u8* frame, size_t size);
int tflab_family_start(void);
void tflab_family_stop(void);
