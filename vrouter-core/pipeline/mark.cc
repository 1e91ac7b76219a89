#include "vrouter-core/pipeline/mark.h"

#include "vrouter-core/base/checksum.h"
#include "vrouter-core/wire/header_layout.h"

namespace tflab::vr {

namespace {

constexpr unsigned dscp_shift = 2, priority_shift = 13, exp_shift = 9;

// The first 16 bits of both IP headers hold the version and all eight bits of DSCP and ECN; in
// IPv6, four bits further up (RFC 2474 section 3).
unsigned dscp_place(bool v4) {
  return v4 ? dscp_shift : dscp_shift + 4;
}
std::uint8_t dscp_of(const std::byte* ip, bool v4) {
  return static_cast<std::uint8_t>(load16(ip) >> dscp_place(v4) & (dscp_codes - 1));
}
// ECN stays: it belongs to the ends (RFC 3168 section 5).
void set_dscp(std::byte* ip, bool v4, std::uint8_t dscp) {
  constexpr unsigned all = dscp_codes - 1;
  const std::uint16_t was = load16(ip);
  const auto becomes =
      static_cast<std::uint16_t>((was & ~(all << dscp_place(v4))) | dscp << dscp_place(v4));
  store(ip, becomes);
  if (v4) store(ip + 10, checksum_after(load16(ip + 10), was, becomes));
}

// The IP header behind the Ethernet header at the head, if there is a whole one.
std::byte* outermost_ip(std::span<std::byte> frame, bool& v4) {
  if (frame.size() < wire::Ethernet::size) return nullptr;
  const auto type = static_cast<wire::EtherType>(load16(frame.data() + wire::Ethernet::size - 2));
  v4 = type == wire::EtherType::ipv4;
  if (!v4 && type != wire::EtherType::ipv6) return nullptr;
  const std::size_t header = v4 ? wire::Ipv4::size : std::size_t{40};
  return frame.size() >= wire::Ethernet::size + header ? frame.data() + wire::Ethernet::size
                                                       : nullptr;
}

const SetForwardingClass* class_of(const Packet& p, const Tables& t, const std::byte* outer,
                                   bool outer_v4) {
  const Meta& meta = p.meta;
  const QosMapRow* named = t.qos_map(meta.qos);
  if (named == nullptr) return nullptr;
  const SetQosMap& map = named->set;
  std::uint8_t id = 0;
  if (meta.ip != nullptr) {
    id = map.dscp[dscp_of(meta.ip, meta.v4)];
  } else if (meta.priority != Meta::untagged) {
    id = map.priority[meta.priority];
  } else if (outer != nullptr && meta.nexthop == NexthopId{}) {
    id = map.dscp[dscp_of(outer, outer_v4)];  // passed on as it came
  } else {
    return nullptr;
  }
  const ForwardingClassRow& row = t.classes[id];
  return row.present ? &row.set : nullptr;
}

// Where a label stands that was just pushed, from the head; 0: none was.
std::size_t label_place(const Packet& p, const Tables& t) {
  const Forward& row = t.forward[p.meta.nexthop.raw()];
  if (row.type != NexthopType::tunnel) return 0;
  if ((row.flags & nh_tunnel_udp_mpls) != 0) return wire::MplsOverUdp::label;
  return (row.flags & nh_tunnel_gre) != 0 ? wire::MplsOverGre::label : 0;
}

}  // namespace

void Unmarked::put_back() const {
  if (ip == nullptr) return;
  store(ip, first);
  if (v4) store(ip + 10, sum);
}

Unmarked mark(Packet& p, const Tables& t) {
  const VifType to = t.vifs[p.meta.out.raw()].set.type;
  if (to != VifType::physical && to != VifType::host) return {};
  bool v4 = false;
  std::byte* ip = outermost_ip(p.bytes(), v4);
  const SetForwardingClass* of = class_of(p, t, ip, v4);
  if (of == nullptr) return {};
  Unmarked unmarked;
  if (ip != nullptr) {
    unmarked = {ip, v4, load16(ip), load16(ip + 10)};
    set_dscp(ip, v4, of->dscp);
  }
  if (const std::size_t label = label_place(p, t); label != 0) {
    std::byte* const entry = p.bytes().data() + label;
    store(entry, (load32(entry) & ~(7u << exp_shift)) | std::uint32_t{of->exp} << exp_shift);
  }
  return unmarked;
}

bool tag(Packet& p, const Tables& t, const SetVif& sub_interface) {
  const VifRow* parent = t.vif(sub_interface.parent);
  if (parent == nullptr || parent->set.type == VifType::virtual_vlan) return false;
  constexpr std::size_t tag_size = wire::Ethernet::tag_size;
  if (p.size() < wire::Ethernet::size || p.push(tag_size).empty()) return false;
  std::byte* const frame = p.bytes().data();
  constexpr std::size_t macs = wire::Ethernet::size - 2;
  __builtin_memmove(frame, frame + tag_size, macs);
  store(frame + macs, static_cast<std::uint16_t>(wire::EtherType::vlan));
  const SetForwardingClass* of = p.meta.qos != 0 ? class_of(p, t, nullptr, false) : nullptr;
  const unsigned priority = of != nullptr ? of->priority : 0u;
  store(frame + macs + 2,
        static_cast<std::uint16_t>(priority << priority_shift | sub_interface.vlan));
  p.meta.out = sub_interface.parent;
  return true;
}

}  // namespace tflab::vr
