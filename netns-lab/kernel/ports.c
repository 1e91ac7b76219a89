// SPDX-License-Identifier: GPL-2.0
// Network devices as interfaces of a vrouter. A port waits for a device of its name: it takes it
// when it appears in the namespace and lets go when it leaves.
//
// Offload: what is handed to the core is one packet with all checksums in it. Large packets (GSO,
// GRO) are cut into the segments they stand for, checksums left to hardware are filled in, LRO is
// turned off. What the core sends asks nothing of a device.

#include <linux/etherdevice.h>
#include <linux/if_vlan.h>
#include <linux/rtnetlink.h>
#include <linux/slab.h>

#include "netns-lab/kernel/glue.h"

static void lose(struct tflab_port* port, struct sk_buff* skb) {
  atomic64_inc(&port->instance->no_memory);
  kfree_skb(skb);
}

/* In one piece, ours alone, room in front: copied once, if that is not so already. */
static struct sk_buff* own(struct sk_buff* skb) {
  struct sk_buff* copy;

  if (!skb_is_nonlinear(skb) && !skb_cloned(skb) && skb_headroom(skb) >= TFLAB_HEADROOM) return skb;
  copy = skb_copy_expand(skb, TFLAB_HEADROOM, 0, GFP_ATOMIC);
  if (copy) consume_skb(skb);
  return copy;
}

/* skb->data is the Ethernet header, and the packet is no large one. `summed`: whether all checksums
 * in it are known to be right.
 */
static void take(struct tflab_port* port, struct sk_buff* skb, bool summed) {
  const bool unfinished = skb->ip_summed == CHECKSUM_PARTIAL;
  struct sk_buff* ours = own(skb);

  if (!ours) return lose(port, skb);
  if (unfinished && skb_checksum_help(ours)) return lose(port, ours);
  tflab_note_of(ours)->summed = unfinished ? ours->head + ours->csum_start
                                : summed   ? skb_tail_pointer(ours)
                                           : NULL;
  tflab_packet(port->instance, port->vif, ours);
}

static void take_segments(struct tflab_port* port, struct sk_buff* skb) {
  struct sk_buff *segments, *next;

  /* A device may leave the length of a large packet open. */
  segments = skb_cow_head(skb, TFLAB_HEADROOM) ? NULL : __skb_gso_segment(skb, 0, false);
  if (IS_ERR_OR_NULL(segments)) return lose(port, skb);
  consume_skb(skb);
  skb_list_walk_safe(segments, skb, next) {
    skb_mark_not_on_list(skb);
    take(port, skb, true);
  }
}

static rx_handler_result_t receive(struct sk_buff** pskb) {
  struct sk_buff* skb = *pskb;
  struct tflab_port* port = rcu_dereference(skb->dev->rx_handler_data);

  if (skb->pkt_type == PACKET_LOOPBACK) return RX_HANDLER_PASS;
  skb = skb_share_check(skb, GFP_ATOMIC);
  if (!skb) return RX_HANDLER_CONSUMED;
  skb_push(skb, skb->data - skb_mac_header(skb));
  if (skb_vlan_tag_present(skb)) {
    skb = __vlan_hwaccel_push_inside(skb);
    if (!skb) return RX_HANDLER_CONSUMED;
  }
  if (skb_is_gso(skb))
    take_segments(port, skb);
  else
    take(port, skb, false);
  return RX_HANDLER_CONSUMED;
}

void tflab_send(struct tflab_instance* instance, struct sk_buff* skb) {
  const u16 vif = tflab_note_of(skb)->vif;
  struct tflab_port* port = vif < instance->vifs ? rcu_dereference(instance->ports[vif]) : NULL;
  struct net_device* device = port ? rcu_dereference(port->device) : NULL;

  if (!device || !(device->flags & IFF_UP) || skb->len < ETH_HLEN ||
      skb->len > device->mtu + VLAN_ETH_HLEN) {
    atomic64_inc(&instance->unsent);
    kfree_skb(skb);
    return;
  }
  memset(skb->cb, 0, sizeof(skb->cb));
  skb->dev = device;
  skb_reset_mac_header(skb);
  skb_set_network_header(skb, ETH_HLEN);
  skb->protocol = eth_hdr(skb)->h_proto;
  dev_queue_xmit(skb);
}

/* It receives for somebody else of ours. */
static bool taken(struct net_device* device, struct tflab_instance* by_another_than) {
  struct tflab_port* port = rtnl_dereference(device->rx_handler_data);

  return rtnl_dereference(device->rx_handler) == receive && port->instance != by_another_than;
}

static void hold(struct tflab_port* port, struct net_device* device) {
  dev_hold(device);
  rcu_assign_pointer(port->device, device);
}

