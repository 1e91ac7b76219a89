#include "control-core/xmpp/item.h"

#include "control-core/base/text.h"

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
