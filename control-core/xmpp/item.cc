#include "control-core/xmpp/item.h"

#include <span>

#include "control-core/base/digest.h"
#include "control-core/base/text.h"
#include "vrouter-core/base/hash.h"

namespace tflab::xmpp {
namespace {

template <class... F>
struct Overload : F... {
  using F::operator()...;
};
template <class... F>
Overload(F...) -> Overload<F...>;

std::string host_of(const EvpnItem& item) {
  return to_text(item.mac) + ',' + to_text(item.address);
}

std::uint64_t hash_of(const IpAddr& address) {
  std::uint64_t hash = address.v4().raw();
  if (!address.is_v4())
    for (unsigned i = 0; i < 16; ++i) hash = mixed(hash, address.octet(i));
  return hash;
}

std::optional<Item> evpn_named(std::string_view id) {
  EvpnItem item;
  if (const auto dash = id.find('-'); dash != id.npos) {
    const auto tag = parse_u32(id.substr(0, dash));
    if (!tag) return {};
    item.tag = *tag;
    id.remove_prefix(dash + 1);
  }
  const auto comma = id.find(',');
  if (comma == id.npos) return {};
  const auto mac = parse_mac(id.substr(0, comma));
  const auto address = parse_prefix(id.substr(comma + 1));
  if (!mac || !address) return {};
  item.mac = *mac;
  item.address = *address;
  return item;
}

std::string family_text(Family family) {
  const FamilyRow& row = row_of(family);
  return std::to_string(row.afi) + '/' + std::to_string(row.xmpp_safi);
}

}  // namespace

Family family_of(const Item& item) {
  return std::visit(Overload{[](const UnicastItem& unicast) {
                               if (unicast.labeled) return Family::inet_labeled;
                               return unicast.prefix.base().is_v4() ? Family::inet : Family::inet6;
                             },
                             [](const EvpnItem&) { return Family::evpn; },
                             [](const MulticastItem&) { return Family::ermvpn; }},
                    item);
}

std::string id_of(const Item& item) {
  return std::visit(Overload{[](const UnicastItem& unicast) { return to_text(unicast.prefix); },
                             [](const EvpnItem& evpn) {
                               return (evpn.tag != 0 ? std::to_string(evpn.tag) + '-' : "") +
                                      host_of(evpn);
                             },
                             [](const MulticastItem& multicast) { return multicast.id; }},
                    item);
}

std::optional<Item> item_named(Family family, std::string_view id) {
  if (family == Family::evpn) return evpn_named(id);
  if (family == Family::ermvpn) {
    MulticastItem item;
    item.id = id;
    return item;
  }
  const auto prefix = parse_prefix(id);
  if (!prefix) return {};
  UnicastItem item;
  item.prefix = *prefix;
  item.labeled = family == Family::inet_labeled;
  return item;
}

// What tells items apart; those of many networks may differ in their network alone.
std::size_t hash_of(const Item& item) {
  const auto of = [](std::uint64_t seed, const std::vector<NextHop>& hops) {
    for (const NextHop& hop : hops) seed = mixed(seed, hash_of(hop.address) ^ hop.label);
    return seed;
  };
  const auto text = [](std::string_view name) { return digest_of(std::as_bytes(std::span{name})); };
  return std::visit(
      Overload{[&](const UnicastItem& unicast) {
                 return mixed(of(hash_of(unicast.prefix.base()), unicast.next_hops),
                              text(unicast.virtual_network));
               },
               [&](const EvpnItem& evpn) {
                 std::uint64_t hash = mixed(hash_of(evpn.address.base()), evpn.tag);
                 for (const std::uint8_t octet : evpn.mac.octets) hash = mixed(hash, octet);
                 return mixed(of(of(of(hash, evpn.next_hops), evpn.olist), evpn.leaf_olist),
                              text(evpn.virtual_network));
               },
               [&](const MulticastItem& multicast) {
                 return mixed(of(multicast.source_label, multicast.olist), text(multicast.id));
               }},
      item);
}

std::string node_id(const Item& item, std::string_view instance,
                    std::optional<std::uint32_t> native_vrf) {
  std::string id = family_text(family_of(item)) + '/';
  std::visit(Overload{[&](const UnicastItem& unicast) {
                        id.append(instance) += '/' + to_text(unicast.prefix);
                        if (native_vrf) id += '/' + std::to_string(*native_vrf);
                      },
                      [&](const EvpnItem& evpn) { id += host_of(evpn); },
                      [&](const MulticastItem& multicast) {
                        id.append(instance) += '/' + to_text(multicast.group);
                      }},
             item);
  return id;
}

}  // namespace tflab::xmpp
