#pragma once
// What a route is about: the key of a table row, family by family. Labels are not part of a key.
// Order within a family is the order in which tables are printed; text is what `route show` prints.

#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "control-core/types/esi.h"
#include "control-core/types/family.h"
#include "control-core/types/rd.h"
#include "vrouter-core/base/addr.h"

namespace tflab {

// inet, inet6, inet-labeled. Text: 10.47.255.252/32
struct InetRoute {
  IpPrefix prefix;
  friend auto operator<=>(const InetRoute&, const InetRoute&) = default;
};

// inet-vpn, inet6-vpn (RFC 4364 section 4.3.4). Text: 172.31.41.236:2:10.47.255.252/32
struct VpnRoute {
  RouteDistinguisher rd;
  IpPrefix prefix;
  friend auto operator<=>(const VpnRoute&, const VpnRoute&) = default;
};

// route-target (RFC 4684 section 4); no target is the default: "send me everything".
// Text: 64512:target:64512:8000001, the default 0:target:0:0; with fewer than all bits of the
// target, their number with the origin's: 64512:target:64512:0/64
struct TargetRoute {
  Asn origin;
  std::optional<RouteTarget> target;
  std::uint8_t target_bits = 64;  // fewer: every target that begins like this one

  void covers(RouteTarget first, unsigned bits);  // sets both, what is beyond the bits zero
  bool admits(RouteTarget candidate) const;
  bool whole() const { return target_bits == 64; }
  friend auto operator<=>(const TargetRoute&, const TargetRoute&) = default;
};

// e-vpn (RFC 7432 section 7, RFC 9136 for type 5). Fields a type does not have stay zero.
// Text: 2-172.31.41.236:1-0-0e:92:cc:bd:aa:08,0.0.0.0   3-172.31.41.236:1-2-172.31.41.236
struct EvpnRoute {
  enum Type : std::uint8_t {
    auto_discovery = 1,
    mac_ip = 2,
    inclusive_multicast = 3,
    ethernet_segment = 4,
    ip_prefix = 5
  };
  std::uint8_t type = mac_ip;
  RouteDistinguisher rd;
  std::uint32_t tag = 0;
  Mac mac;                   // type 2
  std::optional<IpAddr> ip;  // 2: host address if any; 3, 4: originator
  IpPrefix prefix;           // type 5
  Esi esi;                   // 1, 4; on type 2 it is an attribute of the path, not of the key
  friend auto operator<=>(const EvpnRoute&, const EvpnRoute&) = default;
};

// erm-vpn, the original's edge-replicated multicast. Type 0 never leaves the control node.
// Text: 1-172.31.41.236:1-172.31.14.47,255.255.255.255,0.0.0.0 (group before source)
struct ErmvpnRoute {
  enum Type : std::uint8_t { native = 0, local_tree = 1, global_tree = 2 };
  // Declaration order is sort order: source, group, type, RD, router id.
  Ip4 source, group;
  std::uint8_t type = native;
  RouteDistinguisher rd;
  Ip4 router_id;
  friend auto operator<=>(const ErmvpnRoute&, const ErmvpnRoute&) = default;
};

using Nlri = std::variant<InetRoute, VpnRoute, TargetRoute, EvpnRoute, ErmvpnRoute>;

std::string to_text(const Nlri& nlri);
// The text form read back, for queries and tests. inet and inet-vpn only match their family.
std::optional<Nlri> parse_nlri(Family family, std::string_view text);

}  // namespace tflab
