#include "tests/swarm/compare.h"

#include <algorithm>
#include <optional>
#include <sstream>

#include "control-core/base/text.h"
#include "control-core/config/names.h"

namespace tflab::swarm {
namespace {

using introspect::Tree;
using oracle::Names;

std::string text(const Names& names) {
  std::string out;
  for (const std::string& each : names) out += (out.empty() ? "" : " ") + each;
  return "{" + out + "}";
}
std::string text(const oracle::RouteId& id) {
  return id.prefix + " of " + id.origin + (id.network.empty() ? "" : " in " + id.network);
}
std::string text(const oracle::Route& route) {
  std::string out = "via " + route.next_hop + " " + text(route.targets);
  for (const oracle::As as : route.as_path) out += " " + std::to_string(as);
  return out;
}
template <class What>
std::string text(const oracle::Shared<What>& shared) {
  return text(*shared);
}
const std::string& text(const std::string& name) {
  return name;
}

// Both as maps: what is missing, what is too much, what is different.
template <class Map>
void compare(const std::string& where, const Map& wanted, const Map& got, Differences& out) {
  for (const auto& [key, value] : wanted) {
    const auto found = got.find(key);
    if (found == got.end())
      out.push_back(where + " lacks " + text(key) + " " + text(value));
    else if (found->second != value)
      out.push_back(where + " has " + text(key) + " " + text(found->second) + " instead of " +
                    text(value));
  }
  for (const auto& [key, value] : got)
    if (!wanted.contains(key))
      out.push_back(where + " should not have " + text(key) + " " + text(value));
}

void compare_names(const std::string& where, const Names& wanted, const Names& got,
                   Differences& out) {
  for (const std::string& each : wanted)
    if (!got.contains(each)) out.push_back(where + " lacks " + each);
  for (const std::string& each : got)
    if (!wanted.contains(each)) out.push_back(where + " should not have " + each);
}

// "10.0.1.1:2:10.102.0.3/32", "2-10.0.1.1:2-0-02:02:00:66:00:03,10.102.0.3"
struct Named {
  std::string distinguisher, prefix;
};
Named named(const std::string& nlri) {
  const auto dash = nlri.find('-'), colon = nlri.rfind(':');
  if (dash == std::string::npos) return {nlri.substr(0, colon), nlri.substr(colon + 1)};
  const auto end = nlri.find('-', dash + 1);
  return {nlri.substr(dash + 1, end - dash - 1), nlri.substr(0, dash) + nlri.substr(end)};
}
oracle::RouteId route_id(const std::string& nlri, const Distinguishers& distinguishers) {
  const auto [distinguisher, prefix] = named(nlri);
  const auto origin = distinguishers.find(distinguisher);
  if (origin == distinguishers.end()) return {"nobody", "", nlri};
  return {origin->second.first, origin->second.second, prefix};
}

Names elements(const Tree& row, std::string_view name) {
  Names out;
  if (const Tree* list = introspect::find(row, name))
    for (const Tree& element : list->children) out.insert(element.text);
  return out;
}

bool looped(const Names& flags) {
  return std::ranges::any_of(flags,
                             [](const std::string& flag) { return flag.ends_with("Looped"); });
}

// Everything usable about the routes of one family, by table and prefix.
struct Seen {
  std::vector<oracle::Route> paths;
};
using Tables = std::map<std::string, std::map<std::string, Seen>>;

Tables tables_of(const std::string& name, const test::Node& node, const char* family,
                 Differences& out) {
  Tables all;
  const Tree page = node.page("ShowRouteReq", {{"family", family}});
  for (const Tree* table : introspect::all(page, "ShowRouteTable"))
    for (const Tree* route : introspect::all(*table, "ShowRoute"))
      for (const Tree* path : introspect::all(*route, "ShowRoutePath")) {
        const std::string where{introspect::text_of(*table, "routing_table_name")};
        const std::string prefix{introspect::text_of(*route, "prefix")};
        const Names flags = elements(*path, "flags");
        if (flags.contains("Stale") || flags.contains("LlgrStale"))
          out.push_back(name + " " + where + " still has a stale path to " + prefix);
        if (looped(flags)) continue;
        oracle::Route seen;
        seen.next_hop = introspect::text_of(*path, "next_hop");
        std::istringstream as_path{std::string{introspect::text_of(*path, "as_path")}};
        for (oracle::As as = 0; as_path >> as;) seen.as_path.push_back(as);
        for (const std::string& each : elements(*path, "communities"))
          if (each.starts_with("target:")) seen.targets.insert(each);
        all[where][prefix].paths.push_back(std::move(seen));
      }
  return all;
}

void compare_vpn(const std::string& name, const test::Node& node, const char* family,
                 const oracle::Vpn& wanted, const Distinguishers& distinguishers,
                 Differences& out) {
  oracle::Vpn got;
  Tables tables = tables_of(name, node, family, out);
  for (const auto& [prefix, seen] : tables["bgp." + std::string{family} + ".0"]) {
    const oracle::RouteId id = route_id(prefix, distinguishers);
    for (const oracle::Route& path : seen.paths) {
      const auto [at, fresh] = got.emplace(id, path);
      if (!fresh && (at->second->next_hop != path.next_hop || at->second->targets != path.targets))
        out.push_back(name + " has two stories about " + text(id) + ": " + text(path) + " and " +
                      text(at->second));
    }
  }
  compare(name, wanted, got, out);
}

void compare_wanted(const std::string& name, const test::Node& node,
                    const oracle::Expected& expected, Differences& out) {
  Names got;
  Tables tables = tables_of(name, node, "rtarget", out);
  for (const auto& [prefix, seen] : tables["bgp.rtarget.0"]) got.insert(prefix);
  compare_names(name + " bgp.rtarget.0", expected.wanted.at(name), got, out);
}

// A network's instance, or a router's VRF.
std::string table_of(const std::string& name, const char* suffix) {
  const bool network = name.find(':') != std::string::npos;
  return (network ? config::instance_of(name) : name) + suffix;
}

void compare_vrfs(const std::string& name, const test::Node& node, const oracle::Expected& expected,
                  Differences& out) {
  Tables tables = tables_of(name, node, "inet", out);
  for (const auto& [where, wanted] : expected.vrfs) {
    if (where.first != name) continue;
    oracle::Vrf got;
    for (const auto& [prefix, seen] : tables[table_of(where.second, ".inet.0")])
      for (const oracle::Route& path : seen.paths) got[prefix].insert(path.next_hop);
    compare(name + " " + where.second, wanted, got, out);
  }
}

// A broadcast MAC is there, too, where an agent said it; it has become an inclusive multicast
// route.
void compare_bridges(const std::string& name, const test::Node& node,
                     const oracle::Expected& expected, Differences& out) {
  Tables tables = tables_of(name, node, "evpn", out);
  for (const auto& [where, wanted] : expected.bridges) {
    if (where.first != name) continue;
    oracle::Vrf got;
    for (const auto& [nlri, seen] : tables[table_of(where.second, ".evpn.0")])
      for (const oracle::Route& path : seen.paths)
        if (nlri.find("ff:ff:ff:ff:ff:ff") == std::string::npos)
          got[named(nlri).prefix].insert(path.next_hop);
    compare(name + " " + where.second + " layer 2", wanted, got, out);
  }
}

// --- vRouters

std::map<std::string, std::string> vrfs_of(const Compute& compute) {  // number to network
  std::map<std::string, std::string> out;
  const auto page = compute.agent.page({.name = "VrfListReq", .query = {}, .now = {}}, {});
  for (const Tree* row : introspect::all(*page, "VrfSandeshData")) {
    const std::string instance{introspect::text_of(*row, "name")};
    if (instance != config::master_instance)
      out[std::string{introspect::text_of(*row, "ucindex")}] = config::network_of(instance);
  }
  return out;
}

// Where a route leads: an underlay address, our own for what is here.
std::string end_of(const Compute& compute, NexthopId nexthop) {
  const auto found = compute.vrouter.nexthops.find(nexthop);
  if (found == compute.vrouter.nexthops.end()) return "nowhere";
  switch (found->second.type) {
    case vr::NexthopType::tunnel:
      return to_text(found->second.dip);
    case vr::NexthopType::encap:
    case vr::NexthopType::receive:
      return to_text(compute.agent.config().address);
    case vr::NexthopType::vrf_translate:
      return oracle::into_router;
    default:
      return "nexthop type " + std::to_string(static_cast<int>(found->second.type));
  }
}

// Where a route leads with which label, or VNI in VXLAN: one way, or each of those an ECMP nexthop
// chooses among.
struct End {
  std::string address;
  std::optional<Label> label;
  std::optional<Vni> vni{};
};
bool by_vxlan(const Compute& compute, NexthopId nexthop) {
  const auto found = compute.vrouter.nexthops.find(nexthop);
  return found != compute.vrouter.nexthops.end() &&
         (found->second.flags & vr::nh_tunnel_vxlan) != 0;
}
End way_by(const Compute& compute, NexthopId nexthop, std::uint32_t number) {
  const std::string address = end_of(compute, nexthop);
  if (number == 0) return {address, {}};
  if (by_vxlan(compute, nexthop)) return {address, {}, Vni{number}};
  return {address, Label{number}};
}
std::vector<End> ends_of(const Compute& compute, const vr::SetRoute& route) {
  std::vector<End> ends;
  for (const auto& [place, member] : compute.vrouter.members)
    if (place.first == route.nexthop) ends.push_back(way_by(compute, member.member, member.number));
  if (!ends.empty()) return ends;
  const bool labelled = (route.flags & vr::route_label_valid) != 0;
  return {way_by(compute, route.nexthop, labelled ? route.label.raw() : route.vni.raw())};
}

// --- multicast trees

std::optional<VrfId> vrf_of(const Compute& compute, const std::string& network) {
  for (const auto& [number, name] : vrfs_of(compute))
    if (name == network) return VrfId{static_cast<std::uint16_t>(std::stoul(number))};
  return {};
}

// What a vRouter copies a broadcast to: the tree's neighbours, which are behind a composite of
// their own beside the machines here.
std::vector<End> copies_of(const Compute& compute, NexthopId flood) {
  std::vector<End> out;
  for (const auto& [place, tree] : compute.vrouter.members)
    if (place.first == flood)
      for (const auto& [inner, link] : compute.vrouter.members)
        if (inner.first == tree.member)
          out.push_back({end_of(compute, link.member), Label{link.number}});
  return out;
}

// A broadcast on its way: nobody sends it back to where it came from.
class Broadcast {
public:
  Broadcast(std::string what, const std::map<std::string, const Compute*>& everybody,
            Differences& out)
      : what_{std::move(what)}, everybody_{everybody}, out_{out} {}

