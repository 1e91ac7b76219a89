#pragma once
// Operations and counters as octets, for a wire between who decides and who forwards: the kind (its
// place in Op), then the fields in the order of `fields` below, numbers big-endian. Both ends are
// built from the same source, so there are no versions: a wire checks that its ends belong
// together. What is read may be any octets; whether the values make sense is for apply() to say.

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <type_traits>
#include <utility>
#include <variant>

#include "vrouter-core/base/reader.h"
#include "vrouter-core/base/writer.h"
#include "vrouter-core/ops/counters.h"
#include "vrouter-core/ops/op.h"

namespace tflab::vr {

// More than any operation needs.
inline constexpr std::size_t longest_op = 128;

namespace octets {

template <class C>
void fields(C& c, SetVrf& o) {
  c(o.vrf);
}
template <class C>
void fields(C& c, DeleteVrf& o) {
  c(o.vrf);
}
template <class C>
void fields(C& c, SetVif& o) {
  c(o.vif, o.type, o.flags, o.vrf, o.mtu, o.mac, o.address, o.nexthop, o.parent, o.vlan, o.monitor,
    o.mirror, o.qos);
}
template <class C>
void fields(C& c, DeleteVif& o) {
  c(o.vif);
}
template <class C>
void fields(C& c, SetNexthop& o) {
  c(o.nexthop, o.type, o.flags, o.vrf, o.out, o.dst, o.src, o.sip, o.dip, o.family, o.inner_dst,
    o.hash_fields);
}
template <class C>
void fields(C& c, DeleteNexthop& o) {
  c(o.nexthop);
}
template <class C>
void fields(C& c, SetRoute& o) {
  c(o.vrf, o.prefix, o.nexthop, o.label, o.flags, o.vni, o.mac);
}
template <class C>
void fields(C& c, DeleteRoute& o) {
  c(o.vrf, o.prefix);
}
template <class C>
void fields(C& c, BindLabel& o) {
  c(o.label, o.nexthop);
}
template <class C>
void fields(C& c, UnbindLabel& o) {
  c(o.label);
}
template <class C>
void fields(C& c, SetMember& o) {
  c(o.composite, o.index, o.member, o.number);
}
template <class C>
void fields(C& c, DeleteMember& o) {
  c(o.composite, o.index);
}
template <class C>
void fields(C& c, SetMac& o) {
  c(o.vrf, o.mac, o.nexthop, o.label, o.flags, o.vni);
}
template <class C>
void fields(C& c, DeleteMac& o) {
  c(o.vrf, o.mac);
}
template <class C>
void fields(C& c, BindVni& o) {
  c(o.vni, o.nexthop);
}
template <class C>
void fields(C& c, UnbindVni& o) {
  c(o.vni);
}
template <class C>
void fields(C& c, FlowKey& o) {
  c(o.nexthop, o.src, o.dst, o.protocol, o.src_port, o.dst_port);
}
template <class C>
void fields(C& c, SetFlow& o) {
  c(o.key, o.reverse, o.action, o.flags, o.source, o.vrf, o.ecmp_index, o.qos);
}
template <class C>
void fields(C& c, DeleteFlow& o) {
  c(o.key);
}
template <class C>
void fields(C& c, SetMirror& o) {
  c(o.mirror, o.nexthop, o.number);
}
template <class C>
void fields(C& c, DeleteMirror& o) {
  c(o.mirror);
}

template <class C>
void fields(C& c, SetForwardingClass& o) {
  c(o.id, o.dscp, o.priority, o.exp, o.queue);
}
template <class C>
void fields(C& c, DeleteForwardingClass& o) {
  c(o.id);
}
template <class C>
void fields(C& c, SetQosMap& o) {
  c(o.map);
  for (auto& forwarding_class : o.dscp) c(forwarding_class);
  for (auto& forwarding_class : o.priority) c(forwarding_class);
  for (auto& forwarding_class : o.exp) c(forwarding_class);
}
template <class C>
void fields(C& c, DeleteQosMap& o) {
  c(o.map);
}

template <class C>
void fields(C& c, DropCounters& n) {
  for (auto& reason : n) c(reason);
}
template <class C>
void fields(C& c, VifCounters& n) {
  c(n.rx_packets, n.rx_bytes, n.tx_packets, n.tx_bytes, n.drops);
}
template <class C>
void fields(C& c, FlowCounters& n) {
  c(n.packets, n.octets, n.tcp);
}
template <class C>
void fields(C& c, VrfCounters& n) {
  c(n.discards, n.resolves, n.receives, n.vrf_translates, n.encaps, n.udp_mpls_tunnels,
    n.gre_mpls_tunnels, n.vxlan_tunnels, n.arp_virtual_proxies, n.arp_physical_floods,
    n.arp_virtual_floods, n.arp_virtual_stitches, n.arp_physical_stitches, n.ecmp_composites,
    n.l2_mcast_composites, n.l2_encaps, n.l2_receives, n.unknown_unicast_floods);
}

class Put {
public:
  explicit Put(Writer& out) : out_{out} {}

