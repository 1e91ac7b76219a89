// SPDX-License-Identifier: GPL-2.0
// The life of a vrouter, and the way in and out of its core.

#include <linux/ktime.h>
#include <linux/mm.h>
#include <linux/percpu.h>
#include <linux/random.h>
#include <linux/rtnetlink.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>
#include <net/genetlink.h>
#include <net/netns/generic.h>

#include "netns-lab/kernel/glue.h"

static unsigned int net_id;

struct place { /* of each namespace */
  struct tflab_instance __rcu* instance;
};

/* Stays while the caller has RCU, RTNL or genl_mutex: who closes it has the second and the third,
 * and waits for the first. A namespace ends when no socket is left to send it a command.
 */
struct tflab_instance* tflab_of(struct net* net) {
  struct place* place = net_generic(net, net_id);

  return rcu_dereference_raw(place->instance);
}

struct tflab_instance* tflab_heir_of(struct tflab_instance* instance) {
  return instance ? rcu_dereference_raw(instance->heir) : NULL;
}

static void put_in_place(struct net* net, struct tflab_instance* instance) {
  struct place* place = net_generic(net, net_id);

  rcu_assign_pointer(place->instance, instance);
}

static void free_instance(struct tflab_instance* instance) {
  vfree(instance->core);
  free_percpu(instance->lanes);
  kvfree(instance->ports);
  kfree(instance);
}

static struct tflab_instance* new_instance(struct net* net, u32 owner) {
  struct tflab_limits limits = tflab_limits;
  struct tflab_instance* instance = kzalloc(sizeof(*instance), GFP_KERNEL);
  void* memory;
  int cpu;

  if (!instance) return NULL;
  instance->net = net;
  instance->owner = owner;
  instance->vifs = limits.vifs;
  spin_lock_init(&instance->lock);
  instance->lanes = alloc_percpu(struct tflab_lane);
  instance->ports = kvcalloc(limits.vifs, sizeof(*instance->ports), GFP_KERNEL);
  memory = tflab_zeroed(tflab_core_size(&limits, nr_cpu_ids));
  if (!instance->lanes || !instance->ports || !memory) {
    vfree(memory);
    free_instance(instance);
    return NULL;
  }
  for_each_possible_cpu(cpu) {
    __skb_queue_head_init(&per_cpu_ptr(instance->lanes, cpu)->frames);
    __skb_queue_head_init(&per_cpu_ptr(instance->lanes, cpu)->traps);
  }
  limits.flow_seed = get_random_u64();
  instance->core = tflab_core_start(memory, &limits, nr_cpu_ids, instance);
  return instance;
}

static void drop_heir(struct tflab_instance* instance) {
  struct tflab_instance* heir = tflab_heir_of(instance);

  if (!heir) return;
  rtnl_lock();
  RCU_INIT_POINTER(instance->heir, NULL);
  tflab_detach_all(heir);
  rtnl_unlock();
  synchronize_net();
  free_instance(heir);
}

int tflab_open(struct net* net, u32 owner) {
  struct tflab_instance *before = tflab_of(net), *instance;

  drop_heir(before);
  instance = new_instance(net, owner);
  if (!instance) return -ENOMEM;
  if (before)
    rcu_assign_pointer(before->heir, instance);
  else
    put_in_place(net, instance);
  return 0;
}

void tflab_take_over(struct net* net) {
  struct tflab_instance *before = tflab_of(net), *heir = tflab_heir_of(before);

  if (!heir) return;
  rtnl_lock();
  tflab_hand_over(before, heir);
  put_in_place(net, heir);
  rtnl_unlock();
  synchronize_net();
  free_instance(before);
}

void tflab_close(struct net* net) {
  struct tflab_instance* instance = tflab_of(net);

  if (!instance) return;
  drop_heir(instance);
  rtnl_lock();
  tflab_detach_all(instance);
  put_in_place(net, NULL);
  rtnl_unlock();
  synchronize_net();
  free_instance(instance);
}

static s64 now_of(const struct tflab_instance* instance) {
  return ktime_get_ns() + READ_ONCE(instance->ahead);
}

/* Into the core on this CPU's lane: nobody else is on it until leave(). */
static struct tflab_lane* enter(struct tflab_instance* instance) __acquires(RCU) {
  local_bh_disable();
  rcu_read_lock();
  return this_cpu_ptr(instance->lanes);
}

/* Out of the core with what it made. A frame that is sent may come back to us at once. */
static void leave(struct tflab_instance* instance, struct tflab_lane* lane) __releases(RCU) {
  struct sk_buff_head frames, traps;
  struct sk_buff* skb;
  u32 listener = READ_ONCE(instance->listener);

  __skb_queue_head_init(&frames);
  __skb_queue_head_init(&traps);
  skb_queue_splice_init(&lane->frames, &frames);
  skb_queue_splice_init(&lane->traps, &traps);
  while ((skb = __skb_dequeue(&frames)) != NULL) tflab_send(instance, skb);
  rcu_read_unlock();
  while ((skb = __skb_dequeue(&traps)) != NULL) {
    if (!listener) {
      kfree_skb(skb);
      atomic64_inc(&instance->unheard);
    } else if (genlmsg_unicast(instance->net, skb, listener)) {
      atomic64_inc(&instance->unheard);
    }
  }
  local_bh_enable();
}

