#pragma once
// A lab in memory: pages are whatever the test puts there, time moves when the player moves it, and
// everything the player does is written down.

#include <algorithm>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "control-core/introspect/tree.h"
#include "scenarios/lab.h"
#include "scenarios/units.h"

namespace tflab::scenario {

using introspect::i32_of;
using introspect::list_of_strings;
using introspect::list_of_structs;
using introspect::struct_of;
using introspect::Tree;
using introspect::u32_of;
using introspect::u64_of;

class FakeLab : public Lab {
public:
  std::vector<NodeRef> all_nodes{{NodeRef::control_node, "cn1"}, {NodeRef::vrouter, "compute1"}};
  std::map<std::string,
           std::function<std::optional<Tree>(const NodeRef&, const introspect::Query&)>>
      pages;
  std::function<PingResult(const Ping&)> on_ping = [](const Ping& ping) {
    return PingResult{ping.packets, ping.packets, 63, {}, "local", {}};
  };
  std::function<void(const Scenario&)> on_configure = [](const Scenario&) {};
  std::vector<std::byte> sent;  // last frame
  std::vector<Sighting> sightings;
  std::vector<std::string> done;  // "120s configure", "150s ping a b 2"
  HostKind host = HostKind::sim;
  Duration step_length = millis(10);
  unsigned steps = 0;

  // A page that is the same for every node and query.
  void page_is(const std::string& name, Tree tree) {
    pages[name] = [tree](const NodeRef&, const introspect::Query&) { return tree; };
  }

  HostKind kind() const override { return host; }
  Instant now() const override { return now_; }
  void advance(Instant until) override { now_ = std::max(now_, until); }
  Duration step() override {
    ++steps;
    now_ = now_ + step_length;
    return step_length;
  }
  void configure(const Scenario& next) override {
    note("configure");
    on_configure(next);
  }
  void control(Control::Verb verb, const NodeRef& node) override {
    note("control " + std::to_string(verb) + ' ' + node.name);
  }
  PingResult ping(const Ping& ping) override {
    note("ping " + ping.from + ' ' + ping.to + ' ' + std::to_string(ping.packets));
    return on_ping(ping);
  }
  void separate(const std::vector<NodeRef>& apart) override {
    std::string names;
    for (const NodeRef& node : apart) names += ' ' + node.name;
    note("separate" + names);
  }
  void plug(const NodeRef& node, bool in) override { note((in ? "plug " : "unplug ") + node.name); }
  void send(const std::string& machine, const std::string& interface, Bytes frame) override {
    note("send " + machine + ' ' + interface + ' ' + std::to_string(frame.size()));
    sent.assign(frame.begin(), frame.end());
  }
  std::vector<Sighting> follow(const std::string& machine, const std::string& interface,
                               Bytes frame) override {
    send(machine, interface, frame);
    return sightings;
  }
  std::vector<NodeRef> nodes() const override { return all_nodes; }
  std::optional<Tree> page(const NodeRef& node, std::string_view name,
                           const introspect::Query& query) override {
    const auto found = pages.find(std::string{name});
    if (found == pages.end()) return {};
    return found->second(node, query);
  }