static int take_device(struct tflab_port* port, struct net_device* device) {
  int error;

  port->lent = taken(device, port->instance);
  if (port->lent) {
    hold(port, device);
    return 0;
  }
  error = netdev_rx_handler_register(device, receive, port);
  if (error) return error;
  error = dev_set_promiscuity(device, 1);
  if (error) {
    netdev_rx_handler_unregister(device);
    return error;
  }
  dev_disable_lro(device);
  netdev_set_rx_headroom(device, TFLAB_HEADROOM); /* so that frames need not be copied for it */
  hold(port, device);
  return 0;
}

static void let_go(struct tflab_port* port) {
  struct net_device* device = rtnl_dereference(port->device);

  if (!device) return;
  RCU_INIT_POINTER(port->device, NULL);
  if (!port->lent) {
    netdev_rx_handler_unregister(device); /* and waits until nobody is in it */
    netdev_reset_rx_headroom(device);
    dev_set_promiscuity(device, -1);
  }
  dev_put(device);
}

int tflab_attach(struct tflab_instance* instance, u16 vif, const char* name) {
  struct net_device* device;
  struct tflab_port* port;
  int error;

  if (vif >= instance->vifs) return -ERANGE;
  tflab_detach(instance, vif);
  port = kzalloc(sizeof(*port), GFP_KERNEL);
  if (!port) return -ENOMEM;
  port->instance = instance;
  port->vif = vif;
  strscpy(port->name, name, sizeof(port->name));
  device = __dev_get_by_name(instance->net, port->name);
  error = device ? take_device(port, device) : 0;
  if (error) {
    kfree(port);
    return error;
  }
  rcu_assign_pointer(instance->ports[vif], port);
  return 0;
}

void tflab_detach(struct tflab_instance* instance, u16 vif) {
  struct tflab_port* port = vif < instance->vifs ? rtnl_dereference(instance->ports[vif]) : NULL;

  if (!port) return;
  RCU_INIT_POINTER(instance->ports[vif], NULL);
  let_go(port);
  kfree_rcu(port, rcu);
}

void tflab_detach_all(struct tflab_instance* instance) {
  u32 vif;

  for (vif = 0; vif < instance->vifs; vif++) tflab_detach(instance, vif);
}

/* A device that both have never stops to receive: the next frame is the other's. */
void tflab_hand_over(struct tflab_instance* from, struct tflab_instance* to) {
  u32 vif;

  for (vif = 0; vif < to->vifs; vif++) {
    struct tflab_port* port = rtnl_dereference(to->ports[vif]);
    struct net_device* device = port && port->lent ? rtnl_dereference(port->device) : NULL;
    struct tflab_port* before = device ? rtnl_dereference(device->rx_handler_data) : NULL;

    if (!before) continue;
    rcu_assign_pointer(device->rx_handler_data, port);
    port->lent = false;
    before->lent = true;
  }
  tflab_detach_all(from);
}

bool tflab_same_device(struct tflab_instance* a, struct tflab_instance* b, u16 vif) {
  struct tflab_port *one, *other;

  if (vif >= a->vifs || vif >= b->vifs) return false;
  one = rcu_dereference_bh(a->ports[vif]);
  other = rcu_dereference_bh(b->ports[vif]);
  return one && other && strcmp(one->name, other->name) == 0;
}

/* A device is new here, or has a new name, or leaves: which ports gain or lose it? */
static void look_at(struct tflab_instance* instance, struct net_device* device, bool leaves) {
  u32 vif;

  for (vif = 0; vif < instance->vifs; vif++) {
    struct tflab_port* port = rtnl_dereference(instance->ports[vif]);
    bool meant = port && !leaves && strcmp(port->name, device->name) == 0;

    if (!port) continue;
    if (rtnl_dereference(port->device) == device && !meant)
      let_go(port);
    else if (!rtnl_dereference(port->device) && meant)
      take_device(port, device);
  }
}

static int device_event(struct notifier_block* block, unsigned long event, void* data) {
  struct net_device* device = netdev_notifier_info_to_dev(data);
  struct tflab_instance* instance;

  if (event != NETDEV_REGISTER && event != NETDEV_CHANGENAME && event != NETDEV_UNREGISTER)
    return NOTIFY_DONE;
  for (instance = tflab_of(dev_net(device)); instance; instance = tflab_heir_of(instance))
    look_at(instance, device, event == NETDEV_UNREGISTER);
  return NOTIFY_DONE;
}

static struct notifier_block watcher = {.notifier_call = device_event};

int tflab_ports_start(void) {
  return register_netdevice_notifier(&watcher);
}

void tflab_ports_stop(void) {
  unregister_netdevice_notifier(&watcher);
}
