// physical-routers: what a router of the underlay holds besides its BGP sessions.

#include <algorithm>

#include "control-core/base/text.h"
#include "scenarios/mac.h"
#include "scenarios/read_nodes.h"

namespace tflab::scenario {
namespace {

constexpr Key router_keys[] = {
    {"vrfs"},        {"virtual-networks"},       {"implementation"},
    {"bgp-router"},  {"loopback", Key::refused}, {"tunnels", Key::refused},
    {"table-limits"}};
constexpr Choice<RouterMake> makes[] = {{"asic-model", RouterMake::asic_model},
                                        {"gobgp", RouterMake::gobgp},
                                        {"linux", RouterMake::linux_kernel}};
constexpr std::string_view makes_refused[] = {"frr", "bird", "exabgp", "external"};

constexpr Key vrf_keys[] = {{"route-distinguisher", Key::required},
                            {"import-route-targets"},
                            {"export-route-targets"},
                            {"label-mode"},
                            {"vxlan-network-identifier"},
                            {"prefixes"},
                            {"prefix-pool"},
                            {"prefix-length"},
                            {"prefix-count"}};
constexpr std::uint64_t most_prefixes = 2'000'000;
constexpr Choice<int> label_modes[] = {{"per-vrf", 0}};
constexpr std::string_view label_modes_refused[] = {"per-prefix", "per-nexthop"};

std::optional<RouteDistinguisher> distinguisher(const Node& node) {
  const auto word = node.text();
  if (!word) return {};
  const auto rd = parse_rd(*word);
  if (rd && !rd->zero()) return rd;
  node.fault(in_quotes(*word) +
             " is not a route distinguisher such as \"64512:1\" or \"192.0.2.1:1\"");
  return {};
}

// What a VRF announces is an address family that its sessions carry.
std::optional<IpPrefix> announced(const Node& node) {
  const auto prefix = node.prefix();
  if (prefix && !prefix->base().is_v4()) {
    node.fault("IPv6 prefixes of a router are " + std::string{not_supported});
    return {};
  }
  return prefix;
}

// A table as large as the Internet's is not written out: so many prefixes of one length, the lowest
// of a pool.
void read_pool(const Node& node, config::Vrf& vrf) {
  const auto pool = node.at("prefix-pool"), count = node.at("prefix-count");
  for (const std::string_view key : {"prefix-length", "prefix-count"})
    if (const auto at = node.at(key); at && !pool)
      return at->key_fault(in_quotes(key) + " needs \"prefix-pool\"");
  if (!pool) return;
  if (!count) return pool->key_fault("\"prefix-pool\" needs \"prefix-count\"");
  std::uint8_t length = 24;
  take(node, "prefix-length", length, integer<8, 32>);
  const auto prefix = pool->prefix();
  const auto wanted = count->integer(1, most_prefixes);
  if (!prefix || !wanted) return;
  const bool holds_any = prefix->base().is_v4() && prefix->length() <= length;
  const std::uint64_t room = holds_any ? 1ull << (length - prefix->length()) : 0;
  if (*wanted > room)
    return pool->fault("holds " + std::to_string(room) + " IPv4 prefixes of " +
                       std::to_string(length) + " bits, not " + std::to_string(*wanted));
  for (const IpPrefix& other : vrf.prefixes)
    if (other.length() == length && prefix->covers(other.base()))
      return pool->fault("has " + to_text(other) + ", which is among \"prefixes\" too");
  const std::uint64_t first = prefix->base().v4().raw(), step = 1ull << (32 - length);
  for (std::uint64_t i = 0; i < *wanted; ++i)
    vrf.prefixes.push_back({Ip4{static_cast<std::uint32_t>(first + i * step)}, length});
}

bool speaks_evpn(const BgpRouter& router) {
  const auto among = [](const std::vector<Family>& families) {
    return std::ranges::find(families, Family::evpn) != families.end();
  };
  return among(router.families) || std::ranges::any_of(router.peers, [&](const auto& peer) {
           return among(peer.second.families);
         });
}

// With a VNI the VRF speaks VXLAN: its prefixes, and those it takes in, are EVPN routes.
void read_vni(const Node& node, const std::string& router_name, const BgpRouter& router,
              const PhysicalRouter& into, config::Vrf& vrf) {
  const auto vni = node.integer(1, 0xffffff);
  if (!vni) return;
  vrf.vni = static_cast<std::uint32_t>(*vni);
  vrf.mac = derived_mac(router_name);
  if (into.make == RouterMake::gobgp)
    node.key_fault("VXLAN of a router that is gobgp is " + std::string{not_supported});
  if (!speaks_evpn(router))
    node.key_fault(
        "a VRF with a VNI needs \"e-vpn\" among the \"address-families\" of bgp-router " +
        in_quotes(router_name));
  for (const config::Vrf& other : into.vrfs)
    if (other.vni == vrf.vni)
      node.fault("VNI " + std::to_string(vrf.vni) + " is taken by " + in_quotes(other.name));
}

void read_vrf(const Node& node, const std::string& router_name, const BgpRouter& router,
              PhysicalRouter& into) {
  config::Vrf vrf = next_vrf(into, router);
  vrf.name = node.name();
  if (!good_name(vrf.name, 100))
    node.key_fault("name " + in_quotes(vrf.name) + " must be letters, digits, _ . - only");
  if (!node.object(vrf_keys)) return;
  take(node, "route-distinguisher", vrf.rd, distinguisher);
  for (const auto& [key, list] : {std::pair{"import-route-targets", &vrf.import_targets},
                                  std::pair{"export-route-targets", &vrf.export_targets}})
    if (const auto at = node.at(key)) read_list(*at, "a list of targets", *list, &Node::target);
  if (const auto mode = node.at("label-mode")) mode->one_of<int>(label_modes, label_modes_refused);
  if (const auto vni = node.at("vxlan-network-identifier"))
    read_vni(*vni, router_name, router, into, vrf);
  if (const auto list = node.at("prefixes"))
    read_list(*list, "a list of prefixes", vrf.prefixes, announced);
  read_pool(node, vrf);
  for (const config::Vrf& other : into.vrfs)
    if (other.rd == vrf.rd && !vrf.rd.zero())
      node.at("route-distinguisher")
          ->fault("is that of " + in_quotes(other.name) + " too; give each VRF its own");
  into.vrfs.push_back(std::move(vrf));
}

// A table that is too small for what the file itself says needs no run to be found.
void read_limit(const Node& limits, std::string_view key, std::uint32_t& limit, std::size_t needed,
                std::string_view what) {
  take(limits, key, limit, integer<1, 0xffffffff>);
  if (limit != 0 && needed > limit)
    limits.at(key)->fault(std::to_string(limit) + " is less than the router's " +
                          std::to_string(needed) + ' ' + std::string{what} +
                          "; raise it, or take some of them out");
}

// After VRFs and networks. What others tell the router is counted in the run (hardware.h).
void read_limits(const Node& node, PhysicalRouter& into) {
  constexpr Key limit_keys[] = {{"routes"}, {"vrfs"}, {"tunnels"}};
  if (into.make == RouterMake::linux_kernel)
    node.key_fault(
        "Linux forwards for this router, and its tables have no such limits; take "
        "\"table-limits\" out, or make the router an \"asic-model\"");
  if (!node.object(limit_keys)) return;
  std::size_t prefixes = 0;
  for (const config::Vrf& vrf : into.vrfs) prefixes += vrf.prefixes.size();
  read_limit(node, "routes", into.limits.routes, prefixes, "own prefixes");
  read_limit(node, "vrfs", into.limits.vrfs, into.vrfs.size() + into.networks.size(), "VRFs");
  take(node, "tunnels", into.limits.tunnels, integer<1, 0xffffffff>);
}

const BgpRouter* router_of(const Node& node, const Draft& to) {
  const BgpRouter* router = find(to.scenario.bgp_routers, node.name());
  if (router == nullptr)
    node.key_fault("a physical router has the name of its bgp-router; " +
                   to.names.missing(Kind::bgp_router, node.name()));
  else if (router->type != RouterType::router)
    node.key_fault("bgp-router " + in_quotes(node.name()) +
                   " is a control node; its \"router-type\" would have to be \"router\"");
  if (const auto at = node.at("bgp-router"))
    if (const auto name = at->text(); name && *name != node.name())
      at->fault("a physical router has the name of its bgp-router here: " + in_quotes(node.name()));
  return router;
}

// Selectors of networks.
void read_extended(const Node& list, PhysicalRouter& into, const Draft& to) {
  constexpr Kind kinds[] = {Kind::virtual_network};
  std::set<std::string> seen;
  for (const Node& element : list.elements("a list of networks")) {
    check_selector(element, to.names, kinds);
    const auto word = element.text();
    if (!word) continue;
    for (const Match& match : Selector::parse(*word).matches(to.names))
      if (match.kind == Kind::virtual_network && seen.insert(match.name).second)
        into.networks.push_back(match.name);
  }
}

void read_physical_router(const Node& node, Draft& to) {
  if (!node.object(router_keys)) return;
  const BgpRouter* router = router_of(node, to);
  if (router == nullptr) return;
  PhysicalRouter out;
  take(node, "implementation", out.make,
       [](const Node& n) { return n.one_of<RouterMake>(makes, makes_refused); });
  if (const auto vrfs = node.at("vrfs")) {
    for (const Node& vrf : vrfs->members("an object of VRFs by name"))
      read_vrf(vrf, node.name(), *router, out);
    if (vrfs->json().is_object() && vrfs->json().empty())
      vrfs->fault("a router needs at least one VRF");
  }
  const auto networks = node.at("virtual-networks");
  if (networks) read_extended(*networks, out, to);
  if (networks && node.at("vrfs"))
    networks->key_fault(
        "a router has \"vrfs\" of its own, or one for each of its \"virtual-networks\"");
  if (!networks && !node.at("vrfs"))
    node.fault("key \"vrfs\" is missing, or \"virtual-networks\": what the router holds");
  if (const auto limits = node.at("table-limits")) read_limits(*limits, out);
  to.scenario.physical_routers.emplace_back(node.name(), std::move(out));
}

}  // namespace

config::Vrf next_vrf(const PhysicalRouter& router, const BgpRouter& speaker) {
  // The first label that nobody reserved (RFC 3032 section 2.1) is the first VRF's.
  constexpr std::uint32_t first_label = 16;
  config::Vrf vrf;
  vrf.instance = static_cast<std::uint32_t>(router.vrfs.size()) + 1;
  vrf.next_hop = speaker.address;
  vrf.label = first_label + vrf.instance - 1;
  return vrf;
}

void read_physical_routers(const Node& root, Draft& to) {
  read_all(root, "physical-routers", to, read_physical_router);
}

}  // namespace tflab::scenario