  template <class... Field>
  void operator()(Field&... field) {
    (put(field), ...);
  }

private:
  template <class Field>
  void put(Field& field) {
    if constexpr (std::is_enum_v<Field>)
      number(static_cast<std::underlying_type_t<Field>>(field));
    else if constexpr (std::is_integral_v<Field>)
      number(field);
    else
      fields(*this, field);
  }
  template <class Number>
  void number(Number n) {
    if constexpr (sizeof(Number) == 1) out_.u8(n);
    if constexpr (sizeof(Number) == 2) out_.be16(n);
    if constexpr (sizeof(Number) == 4) out_.be32(n);
    if constexpr (sizeof(Number) == 8) out_.be64(n);
  }
  template <class Tag, class Rep>
  void put(Id<Tag, Rep>& id) {
    number(id.raw());
  }
  void put(Label& label) { number(label.raw()); }
  void put(Mac& mac) { out_.bytes(std::as_bytes(std::span{mac.octets})); }
  void put(IpAddr& address) {
    number(static_cast<std::uint8_t>(address.version()));
    if (address.is_v4()) return number(address.v4().raw());
    out_.bytes(std::as_bytes(std::span{address.v6().octets}));
  }
  void put(IpPrefix& prefix) {
    IpAddr base = prefix.base();
    put(base);
    number(prefix.length());
  }

  Writer& out_;
};

class Get {
public:
  explicit Get(Reader& in) : in_{in} {}

  template <class... Field>
  void operator()(Field&... field) {
    (get(field), ...);
  }

private:
  template <class Field>
  void get(Field& field) {
    if constexpr (std::is_enum_v<Field>)
      field = static_cast<Field>(number<std::underlying_type_t<Field>>());
    else if constexpr (std::is_integral_v<Field>)
      field = number<Field>();
    else
      fields(*this, field);
  }
  template <class Number>
  Number number() {
    if constexpr (sizeof(Number) == 1) return in_.u8();
    if constexpr (sizeof(Number) == 2) return in_.be16();
    if constexpr (sizeof(Number) == 4) return in_.be32();
    if constexpr (sizeof(Number) == 8) return in_.be64();
  }
  // Of this one nothing else asks whether it is a value of its type.
  void get(NexthopFamily& family) {
    const std::uint8_t n = in_.u8();
    if (n > 1) in_.fail();
    family = static_cast<NexthopFamily>(n);
  }
  template <class Tag, class Rep>
  void get(Id<Tag, Rep>& id) {
    id = Id<Tag, Rep>{number<Rep>()};
  }
  void get(Label& label) {
    const std::uint32_t n = in_.be32();
    if (!Label::fits(n)) in_.fail();
    label = Label{n};
  }
  template <std::size_t n>
  void octets(std::array<std::uint8_t, n>& to) {
    for (std::uint8_t& octet : to) octet = in_.u8();
  }
  void get(Mac& mac) { octets(mac.octets); }
  void get(IpAddr& address) {
    const std::uint8_t version = in_.u8();
    if (version == 4) {
      address = Ip4{in_.be32()};
    } else if (version == 6) {
      Ip6 v6;
      octets(v6.octets);
      address = v6;
    } else {
      in_.fail();
    }
  }
  void get(IpPrefix& prefix) {
    IpAddr base;
    get(base);
    const std::uint8_t length = in_.u8();
    if (length > base.bits()) in_.fail();
    prefix = IpPrefix{base, length};
  }

  Reader& in_;
};

}  // namespace octets

template <class Value>
void write(Writer& out, Value value) {
  octets::Put put{out};
  put(value);
}
// Whether it went well is for the reader to say.
template <class Value>
void read(Reader& in, Value& value) {
  octets::Get get{in};
  get(value);
}

inline void write(Writer& out, const Op& op) {
  out.u8(static_cast<std::uint8_t>(op.index()));
  std::visit([&](const auto& one) { write(out, one); }, op);
}

// Nothing: there is no operation at the reader's place, and the reader has failed.
inline std::optional<Op> read_op(Reader& in) {
  const std::size_t kind = in.u8();
  std::optional<Op> op;
  const auto try_kind = [&]<std::size_t index>() {
    if (index != kind) return;
    std::variant_alternative_t<index, Op> one;
    read(in, one);
    if (in.ok()) op = one;
  };
  [&]<std::size_t... index>(std::index_sequence<index...>) {
    (try_kind.template operator()<index>(), ...);
  }
  (std::make_index_sequence<std::variant_size_v<Op>>{});
  if (!op) in.fail();
  return op;
}

}  // namespace tflab::vr