  void from(const Compute& compute, NexthopId flood) { arrive(compute, flood, {}); }
  const Names& reached() const { return reached_; }

private:
  void arrive(const Compute& compute, NexthopId flood, const std::string& from) {
    const std::string here = to_text(compute.agent.config().address);
    if (!reached_.insert(here).second) return out_.push_back(what_ + " reaches " + here + " twice");
    const std::vector<End> copies = copies_of(compute, flood);
    if (copies.size() > most_copies) out_.push_back(what_ + " is copied too often by " + here);
    for (const End& copy : copies)
      if (copy.address != from) send(copy, here);
  }
  void send(const End& copy, const std::string& from) {
    const auto other = everybody_.find(copy.address);
    const auto label = other == everybody_.end() ? nullptr : find_label(*other->second, copy);
    if (label == nullptr)
      out_.push_back(what_ + " goes from " + from + " to " + copy.address +
                     " with a label that nobody there knows");
    else
      arrive(*other->second, label->nexthop, from);
  }
  static const vr::BindLabel* find_label(const Compute& compute, const End& copy) {
    const auto label = compute.vrouter.labels.find(*copy.label);
    return label == compute.vrouter.labels.end() ? nullptr : &label->second;
  }

  // Of the tree at a control node four children and a parent, or as the last one a parent and four
  // of the tree between control nodes.
  static constexpr std::size_t most_copies = 5;
  const std::string what_;
  const std::map<std::string, const Compute*>& everybody_;
  Differences& out_;
  Names reached_;
};

// Do the control nodes that have the network's vRouters know of each other's part of the tree?
bool whole(const oracle::World& world, const oracle::Expected& expected, const std::string& network,
           const Names& members) {
  Names builders;
  for (const oracle::Agent& agent : world.agents)
    if (members.contains(agent.address)) builders.insert(oracle::tree_builder(world, agent)->name);
  return std::ranges::all_of(builders, [&](const std::string& each) {
    const auto known = expected.trees.find({each, network});
    return known != expected.trees.end() && std::ranges::includes(known->second, builders);
  });
}

// One of several ways is as good as another.
void compare_ways(const std::string& where, const oracle::Vrf& wanted, oracle::Vrf got,
                  Differences& out) {
  for (auto& [prefix, ends] : got)
    if (const auto may = wanted.find(prefix);
        may != wanted.end() && std::ranges::includes(may->second, ends))
      ends = may->second;
  compare(where, wanted, got, out);
}

bool label_leads_somewhere(const End& end, const std::map<std::string, const Compute*>& everybody) {
  const auto other = everybody.find(end.address);
  if (other == everybody.end()) return true;
  const auto& there = other->second->vrouter;
  if (end.vni) return there.vnis.contains(*end.vni);
  return !end.label || there.labels.contains(*end.label);
}

}  // namespace

void add_distinguishers(const Compute& compute, Distinguishers& out) {
  const config::Vrouter& config = compute.agent.config();
  for (const auto& [number, network] : vrfs_of(compute))
    out[to_text(config.address) + ":" + number] = {config.name, network};
}

void compare(const std::string& name, const test::Node& node, const oracle::Expected& expected,
             const Distinguishers& distinguishers, Differences& out) {
  compare_wanted(name, node, expected, out);
  compare_vpn(name, node, "l3vpn", expected.vpn.at(name), distinguishers, out);
  compare_vrfs(name, node, expected, out);
}

void compare_layer2(const std::string& name, const test::Node& node,
                    const oracle::Expected& expected, const Distinguishers& distinguishers,
                    Differences& out) {
  compare_vpn(name, node, "evpn", expected.evpn.at(name), distinguishers, out);
  compare_bridges(name, node, expected, out);
}

void compare(const std::string& name, const test::Router& router, const oracle::Expected& expected,
             const Distinguishers& distinguishers, Differences& out) {
  oracle::Vpn wanted = expected.vpn.at(name), got;
  std::erase_if(wanted, [&](const auto& each) { return each.first->origin == name; });
  for (const auto& [key, attributes] : router.attributes) {
    if (key.first != Family::inet_vpn) continue;
    oracle::Route route;
    route.next_hop = to_text(attributes->next_hop);
    for (RouteTarget target : attributes->targets()) route.targets.insert(to_text(target));
    std::istringstream as_path{to_text(attributes->as_path)};
    for (oracle::As as = 0; as_path >> as;) route.as_path.push_back(as);
    got.insert_or_assign(route_id(key.second, distinguishers), route);
  }
  compare(name, wanted, got, out);
}

void compare(const Compute& compute, const oracle::Expected& expected,
             const std::map<std::string, const Compute*>& everybody, Differences& out) {
  const std::string& name = compute.agent.config().name;
  out.insert(out.end(), compute.faults.begin(), compute.faults.end());
  const auto vrfs = vrfs_of(compute);
  std::map<std::string, oracle::Vrf> got;
  for (const auto& [key, route] : compute.vrouter.routes) {
    const auto network = vrfs.find(std::to_string(key.first.raw()));
    if (network == vrfs.end()) continue;
    const std::string prefix = to_text(key.second);
    for (const End& end : ends_of(compute, route)) {
      got[network->second][prefix].insert(end.address);
      if (!label_leads_somewhere(end, everybody))
        out.push_back(name + " " + network->second + " sends " + prefix + " to " + end.address +
                      " with a label that nobody there knows");
    }
  }
  for (const auto& [where, wanted] : expected.agents)
    if (where.first == name)
      compare_ways(name + " " + where.second, wanted, got[where.second], out);
}

// The bridge tables, without the broadcast MAC, behind which is the tree.
void compare_layer2(const Compute& compute, const oracle::Expected& expected, Differences& out) {
  const std::string& name = compute.agent.config().name;
  const auto vrfs = vrfs_of(compute);
  std::map<std::string, oracle::Vrf> got;
  for (const auto& [key, entry] : compute.vrouter.macs) {
    const auto network = vrfs.find(std::to_string(key.first.raw()));
    if (network == vrfs.end() || key.second == broadcast_mac) continue;
    got[network->second][to_text(key.second)].insert(end_of(compute, entry.nexthop));
  }
  for (const auto& [where, wanted] : expected.macs)
    if (where.first == name)
      compare_ways(name + " " + where.second + " layer 2", wanted, got[where.second], out);
}

void compare_trees(const oracle::World& world, const oracle::Expected& expected,
                   const std::map<std::string, const Compute*>& everybody, Differences& out) {
  for (const oracle::Network& network : world.networks) {
    std::map<std::string, NexthopId> floods;  // of vRouters with machines in the network
    for (const auto& [address, compute] : everybody)
      if (const auto vrf = vrf_of(*compute, network.name))
        if (const auto entry = compute->vrouter.macs.find({*vrf, broadcast_mac});
            entry != compute->vrouter.macs.end())
          floods[address] = entry->second.nexthop;
    Names members;
    for (const auto& [address, flood] : floods) members.insert(address);
    if (!whole(world, expected, network.name, members)) continue;
    for (const auto& [address, flood] : floods) {
      const std::string what = "a broadcast in " + network.name + " from " + address;
      Broadcast broadcast{what, everybody, out};
      broadcast.from(*everybody.at(address), flood);
      compare_names(what, members, broadcast.reached(), out);
    }
  }
}

}  // namespace tflab::swarm
