#pragma once
// Every reason a packet dies, in the order and with the text of the original's `dropstats`
// (vr_pkt_droplog.h). Tests, counters, pages and scenarios ("invalid-source") read this one table.

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace tflab::vr {

enum class Drop : std::uint8_t {
  discard,
  pull,
  invalid_if,
  invalid_arp,
  trap_no_if,
  nowhere_to_go,
  flow_queue_limit_exceeded,
  flow_no_memory,
  flow_invalid_protocol,
  flow_nat_no_rflow,
  flow_action_drop,
  flow_action_invalid,
  flow_unusable,
  flow_table_full,
  interface_tx_discard,
  interface_drop,
  duplicated,
  push,
  ttl_exceeded,
  invalid_nh,
  invalid_label,
  invalid_protocol,
  interface_rx_discard,
  invalid_mcast_source,
  head_alloc_fail,
  pcow_fail,
  mcast_df_bit,
  mcast_clone_fail,
  no_memory,
  rewrite_fail,
  misc,
  invalid_packet,
  cksum_err,
  no_fmd,
  cloned_original,
  invalid_vnid,
  fragments,
  invalid_source,
  l2_no_route,
  fragment_queue_fail,
  vlan_fwd_tx,
  vlan_fwd_enq,
  new_flows,
  flow_evict,
  trap_original,
  leaf_to_leaf,
  bmac_isid_mismatch,
  pkt_loop,
  no_crypt_path,
  invalid_hbs_pkt,
  no_frag_entry,
  icmp_error,
  clone_fail,
  invalid_underlay_ecmp,
};
inline constexpr std::size_t drop_reasons = 54;

struct DropName {
  std::string_view scenario;  // as scenarios and metrics write it
  std::string_view text;      // as `dropstats` prints it
};

// clang-format off
inline constexpr std::array<DropName, drop_reasons> drop_names = {{
    {"discard", "Discards"}, {"pull", "Pull Fails"}, {"invalid-if", "Invalid IF"},
    {"invalid-arp", "Invalid ARP"}, {"trap-no-if", "Trap No IF"},
    {"nowhere-to-go", "Nowhere to go"},
    {"flow-queue-limit-exceeded", "Flow Queue Limit Exceeded"},
    {"flow-no-memory", "Flow No Memory"}, {"flow-invalid-protocol", "Flow Invalid Protocol"},
    {"flow-nat-no-rflow", "Flow NAT no rflow"}, {"flow-action-drop", "Flow Action Drop"},
    {"flow-action-invalid", "Flow Action Invalid"}, {"flow-unusable", "Flow Unusable"},
    {"flow-table-full", "Flow Table Full"}, {"interface-tx-discard", "IF TX Discard"},
    {"interface-drop", "IF Drop"}, {"duplicated", "Duplicate"}, {"push", "Push Fails"},
    {"ttl-exceeded", "TTL Exceeded"}, {"invalid-nh", "Invalid NH"},
    {"invalid-label", "Invalid Label"}, {"invalid-protocol", "Invalid Protocol"},
    {"interface-rx-discard", "IF RX Discard"}, {"invalid-mcast-source", "Invalid Mcast Source"},
    {"head-alloc-fail", "Head Alloc Fails"}, {"pcow-fail", "PCOW fails"},
    {"mcast-df-bit", "Jumbo Mcast Pkt with DF Bit"}, {"mcast-clone-fail", "Mcast Clone Fail"},
    {"no-memory", "Memory Failures"}, {"rewrite-fail", "Rewrite Fail"}, {"misc", "Misc"},
    {"invalid-packet", "Invalid Packets"}, {"cksum-err", "Checksum errors"}, {"no-fmd", "No Fmd"},
    {"cloned-original", "Cloned Original"}, {"invalid-vnid", "Invalid VNID"},
    {"fragments", "Fragment errors"}, {"invalid-source", "Invalid Source"},
    {"l2-no-route", "No L2 Route"}, {"fragment-queue-fail", "Fragment Queueing Failures"},
    {"vlan-fwd-tx", "VLAN fwd intf failed TX"}, {"vlan-fwd-enq", "VLAN fwd intf failed enq"},
    {"new-flows", "New Flow Drops"}, {"flow-evict", "Flow Unusable (Eviction)"},
    {"trap-original", "Original Packet Trapped"}, {"leaf-to-leaf", "Etree Leaf to Leaf"},
    {"bmac-isid-mismatch", "Bmac/ISID Mismatch"}, {"pkt-loop", "Packet Loop"},
    {"no-crypt-path", "No Encrypt Path Failures"},
    {"invalid-hbs-pkt", "Invalid HBS received packet"}, {"no-frag-entry", "No Fragment Entries"},
    {"icmp-error", "ICMP errors"}, {"clone-fail", "Clone Failures"},
    {"invalid-underlay-ecmp", "Invalid underlay ECMP"},
}};
// clang-format on

static_assert(static_cast<std::size_t>(Drop::invalid_underlay_ecmp) + 1 == drop_reasons);

constexpr const DropName& name_of(Drop why) {
  return drop_names[static_cast<std::size_t>(why)];
}

}  // namespace tflab::vr
