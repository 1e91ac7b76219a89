// SPDX-License-Identifier: GPL-2.0
// The generic netlink family: commands, dumps, traps (protocol.h).

#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>
#include <net/genetlink.h>
#include <net/sock.h>

#include "netns-lab/kernel/glue.h"
#include "netns-lab/kernel/protocol.h"

static struct genl_family family;

static const struct nla_policy policy[TFLAB_ATTRIBUTES] = {
    [TFLAB_VIF] = {.type = NLA_U16},
    [TFLAB_DEVICE] = {.type = NLA_NUL_STRING, .len = IFNAMSIZ - 1},
    [TFLAB_FRAME] = {.type = NLA_BINARY},
    [TFLAB_OPS] = {.type = NLA_BINARY, .len = TFLAB_MOST_OPS},
    [TFLAB_AHEAD] = {.type = NLA_S64},
};

/* Whom commands are for: who is to take over, or is alone. */
static struct tflab_instance* last_of(struct net* net) {
  struct tflab_instance* instance = tflab_of(net);

  return tflab_heir_of(instance) ?: instance;
}

/* The vrouter, if this socket owns it. */
static struct tflab_instance* owned(struct net* net, u32 port, struct netlink_ext_ack* extack) {
  struct tflab_instance* instance = last_of(net);

  if (!instance) {
    NL_SET_ERR_MSG(extack, "there is no vrouter in this namespace");
    return ERR_PTR(-ENODEV);
  }
  if (READ_ONCE(instance->owner) != port) {
    NL_SET_ERR_MSG(extack, "another socket owns the vrouter of this namespace");
    return ERR_PTR(-EPERM);
  }
  return instance;
}

static struct tflab_instance* owner_of(struct genl_info* info) {
  return owned(genl_info_net(info), info->snd_portid, info->extack);
}

static int open_one(struct sk_buff* skb, struct genl_info* info) {
  struct net* net = genl_info_net(info);
  struct tflab_instance* before = last_of(net);

  if (before && READ_ONCE(before->owner) != 0) {
    GENL_SET_ERR_MSG(info, "the vrouter of this namespace has an owner");
    return -EBUSY;
  }
  return tflab_open(net, info->snd_portid);
}

static int take_over(struct sk_buff* skb, struct genl_info* info) {
  struct tflab_instance* instance = owner_of(info);

  if (IS_ERR(instance)) return PTR_ERR(instance);
  tflab_take_over(genl_info_net(info));
  return 0;
}

static int listen(struct sk_buff* skb, struct genl_info* info) {
  struct tflab_instance* instance = tflab_of(genl_info_net(info));

  if (!instance) return -ENODEV;
  for (; instance; instance = tflab_heir_of(instance))
    WRITE_ONCE(instance->listener, info->snd_portid);
  return 0;
}

static int close_one(struct sk_buff* skb, struct genl_info* info) {
  struct tflab_instance* instance = owner_of(info);

  if (IS_ERR(instance)) return PTR_ERR(instance);
  tflab_close(genl_info_net(info));
  return 0;
}

static int apply(struct sk_buff* skb, struct genl_info* info) {
  struct tflab_instance* instance = owner_of(info);
  const u8* ops;
  u8* results;
  void* header;
  int size, count;

  if (IS_ERR(instance)) return PTR_ERR(instance);
  if (GENL_REQ_ATTR_CHECK(info, TFLAB_OPS)) return -EINVAL;
  ops = nla_data(info->attrs[TFLAB_OPS]);
  size = nla_len(info->attrs[TFLAB_OPS]);
  count = tflab_core_count(ops, size);
  if (count < 0) {
    GENL_SET_ERR_MSG(info, "not operations; none was applied");
    return -EINVAL;
  }
  skb = genlmsg_new(nla_total_size(count), GFP_KERNEL);
  if (!skb) return -ENOMEM;
  header = genlmsg_put_reply(skb, info, &family, 0, TFLAB_APPLY);
  results = nla_data(nla_reserve(skb, TFLAB_RESULTS, count));
  tflab_apply(instance, ops, size, results);
  genlmsg_end(skb, header);
  return genlmsg_reply(skb, info);
}

static int attach(struct sk_buff* skb, struct genl_info* info) {
  struct tflab_instance* instance = owner_of(info);
  int error;

  if (IS_ERR(instance)) return PTR_ERR(instance);
  if (GENL_REQ_ATTR_CHECK(info, TFLAB_VIF) || GENL_REQ_ATTR_CHECK(info, TFLAB_DEVICE))
    return -EINVAL;
  rtnl_lock();
  error = tflab_attach(instance, nla_get_u16(info->attrs[TFLAB_VIF]),
                       nla_data(info->attrs[TFLAB_DEVICE]));
  rtnl_unlock();
  return error;
}

