#include "control-core/agent/adverts.h"

#include <algorithm>
#include <string>
#include <vector>

#include "control-core/agent/flow_rules.h"
#include "control-core/agent/labels.h"
#include "control-core/agent/networks.h"
#include "control-core/agent/output.h"
#include "control-core/config/names.h"

namespace tflab::agent {
namespace {

const IpPrefix no_address = IpPrefix::host(Ip4{});

// One address behind an interface, or several.
struct Behind {
  Mac mac;
  IpPrefix prefix;
  std::optional<Label> label, bridge_label;
  bool native = false;  // reached without a tunnel, too
  GroupIds groups{};
  Preferences::Standing standing{};
  std::uint8_t hash_fields = all_hash_fields;
};

class Book {
public:
  explicit Book(const config::Vrouter& config)
      : own_{config.address},
        own_mac_{config.mac},
        encaps_{offered_encaps(config)},
        vxlan_{!config.encaps.empty() && config.encaps.front() == Encap::vxlan} {}

  void inet(const Vrf& vrf, const Behind& behind) {
    if (!behind.label) return;
    std::vector<Encap> encaps = encaps_;
    if (behind.native) encaps.push_back(Encap::native);
    put(vrf.id, unicast(vrf, behind, behind.label->raw(), std::move(encaps)));
  }
  // The same address in the underlay: no label, no tunnel.
  void fabric(const Vrf& vrf, const Behind& behind) {
    if (!behind.prefix.base().is_v4()) return;
    const auto item = unicast(vrf, behind, 0, {Encap::native});
    adverts_.try_emplace(AdvertKey{true, fabric_vrf, Family::inet, InetRoute{item.prefix}, vrf.id},
                         item);
  }
  // For those who know the MAC only; whoever has which address, that is nobody else's.
  void mac(const Vrf& vrf, Behind behind, std::uint32_t vni) {
    behind.prefix = no_address;
    behind.standing = {};
    evpn(vrf, behind, vni);
  }
  // For those who ask by address. With the VNI where we like VXLAN best: there is room for one
  // number only.
  void evpn(const Vrf& vrf, const Behind& behind, std::uint32_t vni) {
    if (!behind.bridge_label) return;
    xmpp::EvpnItem item;
    item.mac = behind.mac;
    item.address = behind.prefix;
    item.next_hops = {vxlan_ ? hop(vni, {Encap::vxlan}) : hop(behind.bridge_label->raw(), encaps_)};
    item.virtual_network = vrf.network;
    item.local_preference = behind.standing.preference();
    item.sequence = behind.standing.takings;
    item.security_groups = behind.groups;
    put(vrf.id, item);
  }
  // For the other vrouters of a logical router: EVPN type 5 (RFC 9136 section 4.4.1).
  void prefix(const Vrf& router, const Behind& behind, std::uint32_t vni) {
    xmpp::EvpnItem item;
    item.address = behind.prefix;
    item.next_hops = {hop(vni, {Encap::vxlan})};
    item.next_hops.front().mac = own_mac_;
    item.virtual_network = router.network;
    item.local_preference = behind.standing.preference();
    item.sequence = behind.standing.sequence;
    item.security_groups = behind.groups;
    put(router.id, item);
  }
  void evpn_flood(const Vrf& vrf, std::uint32_t vni) {
    xmpp::EvpnItem item;
    item.tag = vni;
    item.mac = broadcast_mac;
    item.address = no_address;
    item.next_hops = {hop(vni, {Encap::vxlan})};
    item.virtual_network = vrf.network;
    put(vrf.id, item);
  }
  void tree_member(const Vrf& vrf) {
    xmpp::MulticastItem item;
    item.group = Ip4{0xffffffff};
    item.next_hop = own_;
    item.label_block = Labels::multicast_block(0);
    item.encaps = encaps_;
    put(vrf.id, item);
  }
  Adverts take() { return std::move(adverts_); }

private:
  xmpp::NextHop hop(std::uint32_t label, std::vector<Encap> encaps) const {
    xmpp::NextHop hop;
    hop.address = own_;
    hop.label = label;
    hop.encaps = std::move(encaps);
    return hop;
  }
  xmpp::UnicastItem unicast(const Vrf& vrf, const Behind& behind, std::uint32_t label,
                            std::vector<Encap> encaps) const {
    xmpp::UnicastItem item;
    item.prefix = behind.prefix;
    item.next_hops = {hop(label, std::move(encaps))};
    item.next_hops.front().mac = own_mac_;
    item.next_hops.front().virtual_network = vrf.network;
    item.virtual_network = vrf.network;
    item.local_preference = behind.standing.preference();
    item.sequence = behind.standing.sequence;
    item.security_groups = behind.groups;
    item.load_balance.fields = behind.hash_fields;
    item.sub_protocol = SubProtocol::interface;
    return item;
  }

