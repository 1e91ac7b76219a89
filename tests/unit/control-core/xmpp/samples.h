#pragma once
// Routes as agents and control nodes exchange them, shared by the tests of this folder.

#include <algorithm>
#include <random>
#include <vector>

#include "control-core/base/text.h"
#include "control-core/xmpp/item.h"
#include "control-core/xmpp/stanza.h"

namespace tflab::xmpp::samples {

inline const std::string instance = "d:p:vn1:vn1";
inline const std::string master = "default-domain:default-project:ip-fabric:__default__";

inline NextHop next_hop(std::uint32_t label = 25) {
  return {.address = *parse_ip("192.0.2.11"),
          .mac = parse_mac("02:00:00:00:00:11"),
          .label = label,
          .encaps = {Encap::gre, Encap::udp},
          .virtual_network = "d:p:vn1"};
}

inline UnicastItem unicast(std::string_view prefix = "10.0.0.3/32") {
  UnicastItem item;
  item.prefix = *parse_prefix(prefix);
  item.next_hops = {next_hop()};
  item.local_preference = 200;
  item.sub_protocol = SubProtocol::interface;
  return item;
}

inline std::vector<SharedItemText> texts_of(const std::vector<Item>& items) {
  ItemTexts pool;
  std::vector<SharedItemText> texts;
  for (const Item& item : items) texts.push_back(write_item(item, pool));
  return texts;
}

inline EvpnItem evpn() {
  EvpnItem item;
  item.mac = *parse_mac("02:aa:00:00:00:03");
  item.address = *parse_prefix("10.0.0.3/32");
  item.next_hops = {{.address = *parse_ip("192.0.2.11"),
                     .mac = {},
                     .label = 33,
                     .encaps = {Encap::gre, Encap::udp},
                     .virtual_network = {}}};
  item.local_preference = 200;
  return item;
}

inline MulticastItem multicast() {
  MulticastItem item;
  item.group = *parse_ip4("255.255.255.255");
  item.next_hop = *parse_ip("192.0.2.11");
  item.label_block = LabelBlock{4096, 6143};
  item.encaps = {Encap::gre, Encap::udp};
  return item;
}

// Any item that either side may send; what the agent's side leaves out is only there on request.
class Any {
public:
  explicit Any(std::uint32_t seed) : random_{seed} {}

  std::uint32_t below(std::uint32_t n) { return static_cast<std::uint32_t>(random_() % n); }
  bool maybe() { return below(2) == 0; }
  std::string name() {
    constexpr std::string_view letters = "abc:-_<>&'\"] \xC3\xA9";
    std::string out = "n";
    for (std::uint32_t n = below(12); n > 0; --n) {
      const std::uint32_t i = below(12);
      out += i == 11 ? std::string{"\xC3\xA9"} : std::string(1, letters[i]);
    }
    return out + "n";
  }
  Ip4 ip4() { return Ip4{1 + below(0xfffffffe)}; }
  IpAddr address(bool v4) {
    if (v4) return ip4();
    Ip6 out;
    for (auto& octet : out.octets) octet = static_cast<std::uint8_t>(below(256));
    out.octets[0] = 0x20;
    return out;
  }
  Mac mac() {
    Mac out;
    for (auto& octet : out.octets) octet = static_cast<std::uint8_t>(below(256));
    out.octets[5] |= 1;
    return out;
  }
  std::vector<Encap> encaps() {
    std::vector<Encap> out;
    for (const Encap e : {Encap::gre, Encap::udp, Encap::vxlan, Encap::native, Encap::mpls})
      if (maybe()) out.push_back(e);
    return out;
  }
  NextHop hop(bool agent) {
    NextHop out;
    out.address = address(maybe());
    if (agent && maybe()) out.mac = mac();
    out.encaps = encaps();
    const bool vni = std::ranges::find(out.encaps, Encap::vxlan) != out.encaps.end();
    out.label = 1 + below(vni ? 0xffffff : 0xfffff);
    if (maybe()) out.virtual_network = name();
    if (maybe()) out.l3_label = 1 + below(vni ? 0xffffff : 0xfffff);
    out.tags = numbers();
    return out;
  }
  std::vector<NextHop> hops(bool agent) {
    std::vector<NextHop> out;
    for (std::uint32_t n = agent ? 1 : 1 + below(4); n > 0; --n) out.push_back(hop(agent));
    return out;
  }
  std::vector<std::uint32_t> numbers() {
    std::vector<std::uint32_t> out;
    for (std::uint32_t n = below(3); n > 0; --n) out.push_back(below(0xffffffff));
    return out;
  }
  UnicastItem unicast(bool agent) {
    UnicastItem out;
    const bool v4 = maybe();
    out.prefix = IpPrefix{address(v4), static_cast<std::uint8_t>(below(v4 ? 33 : 129))};
    out.labeled = v4 && below(4) == 0;
    out.next_hops = hops(agent);
    out.sequence = below(0xffffffff);
    out.security_groups = numbers();
    for (std::uint32_t n = below(3); n > 0; --n) out.community_tags.push_back(name());
    out.local_preference = below(1000);
    out.med = below(1000);
    out.load_balance = {static_cast<std::uint8_t>(1 + below(all_hash_fields)), maybe()};
    if (!agent) {
      out.virtual_network = name();
      out.sticky = maybe();
    } else {
      out.sub_protocol = static_cast<SubProtocol>(below(5));
    }
    return out;
  }
  EvpnItem evpn(bool agent) {
    EvpnItem out;
    out.tag = maybe() ? below(0xffffff) : 0;
    if (below(4) != 0) {
      out.mac = mac();
      out.address = maybe() ? IpPrefix::host(address(maybe())) : IpPrefix::host(Ip4{});
    } else {
      out.address = IpPrefix{address(true), static_cast<std::uint8_t>(below(33))};
    }
    out.next_hops = hops(agent);
    if (!agent && maybe()) out.olist = hops(false);
    if (!agent && maybe()) out.leaf_olist = hops(false);
    if (agent && maybe()) out.replicator = ip4();
    if (agent) out.no_edge_replication = maybe();
    if (agent) out.assisted_replication = maybe();
    if (maybe()) out.virtual_network = name();
    out.sequence = below(0xffffffff);
    out.sticky = maybe();
    out.security_groups = numbers();
    out.local_preference = below(1000);
    out.med = below(1000);
    out.etree_leaf = maybe();
    return out;
  }
  MulticastItem multicast(bool agent) {
    MulticastItem out;
    out.group = ip4();
    out.source = Ip4{below(0xffffffff)};
    if (agent) {
      out.next_hop = address(true);
      out.label_block = LabelBlock{1 + below(1000), 2000 + below(1000)};
      out.encaps = encaps();
    } else {
      out.source_label = below(0xfffff);
      out.olist = hops(false);
      out.id = name();
    }
    return out;
  }
  Item item(bool agent) {
    switch (below(3)) {
      case 0:
        return unicast(agent);
      case 1:
        return evpn(agent);
      default:
        return multicast(agent);
    }
  }

private:
  std::mt19937 random_;
};

}  // namespace tflab::xmpp::samples