static int detach(struct sk_buff* skb, struct genl_info* info) {
  struct tflab_instance* instance = owner_of(info);

  if (IS_ERR(instance)) return PTR_ERR(instance);
  if (GENL_REQ_ATTR_CHECK(info, TFLAB_VIF)) return -EINVAL;
  rtnl_lock();
  tflab_detach(instance, nla_get_u16(info->attrs[TFLAB_VIF]));
  rtnl_unlock();
  return 0;
}

static int inject(struct sk_buff* skb, struct genl_info* info) {
  struct tflab_instance* instance = owner_of(info);
  const struct nlattr* frame = info->attrs[TFLAB_FRAME];

  if (IS_ERR(instance)) return PTR_ERR(instance);
  if (GENL_REQ_ATTR_CHECK(info, TFLAB_VIF) || GENL_REQ_ATTR_CHECK(info, TFLAB_FRAME))
    return -EINVAL;
  tflab_inject(instance, nla_get_u16(info->attrs[TFLAB_VIF]), nla_data(frame), nla_len(frame));
  return 0;
}

static int receive(struct sk_buff* skb, struct genl_info* info) {
  struct tflab_instance* instance = owner_of(info);
  const struct nlattr* frame = info->attrs[TFLAB_FRAME];
  u8* buffer;

  if (IS_ERR(instance)) return PTR_ERR(instance);
  if (GENL_REQ_ATTR_CHECK(info, TFLAB_VIF) || GENL_REQ_ATTR_CHECK(info, TFLAB_FRAME))
    return -EINVAL;
  buffer = kmalloc(TFLAB_HEADROOM + nla_len(frame), GFP_KERNEL);
  if (!buffer) return -ENOMEM;
  memcpy(buffer + TFLAB_HEADROOM, nla_data(frame), nla_len(frame));
  tflab_frame(instance, nla_get_u16(info->attrs[TFLAB_VIF]), buffer,
              TFLAB_HEADROOM + nla_len(frame));
  kfree(buffer);
  return 0;
}

/* Dumps: attributes made at once and sent message by message. Counters and flows go on meanwhile.
 */

struct dump {
  size_t size, sent;
  u8 octets[];
};

static struct dump* new_dump(size_t room) {
  struct dump* dump = tflab_zeroed(sizeof(*dump) + room);

  return dump;
}

static struct tflab_instance* dumped(struct netlink_callback* cb) {
  return owned(sock_net(cb->skb->sk), NETLINK_CB(cb->skb).portid, cb->extack);
}

static int start_dump(struct netlink_callback* cb) {
  struct tflab_instance* instance = dumped(cb);
  const size_t host = nla_total_size(3 * sizeof(u64));
  struct dump* dump = NULL;
  size_t room = 0, needed;

  if (IS_ERR(instance)) return PTR_ERR(instance);
  /* Flows may grow in number between measuring and writing. */
  for (;;) {
    needed = tflab_core_dump(instance->core, dump ? dump->octets : NULL, room);
    if (dump && needed <= room) break;
    vfree(dump);
    room = needed + needed / 8;
    dump = new_dump(room + host);
    if (!dump) return -ENOMEM;
  }
  {
    struct nlattr* attribute = (struct nlattr*)(dump->octets + needed);
    const u64 counters[3] = {atomic64_read(&instance->unsent), atomic64_read(&instance->no_memory),
                             atomic64_read(&instance->unheard)};

    attribute->nla_type = TFLAB_HOST;
    attribute->nla_len = nla_attr_size(sizeof(counters));
    memcpy(nla_data(attribute), counters, sizeof(counters));
  }
  dump->size = needed + host;
  cb->args[0] = (long)dump;
  return 0;
}

static int start_sweep(struct netlink_callback* cb) {
  struct tflab_instance* instance = dumped(cb);
  const struct nlattr* ahead = genl_dumpit_info(cb)->attrs[TFLAB_AHEAD];
  const size_t room = TFLAB_SWEEP_ROOM(tflab_limits.flows);
  struct dump* dump;

  if (IS_ERR(instance)) return PTR_ERR(instance);
  dump = new_dump(room);
  if (!dump) return -ENOMEM;
  if (ahead) WRITE_ONCE(instance->ahead, nla_get_s64(ahead));
  dump->size = tflab_sweep(instance, dump->octets, room);
  cb->args[0] = (long)dump;
  return 0;
}

