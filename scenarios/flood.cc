#include "scenarios/flood.h"

#include <algorithm>
#include <cmath>
#include <map>

#include "control-core/base/text.h"
#include "vrouter-core/wire/ethernet.h"
#include "vrouter-core/wire/ipv4.h"
#include "vrouter-core/wire/udp.h"

namespace tflab::scenario {
namespace {

// An interface that should hear a broadcast.
struct Listener {
  std::string port;  // "vm1/eth0"
  Ip4 vrouter;
};

std::vector<Listener> listeners(const Scenario& scenario, const std::string& sender,
                                const std::string& network) {
  std::vector<Listener> out;
  for (const auto& [name, machine] : scenario.machines) {
    const VirtualRouter* router = find(scenario.virtual_routers, machine.virtual_router);
    for (const auto& [interface_name, interface] : machine.interfaces)
      if (const std::string port = name + '/' + interface_name;
          port != sender && interface.network == network && router != nullptr)
        out.push_back({port, router->address});
  }
  return out;
}

// The tunnels of a flood: each vRouter's distance from the sender's, and whom it sent copies.
class Tunnels {
public:
  explicit Tunnels(Ip4 root) { hops_[root] = 0; }

  void passed(Ip4 from, Ip4 to) {
    ++copies_[from];
    if (const auto known = hops_.find(from); known != hops_.end())
      hops_.try_emplace(to, known->second + 1);
  }
  std::size_t hops_to(Ip4 vrouter) const {
    const auto known = hops_.find(vrouter);
    return known == hops_.end() ? 0 : known->second;
  }
  // Whoever sent the most, and how many.
  std::pair<Ip4, std::size_t> widest() const {
    const auto most = std::ranges::max_element(
        copies_, [](const auto& a, const auto& b) { return a.second < b.second; });
    if (most == copies_.end()) return {};
    return *most;
  }

private:
  std::map<Ip4, std::size_t> hops_, copies_;
};

std::string name_at(const Scenario& scenario, Ip4 address) {
  for (const auto& [name, router] : scenario.virtual_routers)
    if (router.address == address) return name;
  return to_text(address);
}

void count_copies(Flood& flood, const std::vector<Listener>& all,
                  std::map<std::string, unsigned>& copies, const Tunnels& tunnels) {
  std::size_t hops = 0;
  for (const Listener& one : all) {
    const unsigned got = copies[one.port];
    if (flood.short_one.empty() || got < flood.fewest) {
      flood.fewest = got;
      flood.short_one = one.port;
    }
    if (flood.greedy.empty() || got > flood.most) {
      flood.most = got;
      flood.greedy = one.port;
    }
    copies.erase(one.port);
    if (got == 0) continue;
    ++flood.members;
    const std::size_t far = tunnels.hops_to(one.vrouter);
    hops += far;
    flood.deepest = std::max(flood.deepest, far);
  }
  for (const auto& [port, count] : copies) flood.strangers.push_back(port);
  if (flood.members > 1)
    flood.mean_hops = static_cast<double>(hops) / static_cast<double>(flood.members - 1);
}

std::string tenths(double value) {
  const auto all = static_cast<unsigned>(std::lround(value * 10));
  return std::to_string(all / 10) + '.' + std::to_string(all % 10);
}

}  // namespace

std::vector<std::byte> broadcast_from(const Interface& interface, Instant now) {
  constexpr std::uint16_t discard = 9;
  constexpr std::size_t text = 32;  // so that no host has to fill it up to 60 octets
  std::vector<std::byte> frame(wire::Ethernet::size + wire::Ipv4::size + wire::Udp::size + text);
  const auto size = static_cast<std::uint16_t>(wire::Udp::size + text);
  Writer out{frame};
  wire::Ethernet{broadcast_mac, interface.mac, wire::EtherType::ipv4}.write(out);
  wire::Ipv4{.total_length = static_cast<std::uint16_t>(wire::Ipv4::size + size),
             .ttl = 64,
             .protocol = wire::Protocol::udp,
             .src = interface.address.is_v4() ? interface.address.v4() : Ip4{},
             .dst = Ip4{0xffffffff}}
      .write(out);
  wire::Udp{.src_port = discard, .dst_port = discard, .length = size}.write(out);
  out.be64(static_cast<std::uint64_t>(now.ns));
  return frame;
}

std::optional<Sighting> tunnel_sighting(Bytes frame) {
  Reader in{frame};
  const auto ethernet = wire::Ethernet::read(in);
  const auto ip = wire::Ipv4::read(in);
  if (!in.ok() || ethernet.type != wire::EtherType::ipv4) return {};
  return Sighting{.from = ip.src, .to = ip.dst};
}

Flood flood_of(const Scenario& scenario, const std::string& machine,
               const std::vector<Sighting>& seen) {
  const Machine& sender = *find(scenario.machines, machine);
  const auto& [interface_name, interface] = sender.interfaces.front();
  Tunnels tunnels{find(scenario.virtual_routers, sender.virtual_router)->address};
  std::map<std::string, unsigned> copies;
  for (const Sighting& one : seen)
    if (one.port.empty())
      tunnels.passed(one.from, one.to);
    else
      ++copies[one.port];
  const auto all = listeners(scenario, machine + '/' + interface_name, interface.network);
  Flood flood{.members = 1, .wanted = all.size() + 1};
  count_copies(flood, all, copies, tunnels);
  const auto [widest, fan_out] = tunnels.widest();
  flood.fan_out = fan_out;
  if (fan_out > 0) flood.widest = name_at(scenario, widest);
  return flood;
}

Flood flooded(const Scenario& scenario, Lab& lab, const std::string& machine) {
  const Machine* sender = find(scenario.machines, machine);
  if (sender == nullptr || sender->interfaces.empty()) return {};
  const auto& [name, interface] = sender->interfaces.front();
  return flood_of(scenario, machine,
                  lab.follow(machine, name, broadcast_from(interface, lab.now())));
}

std::string to_text(const Flood& flood) {
  if (flood.wanted == 0) return "no such machine at this time";
  std::string out =
      std::to_string(flood.members) + " of " + std::to_string(flood.wanted) + " have it";
  if (flood.fewest == flood.most)
    out += ", copies " + std::to_string(flood.most);
  else
    out += ", copies " + std::to_string(flood.fewest) + " (" + flood.short_one + ") to " +
           std::to_string(flood.most) + " (" + flood.greedy + ')';
  if (!flood.strangers.empty())
    out += ", " + std::to_string(flood.strangers.size()) +
           " more that should not: " + flood.strangers.front();
  out += ", fan-out " + std::to_string(flood.fan_out);
  if (!flood.widest.empty()) out += " (" + flood.widest + ')';
  return out + ", hops " + std::to_string(flood.deepest) + " at most, " + tenths(flood.mean_hops) +
         " in the mean";
}

}  // namespace tflab::scenario