void tflab_frame(struct tflab_instance* instance, u16 vif, u8* buffer, size_t size) {
  struct tflab_lane* lane = enter(instance);

  tflab_core_frame(instance->core, smp_processor_id(), now_of(instance), vif, buffer, size);
  leave(instance, lane);
}

void tflab_packet(struct tflab_instance* instance, u16 vif, struct sk_buff* skb) {
  struct tflab_lane* lane = enter(instance);
  struct sk_buff* left;

  lane->current_skb = skb;
  tflab_core_frame(instance->core, smp_processor_id(), now_of(instance), vif,
                   skb->data - TFLAB_HEADROOM, TFLAB_HEADROOM + skb->len);
  left = lane->current_skb;
  lane->current_skb = NULL;
  leave(instance, lane);
  if (left) consume_skb(left);
}

void tflab_inject(struct tflab_instance* instance, u16 vif, const u8* frame, size_t size) {
  struct tflab_lane* lane = enter(instance);

  tflab_core_inject(instance->core, smp_processor_id(), vif, frame, size);
  leave(instance, lane);
}

/* Once a message, not once an operation, somebody waits for those who read the tables before. */
void tflab_apply(struct tflab_instance* instance, const u8* ops, size_t size, u8* results) {
  if (tflab_core_apply(instance->core, ops, size, results)) synchronize_rcu_expedited();
  tflab_core_follow(instance->core, ops, size, results);
}

size_t tflab_sweep(struct tflab_instance* instance, u8* to, size_t room) {
  size_t used;

  local_bh_disable();
  used = tflab_core_sweep(instance->core, smp_processor_id(), now_of(instance), to, room);
  local_bh_enable();
  return used;
}

void tflab_take_guard(struct tflab_instance* instance) __acquires(&instance->lock) {
  spin_lock_bh(&instance->lock);
}

void tflab_give_guard(struct tflab_instance* instance) __releases(&instance->lock) {
  spin_unlock_bh(&instance->lock);
}

/* Called by the core, between enter() and leave(). */
void tflab_transmit(struct tflab_instance* instance, u16 vif, const u8* frame, size_t size) {
  struct sk_buff* skb = alloc_skb(TFLAB_HEADROOM + size, GFP_ATOMIC | __GFP_NOWARN);

  if (!skb) {
    atomic64_inc(&instance->no_memory);
    return;
  }
  skb_reserve(skb, TFLAB_HEADROOM);
  skb_put_data(skb, frame, size);
  tflab_note_of(skb)->vif = vif;
  __skb_queue_tail(&this_cpu_ptr(instance->lanes)->frames, skb);
}

void tflab_transmit_last(struct tflab_instance* instance, u16 vif, const u8* frame, size_t size) {
  struct tflab_lane* lane = this_cpu_ptr(instance->lanes);
  struct sk_buff* skb = lane->current_skb;

  if (!skb) return tflab_transmit(instance, vif, frame, size);
  lane->current_skb = NULL;
  skb->data = (u8*)frame;
  skb->len = size;
  skb_set_tail_pointer(skb, size);
  /* Nothing the way in knew about it holds for the way out. */
  skb_scrub_packet(skb, true);
  skb_clear_hash(skb);
  skb_set_queue_mapping(skb, 0);
  skb_reset_redirect(skb);
  skb->encapsulation = 0;
  skb->priority = 0;
  /* Whoever gets it need not look again at a checksum we have just written, and the core keeps
   * true; unless that was of a header which has been taken off.
   */
  skb->ip_summed = tflab_note_of(skb)->summed >= frame ? CHECKSUM_UNNECESSARY : CHECKSUM_NONE;
  tflab_note_of(skb)->vif = vif;
  __skb_queue_tail(&lane->frames, skb);
}

void tflab_trap(struct tflab_instance* instance, u16 why, u16 vif, u16 vrf, const u8* frame,
                size_t size) {
  struct tflab_instance* heir = rcu_dereference_bh(instance->heir);
  struct sk_buff* skb;

  /* Who listens numbers interfaces as the heir does. */
  if (heir && !tflab_same_device(instance, heir, vif)) {
    atomic64_inc(&instance->unheard);
    return;
  }
  skb = tflab_trap_message(why, vif, vrf, frame, size);
  if (!skb) {
    atomic64_inc(&instance->no_memory);
    return;
  }
  __skb_queue_tail(&this_cpu_ptr(instance->lanes)->traps, skb);
}

static void __net_exit leave_net(struct net* net) {
  tflab_close(net);
}

/* Devices leave a namespace before its subsystems do. */
static struct pernet_operations operations = {
    .exit = leave_net,
    .id = &net_id,
    .size = sizeof(struct place),
};

int tflab_instances_start(void) {
  return register_pernet_subsys(&operations);
}

void tflab_instances_stop(void) {
  unregister_pernet_subsys(&operations);
}
