#pragma once
// Standard communities (RFC 1997) and extended communities (RFC 4360): eight octets with a meaning
// by type and subtype. Makers and readers for those the original uses; any other is kept as it is.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "control-core/types/load_balance.h"
#include "control-core/types/rd.h"
#include "vrouter-core/base/addr.h"

namespace tflab {

enum class Community : std::uint32_t {
  accept_own = 0xFFFF0001,
  llgr_stale = 0xFFFF0006,
  no_llgr = 0xFFFF0007,
  no_reoriginate = 0xFFFFF000,
  no_export = 0xFFFFFF01,
  no_advertise = 0xFFFFFF02,
  no_export_subconfed = 0xFFFFFF03
};

// Tunnel encapsulation values (RFC 9012 section 4.1; native is the original's own).
enum class Encap : std::uint16_t {
  unspecified = 0,
  gre = 2,
  vxlan = 8,
  nvgre = 9,
  mpls = 10,
  mpls_o_gre = 11,
  vxlan_gpe = 12,
  udp = 13,
  native = 16
};
std::string_view to_text(Encap encap);                    // gre, mpls-o-gre, udp, native ...
std::optional<Encap> parse_encap(std::string_view text);  // as XMPP and scenarios write it

class ExtCommunity {
public:
  constexpr ExtCommunity() = default;
  constexpr explicit ExtCommunity(std::uint64_t wire) : wire_{wire} {}
  constexpr std::uint64_t wire() const { return wire_; }
  constexpr std::uint8_t type() const { return static_cast<std::uint8_t>(wire_ >> 56); }
  constexpr std::uint8_t subtype() const { return static_cast<std::uint8_t>(wire_ >> 48); }
  friend constexpr auto operator<=>(ExtCommunity, ExtCommunity) = default;

  static ExtCommunity target(RouteTarget rt) { return ExtCommunity{rt.wire()}; }
  static ExtCommunity encapsulation(Encap encap);
  static ExtCommunity origin_vn(Asn as, std::uint32_t vn_index);
  static ExtCommunity mac_mobility(bool sticky, std::uint32_t sequence);
  static ExtCommunity security_group(Asn as, std::uint32_t id);
  static ExtCommunity router_mac(Mac mac);
  static ExtCommunity etree(bool leaf, std::uint32_t label);
  static ExtCommunity load_balance(const LoadBalance& choice);
  static ExtCommunity tag(Asn as, std::uint32_t value);

  std::optional<RouteTarget> as_target() const;
  std::optional<Encap> as_encapsulation() const;
  std::optional<std::uint32_t> as_origin_vn() const;  // the VN index
  std::optional<Asn> origin_vn_as() const;
  struct Mobility {
    bool sticky;
    std::uint32_t sequence;
  };
  std::optional<Mobility> as_mac_mobility() const;
  std::optional<LoadBalance> as_load_balance() const;
  std::optional<std::uint32_t> as_tag() const;

private:
  std::uint64_t wire_{};
};

std::string to_text(Community community);     // no-export, 65000:1
std::string to_text(ExtCommunity community);  // target:64512:1, encapsulation:udp, ...
std::optional<Community> parse_community(std::string_view text);

}  // namespace tflab
