#include "scenarios/probe.h"

#include <algorithm>
#include <charconv>
#include <string_view>

#include "vrouter-core/base/drop.h"

namespace tflab::scenario {
namespace {

using introspect::Tree;

std::uint64_t number(std::string_view text) {
  std::uint64_t value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

std::uint64_t sum(const Tree& page, std::string_view field) {
  std::uint64_t total = 0;
  for (const Tree* tree : introspect::all(page, field)) total += number(tree->text);
  return total;
}

// ds_invalid_source, as the original's page calls it, is invalid-source in a scenario.
std::string scenario_name(std::string_view field) {
  if (field.starts_with("ds_")) field.remove_prefix(3);
  std::string name{field};
  std::ranges::replace(name, '_', '-');
  return name;
}

bool is_drop(std::string_view name) {
  return std::ranges::any_of(vr::drop_names,
                             [&](const vr::DropName& drop) { return drop.scenario == name; });
}

void collect_drops(const Tree& tree, std::map<std::string, std::uint64_t>& drops) {
  if (const std::string name = scenario_name(tree.name); is_drop(name))
    drops[name] += number(tree.text);
  for (const Tree& child : tree.children) collect_drops(child, drops);
}

// A counter that fell was born again with its vrouter.
std::uint64_t moved(std::uint64_t before, std::uint64_t after) {
  return after >= before ? after - before : after;
}

std::uint64_t moved(const Readings& before, const Readings& after,
                    std::uint64_t Reading::*counter) {
  std::uint64_t total = 0;
  for (const auto& [node, now] : after)
    if (const auto old = before.find(node); old != before.end())
      total += moved(old->second.*counter, now.*counter);
  return total;
}

}  // namespace

Reading reading_of(const Tree& vrf_stats, const Tree& interfaces, const Tree& drop_stats) {
  Reading reading;
  reading.gre = sum(vrf_stats, "gre_mpls_tunnels");
  reading.udp = sum(vrf_stats, "udp_mpls_tunnels");
  reading.vxlan = sum(vrf_stats, "vxlan_tunnels");
  for (const Tree* vif : introspect::all(interfaces, "KInterfaceInfo")) {
    const std::string_view index = introspect::text_of(*vif, "idx");
    if (index == "0") reading.fabric_out += number(introspect::text_of(*vif, "opackets"));
    if (index == "1") reading.host_in += number(introspect::text_of(*vif, "ipackets"));
  }
  collect_drops(drop_stats, reading.drops);
  return reading;
}

Readings read(Lab& lab) {
  Readings readings;
  for (const NodeRef& node : lab.nodes()) {
    if (node.kind != NodeRef::vrouter) continue;
    const auto vrfs = lab.page(node, "KVrfStatsReq", {});
    const auto vifs = lab.page(node, "KInterfaceReq", {});
    const auto drops = lab.page(node, "KDropStatsReq", {});
    if (vrfs && vifs && drops) readings[node.name] = reading_of(*vrfs, *vifs, *drops);
  }
  return readings;
}

std::string encap(const Readings& before, const Readings& after, unsigned received) {
  if (moved(before, after, &Reading::gre) > 0) return "MPLSoGRE";
  if (moved(before, after, &Reading::udp) > 0) return "MPLSoUDP";
  if (moved(before, after, &Reading::vxlan) > 0) return "VXLAN";
  if (received == 0) return {};
  const auto out = moved(before, after, &Reading::fabric_out);
  const auto own = moved(before, after, &Reading::host_in);
  return out >= own + received ? "native" : "local";
}

std::vector<std::string> drop_reasons(const Readings& before, const Readings& after,
                                      unsigned lost) {
  std::vector<std::string> names;
  if (lost == 0) return names;
  for (const auto& [node, now] : after) {
    const auto old = before.find(node);
    if (old == before.end()) continue;
    for (const auto& [name, count] : now.drops) {
      const auto was = old->second.drops.find(name);
      if (moved(was == old->second.drops.end() ? 0 : was->second, count) > 0) names.push_back(name);
    }
  }
  std::ranges::sort(names);
  names.erase(std::unique(names.begin(), names.end()), names.end());
  return names;
}

void classify(PingResult& result, const Readings& before, const Readings& after) {
  result.encap = encap(before, after, result.received);
  result.drop_reasons =
      drop_reasons(before, after, result.sent - std::min(result.sent, result.received));
}

}  // namespace tflab::scenario