  void put(VrfId vrf, const xmpp::UnicastItem& item) {
    const Family family = item.prefix.base().is_v4() ? Family::inet : Family::inet6;
    adverts_.try_emplace(AdvertKey{false, vrf, family, InetRoute{item.prefix}, {}}, item);
  }
  void put(VrfId vrf, const xmpp::EvpnItem& item) {
    EvpnRoute route;
    route.tag = item.tag;
    route.mac = item.mac;
    if (item.mac.zero()) {
      route.type = EvpnRoute::ip_prefix;
      route.prefix = item.address;
    } else {
      route.ip = item.address.base();
    }
    adverts_.try_emplace(AdvertKey{false, vrf, Family::evpn, route, {}}, item);
  }
  void put(VrfId vrf, const xmpp::MulticastItem& item) {
    ErmvpnRoute route;
    route.group = item.group;
    route.source = item.source;
    adverts_.try_emplace(AdvertKey{false, vrf, Family::ermvpn, route, {}}, item);
  }

  IpAddr own_;
  Mac own_mac_;
  std::vector<Encap> encaps_;
  bool vxlan_;
  Adverts adverts_;
};

// vhost0 is a port of ip-fabric that anybody reaches natively, policy or not.
void host(Book& book, const config::Vrouter& config, const Vrf& vrf, const HostLabels& labels,
          const config::Network& network) {
  const Behind behind{config.mac, IpPrefix::host(config.address), labels.label, labels.bridge_label,
                      true};
  if (layer3(network)) book.inet(vrf, behind);
  if (!layer2(network)) return;
  book.mac(vrf, behind, network.network_id);
  book.evpn(vrf, behind, network.network_id);
}

void machine(Book& book, const config::Vrouter& config, const Vrfs& vrfs,
             const Preferences& preferences, const VmInterface& interface) {
  if (interface.fails) return;
  const config::Port& port = interface.port;
  const GroupIds groups = ids_of(config.fabric, port.security_groups);
  const std::uint8_t own_fields = port.hash_fields;
  const auto address = [&](const std::string& name, const IpPrefix& prefix, bool own, bool leads,
                           const Preferences::Standing& standing) {
    const config::Network* network = find_network(config.fabric, name);
    const Vrf* vrf = vrfs.of_network(name);
    if (network == nullptr || vrf == nullptr) return;
    const bool native = fabric_forwarded(*network);
    const Behind behind{.mac = port.mac,
                        .prefix = prefix,
                        .label = interface.label,
                        .bridge_label = interface.bridge_label,
                        .native = native,
                        .groups = groups,
                        .standing = standing,
                        .hash_fields = own_fields != 0 ? own_fields : network->hash_fields};
    if (layer2(*network) && own) book.mac(*vrf, behind, network->network_id);
    if (!leads) return;
    if (layer3(*network)) book.inet(*vrf, behind);
    if (layer3(*network) && native) book.fabric(*vrf, behind);
    if (layer2(*network) && own && prefix == IpPrefix::host(prefix.base()))
      book.evpn(*vrf, behind, network->network_id);
    const config::Network* inside = router_of(config.fabric, name);
    const Vrf* router = inside != nullptr ? vrfs.of_network(inside->name) : nullptr;
    if (layer3(*network) && own && router != nullptr)
      book.prefix(*router, behind, inside->network_id);
  };
  for (const HeldAddress& each : held_addresses(port)) {
    const Holding holding{interface.vif.vrf, each.prefix, port.name};
    address(port.network, each.prefix, true, preferences.leads(holding),
            preferences.standing(holding));
  }
  for (const IpPrefix& shared : port.shared_addresses)
    address(port.network, shared, true, true, {});
  for (const config::FloatingIp& floating : port.floating_ips) {
    address(floating.network, IpPrefix::host(floating.address), false, true, {});
  }
}

bool has_port(const config::Vrouter& config, const std::string& network) {
  return network == config::ip_fabric ||
         std::ranges::find(config.ports, network, &config::Port::network) != config.ports.end();
}

void floods(Book& book, const config::Vrouter& config, const Vrf& vrf) {
  const config::Network* network = find_network(config.fabric, vrf.network);
  if (network == nullptr || !network->routes_between.empty()) return;
  book.tree_member(vrf);
  if (layer2(*network) && has_port(config, vrf.network)) {
    book.evpn_flood(vrf, network->network_id);
  }
}

}  // namespace

Adverts adverts_of(const config::Vrouter& config, const Vrfs& vrfs, const VmInterfaces& interfaces,
                   const Preferences& preferences, const HostLabels& labels) {
  Book book{config};
  const config::Network* fabric = find_network(config.fabric, config::ip_fabric);
  const Vrf* vrf = vrfs.of_network(config::ip_fabric);
  if (fabric != nullptr && vrf != nullptr) host(book, config, *vrf, labels, *fabric);
  for (const config::Port& port : config.ports)
    if (const VmInterface* interface = interfaces.find(port.name))
      machine(book, config, vrfs, preferences, *interface);
  for (const auto& [id, each] : vrfs.all()) floods(book, config, each);
  return book.take();
}

xmpp::Item for_control_node(const xmpp::Item& item, std::size_t slot) {
  const auto* multicast = std::get_if<xmpp::MulticastItem>(&item);
  if (multicast == nullptr) return item;
  xmpp::MulticastItem theirs = *multicast;
  theirs.label_block = Labels::multicast_block(slot);
  return theirs;
}

}  // namespace tflab::agent