  void note(const std::string& what) { done.push_back(to_text(now_ - Instant{}) + ' ' + what); }
  bool after(std::int64_t s) const { return now_ >= Instant{} + seconds(s); }

private:
  Instant now_{};
};

// --- pages as the nodes write them

inline Tree session_row(const std::string& peer, const std::string& encoding,
                        const std::string& state) {
  return struct_of("BgpNeighborResp", {introspect::string_of("peer", 1, peer),
                                       introspect::string_of("encoding", 6, encoding),
                                       introspect::string_of("state", 8, state)});
}
inline Tree sessions_page(std::vector<Tree> rows) {
  return introspect::page("BgpNeighborListResp", {list_of_structs("neighbors", 1, std::move(rows)),
                                                  introspect::string_of("next_batch", 2, "")});
}

inline Tree summary_page(const std::string& name, unsigned prefixes, unsigned paths,
                         unsigned primary) {
  return introspect::page(
      "ShowRouteSummaryResp",
      {list_of_structs(
          "tables", 1,
          {struct_of("ShowRouteTableSummary",
                     {introspect::string_of("name", 1, name), u64_of("prefixes", 3, prefixes),
                      u64_of("paths", 4, paths), u64_of("primary_paths", 5, primary),
                      u64_of("secondary_paths", 6, paths - primary)})})});
}

struct FakePath {
  std::string protocol = "XMPP (interface)", source = "compute1", next_hop = "192.0.2.11";
  std::uint32_t label = 16, local_preference = 200;
  std::vector<std::string> encap{"gre", "udp"};
};
inline Tree path_tree(const FakePath& path) {
  return struct_of(
      "ShowRoutePath",
      {introspect::string_of("protocol", 1, path.protocol),
       introspect::string_of("last_modified", 3, "2026-Jan-05 10:11:12.000000"),
       u32_of("local_preference", 5, path.local_preference),
       introspect::string_of("source", 9, path.source),
       introspect::string_of("next_hop", 11, path.next_hop), u32_of("label", 12, path.label),
       introspect::string_of("primary_table", 14, "red:red.inet.0"),
       list_of_strings("communities", 15, {"target:64512:1"}),
       list_of_strings("flags", 17, {"None"}), list_of_strings("tunnel_encap", 18, path.encap)});
}
inline Tree route_tree(const std::string& prefix, const std::vector<FakePath>& paths) {
  std::vector<Tree> trees;
  for (const FakePath& path : paths) trees.push_back(path_tree(path));
  return struct_of("ShowRoute", {introspect::string_of("prefix", 1, prefix),
                                 list_of_structs("paths", 3, std::move(trees))});
}
inline Tree routes_page(const std::string& table, std::vector<Tree> routes,
                        const std::string& next_batch = "") {
  return introspect::page(
      "ShowRouteResp",
      {list_of_structs(
           "tables", 1,
           {struct_of("ShowRouteTable", {introspect::string_of("routing_table_name", 2, table),
                                         list_of_structs("routes", 8, std::move(routes))})}),
       introspect::linked(introspect::string_of("next_batch", 2, next_batch), "ShowRouteReqIterate",
                          "next_batch")});
}

inline Tree vif_row(int index, const std::string& type, const std::string& name,
                    const std::string& mac = "02:00:00:00:00:00",
                    const std::string& ip = "0.0.0.0") {
  return struct_of("KInterfaceInfo",
                   {i32_of("idx", 1, index), introspect::string_of("type", 2, type),
                    introspect::string_of("name", 8, name), introspect::string_of("mac", 16, mac),
                    introspect::string_of("ip", 17, ip)});
}
inline Tree vrf_row(int index, const std::string& name) {
  return struct_of("VrfSandeshData",
                   {introspect::string_of("name", 1, name), i32_of("ucindex", 2, index)});
}
inline Tree fib_row(int vrf, const std::string& prefix, int length, std::uint32_t nexthop,
                    std::optional<std::uint32_t> label = {}) {
  return struct_of("KRouteInfo",
                   {i32_of("vrf_id", 1, vrf), introspect::string_of("family", 2, "AF_INET"),
                    introspect::string_of("prefix", 3, prefix), i32_of("prefix_len", 4, length),
                    introspect::string_of("label_flags", 6, label ? "LP" : ""),
                    u32_of("label", 7, label.value_or(0)), u32_of("nh_id", 8, nexthop)});
}
struct FakeNexthop {
  std::uint32_t id = 0;
  std::string type;
  std::string flags = "VALID";
  int out = 0;
  std::string dst = "00:00:00:00:00:00";
  std::string sip = "0.0.0.0", dip = "0.0.0.0";
  int vrf = 0;
};
inline Tree nexthop_tree(const FakeNexthop& nexthop) {
  return struct_of(
      "KNHInfo",
      {u32_of("id", 1, nexthop.id), introspect::string_of("type", 2, nexthop.type),
       introspect::string_of("flags", 5, nexthop.flags), i32_of("encap_oif_id", 6, nexthop.out),
       introspect::string_of("encap_dst", 7, nexthop.dst),
       introspect::string_of("tun_sip", 9, nexthop.sip),
       introspect::string_of("tun_dip", 10, nexthop.dip), i32_of("vrf", 11, nexthop.vrf)});
}
inline Tree label_row(std::uint32_t label, std::uint32_t nexthop) {
  return struct_of("KMplsInfo", {u32_of("label", 1, label), u32_of("nhid", 3, nexthop)});
}
inline Tree list_page(std::vector<Tree> rows) {
  return introspect::page("Resp", {list_of_structs("rows", 1, std::move(rows))});
}

// The forwarding pages of several vrouters.
struct FakeFib {
  std::vector<Tree> vifs, nexthops, routes, labels, vrfs, neighbours;
};
inline void forward_by(FakeLab& lab, std::map<std::string, FakeFib> fibs) {
  lab.all_nodes = {{NodeRef::control_node, "cn1"}};
  for (const auto& [name, fib] : fibs) lab.all_nodes.push_back({NodeRef::vrouter, name});
  const auto serve = [&](const std::string& request, std::vector<Tree> FakeFib::*rows) {
    lab.pages[request] = [fibs, rows](const NodeRef& node,
                                      const introspect::Query&) -> std::optional<Tree> {
      const auto found = fibs.find(node.name);
      if (found == fibs.end()) return {};
      return list_page(found->second.*rows);
    };
  };
  serve("KInterfaceReq", &FakeFib::vifs);
  serve("KNHReq", &FakeFib::nexthops);
  serve("KRouteReq", &FakeFib::routes);
  serve("KMplsReq", &FakeFib::labels);
  serve("VrfListReq", &FakeFib::vrfs);
  serve("ShowArpCache", &FakeFib::neighbours);
}

}  // namespace tflab::scenario