/* As many whole attributes as this message holds. */
static int send_dump(struct sk_buff* skb, struct netlink_callback* cb) {
  struct dump* dump = (struct dump*)cb->args[0];
  void* header;

  if (dump->sent == dump->size) return 0;
  header = genlmsg_put(skb, NETLINK_CB(cb->skb).portid, cb->nlh->nlmsg_seq, &family, NLM_F_MULTI,
                       genl_dumpit_info(cb)->op.cmd);
  if (!header) return -EMSGSIZE;
  while (dump->sent < dump->size) {
    const struct nlattr* next = (struct nlattr*)(dump->octets + dump->sent);
    const size_t size = NLA_ALIGN(next->nla_len);

    if (skb_tailroom(skb) < size) break;
    skb_put_data(skb, next, size);
    dump->sent += size;
  }
  genlmsg_end(skb, header);
  return skb->len;
}

static int end_dump(struct netlink_callback* cb) {
  vfree((void*)cb->args[0]);
  return 0;
}

struct sk_buff* tflab_trap_message(u16 why, u16 vif, u16 vrf, const u8* frame, size_t size) {
  struct sk_buff* skb;
  void* header;

  if (size > U16_MAX - NLA_HDRLEN) return NULL;
  skb = genlmsg_new(3 * nla_total_size(sizeof(u16)) + nla_total_size(size), GFP_ATOMIC);
  if (!skb) return NULL;
  header = genlmsg_put(skb, 0, 0, &family, 0, TFLAB_TRAP);
  if (!header || nla_put_u16(skb, TFLAB_WHY, why) || nla_put_u16(skb, TFLAB_VIF, vif) ||
      nla_put_u16(skb, TFLAB_VRF, vrf) || nla_put(skb, TFLAB_FRAME, size, frame)) {
    kfree_skb(skb);
    return NULL;
  }
  genlmsg_end(skb, header);
  return skb;
}

#define PRIVILEGED GENL_UNS_ADMIN_PERM

static const struct genl_ops commands[] = {
    {.cmd = TFLAB_OPEN, .doit = open_one, .flags = PRIVILEGED},
    {.cmd = TFLAB_LISTEN, .doit = listen, .flags = PRIVILEGED},
    {.cmd = TFLAB_TAKE_OVER, .doit = take_over},
    {.cmd = TFLAB_CLOSE, .doit = close_one},
    {.cmd = TFLAB_APPLY, .doit = apply},
    {.cmd = TFLAB_ATTACH, .doit = attach},
    {.cmd = TFLAB_DETACH, .doit = detach},
    {.cmd = TFLAB_INJECT, .doit = inject},
    {.cmd = TFLAB_RECEIVE, .doit = receive},
    {.cmd = TFLAB_SWEEP, .start = start_sweep, .dumpit = send_dump, .done = end_dump},
    {.cmd = TFLAB_DUMP, .start = start_dump, .dumpit = send_dump, .done = end_dump},
};

static struct genl_family family __ro_after_init = {
    .name = TFLAB_FAMILY,
    .version = TFLAB_FAMILY_VERSION,
    .maxattr = TFLAB_ATTRIBUTES - 1,
    .policy = policy,
    .netnsok = true,
    .ops = commands,
    .n_ops = ARRAY_SIZE(commands),
    .module = THIS_MODULE,
};

/* A socket has gone: forwarding goes on, and who comes next may take over. */
static int socket_event(struct notifier_block* block, unsigned long event, void* data) {
  const struct netlink_notify* notify = data;
  struct tflab_instance* instance;

  if (event != NETLINK_URELEASE || notify->protocol != NETLINK_GENERIC || !notify->portid)
    return NOTIFY_DONE;
  rcu_read_lock();
  for (instance = tflab_of(notify->net); instance; instance = tflab_heir_of(instance)) {
    cmpxchg(&instance->owner, notify->portid, 0);
    cmpxchg(&instance->listener, notify->portid, 0);
  }
  rcu_read_unlock();
  return NOTIFY_DONE;
}

static struct notifier_block watcher = {.notifier_call = socket_event};

int tflab_family_start(void) {
  int error = netlink_register_notifier(&watcher);

  if (error) return error;
  error = genl_register_family(&family);
  if (error) netlink_unregister_notifier(&watcher);
  return error;
}

void tflab_family_stop(void) {
  genl_unregister_family(&family);
  netlink_unregister_notifier(&watcher);
}

MODULE_ALIAS_GENL_FAMILY(TFLAB_FAMILY);
