// SPDX-License-Identifier: GPL-2.0
// vrouter.ko: parameters, coming and going.

#include <linux/cpumask.h>
#include <linux/module.h>

#include "netns-lab/kernel/glue.h"

struct tflab_limits tflab_limits = {
    .vifs = 256,
    .vrfs = 64,
    .nexthops = 4096,
    .labels = 5120,
    .routes4 = 16384,
    .routes6 = 16384,
    .macs = 8192,
    .vnis = 4096,
    .member_groups = 1024,
    .flows = 16384,
    .held_flows = 8192,
    .fragments = 1024,
    .held_pieces = 64,
    .mirrors = 16,
};

#define LIMIT(name, text)                                  \
  module_param_named(name, tflab_limits.name, uint, 0444); \
  MODULE_PARM_DESC(name, text)

LIMIT(vifs, "interfaces of a vrouter");
LIMIT(vrfs, "VRFs");
LIMIT(nexthops, "nexthops");
LIMIT(labels, "MPLS labels, from 0");
LIMIT(routes4, "IPv4 routes of all VRFs");
LIMIT(routes6, "IPv6 routes of all VRFs");
LIMIT(macs, "MAC addresses of all VRFs");
LIMIT(vnis, "VNIs");
LIMIT(member_groups, "groups of 15 members of composite nexthops");
LIMIT(flows, "flows; 0: none");
LIMIT(held_flows, "flows the agent has not decided yet");
LIMIT(fragments, "datagrams whose pieces flows must know");
LIMIT(held_pieces, "pieces that came before the first of their datagram, 9 KiB each");
LIMIT(mirrors, "mirrors");

static int __init tflab_init(void) {
  int error;

  if (tflab_core_size(&tflab_limits, nr_cpu_ids) == 0) {
    pr_err("vrouter: a parameter is out of range\n");
    return -EINVAL;
  }
  error = tflab_instances_start();
  if (error) return error;
  error = tflab_ports_start();
  if (error) goto no_ports;
  error = tflab_family_start();
  if (error) goto no_family;
  return 0;

no_family:
  tflab_ports_stop();
no_ports:
  tflab_instances_stop();
  return error;
}

static void __exit tflab_exit(void) {
  tflab_family_stop();
  tflab_ports_stop();
  tflab_instances_stop();
  rcu_barrier();
}

module_init(tflab_init);
module_exit(tflab_exit);
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("tflab: the forwarding core of an overlay vRouter");
