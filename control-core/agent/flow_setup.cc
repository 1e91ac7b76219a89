#include "control-core/agent/flow_setup.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "control-core/agent/flow_rules.h"
#include "control-core/agent/networks.h"
#include "control-core/agent/state.h"
#include "vrouter-core/base/hash.h"
#include "vrouter-core/wire/ethernet.h"
#include "vrouter-core/wire/flow_key.h"
#include "vrouter-core/wire/gre.h"
#include "vrouter-core/wire/ipv4.h"
#include "vrouter-core/wire/mpls.h"
#include "vrouter-core/wire/udp.h"
#include "vrouter-core/wire/vxlan.h"

namespace tflab::agent {
namespace {

using Kind = NexthopKey::Kind;

constexpr unsigned most_translations = 8;  // as the vrouter (vrouter-core/pipeline/route.h)

// Where packets to an address end up.
struct Reached {
  VrfId vrf;        // of the last lookup
  IpPrefix prefix;  // of the first
  NexthopKey nexthop;
  const xmpp::UnicastItem* item = nullptr;  // what a control node said, if it was one
  bool leads() const { return nexthop.kind != Kind::discard; }
};

Reached reach(const State& s, VrfId vrf, const IpAddr& address) {
  Reached reached{.vrf = vrf, .prefix = {}, .nexthop = {}};
  for (unsigned n = 0; n <= most_translations; ++n) {
    const auto match = s.routes.match(reached.vrf, address);
    if (!match) return {.vrf = reached.vrf, .prefix = reached.prefix, .nexthop = {}};
    if (n == 0) reached.prefix = match->prefix;
    reached.nexthop = match->forward.nexthop;
    reached.item = match->path.item;
    if (reached.nexthop.kind != Kind::vrf) return reached;
    reached.vrf = reached.nexthop.vrf;
  }
  return {.vrf = reached.vrf, .prefix = reached.prefix, .nexthop = {}};
}

const VmInterface* interface_of(const State& s, const NexthopKey& nexthop) {
  if (nexthop.kind != Kind::interface && nexthop.kind != Kind::bridge) return nullptr;
  const auto it = s.interfaces.by_vif().find(nexthop.vif);
  return it == s.interfaces.by_vif().end() ? nullptr : it->second;
}

// The one that a packet to the machine was sent to.
const config::FloatingIp* floating(const VmInterface& interface, const IpAddr& address) {
  const auto& all = interface.port.floating_ips;
  const auto it = std::ranges::find_if(
      all, [&](const config::FloatingIp& each) { return each.ingress && each.address == address; });
  return it == all.end() ? nullptr : &*it;
}

// One of the packet's ends that is not the interface at hand: a machine here, or what routes say.
struct Far {
  const VmInterface* here = nullptr;
  GroupIds groups;
  std::string network;
};

Far far_of(const State& s, const Reached& reached) {
  if (const VmInterface* here = interface_of(s, reached.nexthop)) {
    return {here, ids_of(s.config.fabric, here->port.security_groups), here->port.network};
  }
  if (reached.item == nullptr) return {};
  const std::string& network = reached.item->virtual_network;
  return {nullptr, reached.item->security_groups, network == "unresolved" ? "" : network};
}

// Where a MAC is: behind an interface, for which its own nexthop stands, or behind a tunnel.
struct Station {
  NexthopKey nexthop;
  Far far;
};

Station station(const State& s, VrfId vrf, const Mac& mac) {
  const auto way = s.bridging.way_to({vrf, mac});
  if (!way) return {};
  if (const VmInterface* here = interface_of(s, way->forward.nexthop)) {
    return {here->nexthop,
            {here, ids_of(s.config.fabric, here->port.security_groups), here->port.network}};
  }
  return {way->forward.nexthop, {nullptr, way->item->security_groups, {}}};
}

// Packets in the other direction come from where a packet in this one goes, as far as that can be
// told by nexthops: a tunnel's end, any of several, a machine.
NexthopKey source_at(const NexthopKey& nexthop) {
  const bool told =
      nexthop.kind == Kind::tunnel || nexthop.kind == Kind::interface || nexthop.kind == Kind::ecmp;
  return told ? nexthop : NexthopKey::discard();
}

// What a way puts in front of a packet: outer IPv4, then UDP or GRE, then a label; or UDP, VXLAN
// and an Ethernet header.
unsigned overhead_of(const NexthopKey& nexthop) {
  if (nexthop.kind != Kind::tunnel) return 0;
  if ((nexthop.encap & vr::nh_tunnel_vxlan) != 0)
    return wire::Ipv4::size + wire::Udp::size + wire::Vxlan::size + wire::Ethernet::size;
  const std::size_t carrier =
      nexthop.encap == vr::nh_tunnel_gre ? wire::Gre::size : wire::Udp::size;
  return static_cast<unsigned>(wire::Ipv4::size + carrier + wire::MplsEntry::size);
}

struct Choice {
  std::uint8_t place;
  Member member;
};

std::vector<Choice> ways_of(const State& s, const NexthopKey& nexthop) {
  std::vector<Choice> ways;
  const auto id = nexthop.kind == Kind::ecmp ? s.nexthops.find(nexthop) : std::nullopt;
  if (!id) return ways;
  const auto& places = s.nexthops.places(*id);
  for (std::size_t i = 0; i < places.size() && i < vr::no_ecmp_index; ++i)
    if (places[i]) ways.push_back({static_cast<std::uint8_t>(i), *places[i]});
  return ways;
}

std::uint64_t number_of(const vr::FlowKey& key, std::uint8_t fields) {
  const auto of = [&](HashField field, std::uint64_t value) {
    return (fields & field) != 0 ? value : 0;
  };
  std::uint64_t number = of(hash_protocol, key.protocol) << 32 |
                         of(hash_src_port, key.src_port) << 16 | of(hash_dst_port, key.dst_port);
  for (const auto& [field, address] : {std::pair{hash_src_ip, key.src}, {hash_dst_ip, key.dst}})
    for (unsigned i = 0; i < address.bits() / 8; ++i)
      number = mixed(number, of(field, address.octet(i)));
  return number;
}

// The agent chooses, since a machine here may be among the ways and needs its address translated;
// nothing where there is only one. Who was chosen stays, whoever comes.
std::optional<Choice> chosen_way(const State& s, const NexthopKey& nexthop, const vr::FlowKey& key,
                                 std::uint8_t before) {
  const std::vector<Choice> ways = ways_of(s, nexthop);
  if (ways.empty()) return {};
  const auto kept = std::ranges::find(ways, before, &Choice::place);
  return kept != ways.end() ? *kept : ways[number_of(key, nexthop.hash_fields) % ways.size()];
}

const config::LinkLocalService* service_at(const config::Vrouter& config, const vr::FlowKey& key) {
  const auto protocol = static_cast<wire::Protocol>(key.protocol);
  if (protocol != wire::Protocol::tcp && protocol != wire::Protocol::udp) return nullptr;
  const auto it = std::ranges::find_if(
      config.link_local_services, [&](const config::LinkLocalService& service) {
        return key.dst == IpAddr{service.address} && key.dst_port == service.port;
      });
  return it == config.link_local_services.end() ? nullptr : &*it;
}

bool for_agent(const NexthopKey& nexthop) {
  return nexthop == NexthopKey::receive(agent_vif);
}

bool is_icmp(const vr::FlowKey& key) {
  const auto protocol = static_cast<wire::Protocol>(key.protocol);
  return protocol == wire::Protocol::icmp || protocol == wire::Protocol::icmpv6;
}

class Setup {
public:
  Setup(const State& s, const VmInterface& own, const vr::FlowKey& key, std::uint8_t ecmp_index,
        std::uint16_t service_port)
      : s_{s},
        fabric_{s.config.fabric},
        own_{own},
        key_{key},
        ecmp_index_{ecmp_index},
        service_port_{service_port},
        src_{key.src},
        dst_{key.dst},
        src_port_{key.src_port},
        dst_port_{key.dst_port} {}

  FlowSetup from_machine() {
    if (const auto* service = service_at(s_.config, key_)) return to_service(*service);
    Reached to = reach(s_, own_.vif.vrf, key_.dst);
    if (for_agent(to.nexthop)) return to_agent();
    const config::FloatingIp* as = floating_source(to);
    if (!to.leads()) return dropped(FlowDrop::no_destination_route);
    if (as != nullptr) src_ = as->address;
    if (as != nullptr && !map_source(*as)) return dropped(FlowDrop::no_port_map);
    const std::string& network = as != nullptr ? as->network : own_.port.network;
    const bool rpf = checks_sources(network);
    const Reached back = reach(s_, to.vrf, src_);
    if (rpf && !back.leads()) return dropped(FlowDrop::no_source_route);
    const NexthopKey all_ways = to.nexthop;
    const auto choice = chosen_way(s_, all_ways, key_, ecmp_index_);
    if (choice) to.nexthop = choice->member.key;
    const Far far = far_of(s_, to);
    const config::FloatingIp* of = far.here != nullptr && key_.dst != far.here->port.address
                                       ? floating(*far.here, key_.dst)
                                       : nullptr;
    if (of != nullptr) dst_ = far.here->port.address;
    if (of != nullptr && !map_destination(*of)) return dropped(FlowDrop::no_port_map);
    const FlowDrop drop = judged_from(far, network, of != nullptr ? of->network : far.network);
    if (drop != FlowDrop::none) return dropped(drop);

    FlowSetup setup = allowed(far.here != nullptr ? *far.here : own_);
    if (as != nullptr) translate(setup, vr::flow_snat, s_.vrfs.of_network(as->network)->id);
    if (of != nullptr) translate(setup, vr::flow_dnat, far.here->vif.vrf);
    if (setup.forward.flags != 0 && setup.reverse->key.nexthop != key_.nexthop) {
      look_up_in(*setup.reverse, own_.vif.vrf);
    }
    // Where the source leads and a packet from the machine cannot come from: Invalid Source.
    if (rpf) setup.forward_source = back.nexthop;
    if (rpf) setup.reverse_source = source_at(far.here != nullptr ? to.nexthop : all_ways);
    if (choice) setup.forward.ecmp_index = choice->place;
    mark(setup, &own_, far.here);
    return setup;
  }

  FlowSetup to_machine() {
    const config::FloatingIp* of =
        key_.dst != own_.port.address ? floating(own_, key_.dst) : nullptr;
    const Vrf* pool = of != nullptr ? s_.vrfs.of_network(of->network) : nullptr;
    const VrfId vrf = pool != nullptr ? pool->id : own_.vif.vrf;
    const std::string& network = pool != nullptr ? of->network : own_.port.network;
    const bool rpf = checks_sources(network);
    const Reached from = reach(s_, vrf, key_.src);
    if (rpf && !from.leads()) return dropped(FlowDrop::no_source_route);
    if (pool != nullptr) dst_ = own_.port.address;
    if (pool != nullptr && !map_destination(*of)) return dropped(FlowDrop::no_port_map);
    const Far far = far_of(s_, from);
    if (!groups_allow(fabric_, own_.port.security_groups, true, translated_key(), far.groups)) {
      return dropped(FlowDrop::sg);
    }
    if (!passes(policies_say(fabric_, network, far.network, network, key_))) {
      return dropped(FlowDrop::policy);
    }
    FlowSetup setup = allowed(own_);
    if (pool != nullptr) {
      setup.forward.action = setup.reverse->action = vr::FlowAction::nat;
      setup.forward.flags |= vr::flow_dnat;
      setup.reverse->flags |= vr::flow_snat;
      translate_ports(setup);
      look_up_in(*setup.reverse, vrf);
    }
    if (rpf) setup.forward_source = source_at(from.nexthop);
    if (rpf) setup.reverse_source = own_.nexthop;
    mark(setup, far.here, &own_);
    return setup;
  }

  // Frames stay in their network: no policy is asked, and no address changes.
  FlowSetup from_machine(const FrameEnds& ends) {
    const Station to = station(s_, own_.vif.vrf, ends.dst);
    if (to.nexthop.kind == Kind::discard) return dropped(FlowDrop::no_destination_route);
    const bool rpf = checks_sources(own_.port.network);
    const NexthopKey back = source_of(ends.src);
    if (rpf && back.kind == Kind::discard) return dropped(FlowDrop::no_source_route);
    const std::string& network = own_.port.network;
    const FlowDrop drop = judged_from(to.far, network, network);
    if (drop != FlowDrop::none) return dropped(drop);
    FlowSetup setup = allowed(to.far.here != nullptr ? *to.far.here : own_);
    if (rpf) setup.forward_source = source_at(back);
    if (rpf) setup.reverse_source = source_at(to.nexthop);
    return setup;
  }

  FlowSetup to_machine(const FrameEnds& ends) {
    const bool rpf = checks_sources(own_.port.network);
    const NexthopKey from = source_of(ends.src);
    if (rpf && from.kind == Kind::discard) return dropped(FlowDrop::no_source_route);
    const GroupIds groups = station(s_, own_.vif.vrf, ends.src).far.groups;
    if (!groups_allow(fabric_, own_.port.security_groups, true, key_, groups)) {
      return dropped(FlowDrop::sg);
    }
    FlowSetup setup = allowed(own_);
    if (rpf) setup.forward_source = source_at(from);
    if (rpf) setup.reverse_source = own_.nexthop;
    return setup;
  }

  FlowSetup dropped(FlowDrop why) const {
    FlowSetup setup;
    setup.drop = why;
    setup.forward.key = key_;
    setup.forward.action = vr::FlowAction::drop;
    return setup;
  }

private:
  // The vrouter asks in the machine's place, from a port of its own: who answers knows no other
  // address of it. Neither policies nor groups of the machine are asked, as in the original.
  FlowSetup to_service(const config::LinkLocalService& service) {
    if (service_port_ == 0) return dropped(FlowDrop::no_service_port);
    const auto& places = service.fabric_addresses;
    src_ = s_.config.address;
    src_port_ = service_port_;
    dst_ = places[number_of(key_, all_hash_fields) % places.size()];
    dst_port_ = service.fabric_port;
    const Reached to = reach(s_, fabric_vrf, dst_);
    const Reached back = reach(s_, own_.vif.vrf, key_.src);
    const bool rpf = checks_sources(own_.port.network);
    if (!to.leads()) return dropped(FlowDrop::no_destination_route);
    if (rpf && !back.leads()) return dropped(FlowDrop::no_source_route);
    const Far far = far_of(s_, to);
    if (far.here != nullptr &&
        !groups_allow(fabric_, far.here->port.security_groups, true, translated_key(), {})) {
      return dropped(FlowDrop::out_sg);
    }

    FlowSetup setup = allowed(far.here != nullptr ? *far.here : own_);
    if (far.here == nullptr) answered_at_host(setup);
    translate(setup, vr::flow_snat, fabric_vrf);
    translate(setup, vr::flow_dnat, fabric_vrf);
    look_up_in(*setup.reverse, own_.vif.vrf);
    if (rpf) setup.forward_source = back.nexthop;
    setup.service_port = service_port_;
    return setup;
  }

  // It hears answers to its own pings, whoever may talk to whom, and nothing else.
  FlowSetup to_agent() {
    if (!is_icmp(key_)) return dropped(FlowDrop::no_destination_route);
    FlowSetup setup = allowed(own_);
    setup.forward_source = own_.nexthop;
    return setup;
  }

  // By the fabric, addressed to the node: the nexthop that leads to it names the flow.
  void answered_at_host(FlowSetup& setup) const {
    setup.reverse->key.nexthop = *s_.nexthops.find(NexthopKey::receive(host_vif));
    setup.forward.reverse = setup.reverse->key;
  }

  // What a frame with this source comes from: where its packet's own route leads, if that is a
  // host's and names one place; else where the MAC is.
  NexthopKey source_of(const Mac& mac) const {
    const Reached back = reach(s_, own_.vif.vrf, key_.src);
    const bool one_place =
        back.nexthop.kind == Kind::interface || back.nexthop.kind == Kind::tunnel;
    const bool host = back.prefix == IpPrefix::host(key_.src);
    return host && one_place ? back.nexthop : station(s_, own_.vif.vrf, mac).nexthop;
  }

  // By the network in whose name the machine speaks: a floating IP's is the pool's.
  bool checks_sources(const std::string& name) const {
    const config::Network* network = find_network(fabric_, name);
    return network == nullptr || network->rpf;
  }

  // The floating IP the machine appears with: where it knows a longer way to the destination than
  // the machine's own network does. `to` is then that way.
  const config::FloatingIp* floating_source(Reached& to) const {
    const config::FloatingIp* as = nullptr;
    if (key_.src != own_.port.address) return as;
    for (const config::FloatingIp& candidate : own_.port.floating_ips) {
      const Vrf* vrf = s_.vrfs.of_network(candidate.network);
      if (vrf == nullptr || candidate.address.version() != key_.src.version()) continue;
      if (!candidate.egress) continue;
      const Reached there = reach(s_, vrf->id, key_.dst);
      const bool longer = !to.leads() || there.prefix.length() > to.prefix.length();
      if (!there.leads() || !longer) continue;
      to = there;
      as = &candidate;
    }
    return as;
  }

  // The first of the rules asked that says how to mark what it lets pass is heard.
  bool passes(const PolicyAnswer& answer) {
    if (qos_config_.empty()) qos_config_ = answer.qos_config;
    return answer.pass;
  }
  // Answers as well. An interface that names a configuration itself keeps to it, as in the
  // original.
  void mark(FlowSetup& setup, const VmInterface* sender, const VmInterface* answerer) const {
    const auto map_from = [&](const VmInterface* interface) {
      const bool own = interface != nullptr && !interface->port.qos_config.empty();
      return own ? std::uint16_t{0} : s_.qos.map_of(qos_config_);
    };
    setup.forward.qos = map_from(sender);
    setup.reverse->qos = map_from(answerer);
  }

  FlowDrop judged_from(const Far& far, const std::string& src, const std::string& dst) {
    if (!groups_allow(fabric_, own_.port.security_groups, false, key_, far.groups)) {
      return FlowDrop::sg;
    }
    if (!passes(policies_say(fabric_, src, src, dst, key_))) return FlowDrop::policy;
    if (far.here == nullptr) return FlowDrop::none;
    const vr::FlowKey there = translated_key();
    const GroupIds groups = ids_of(fabric_, own_.port.security_groups);
    if (!groups_allow(fabric_, far.here->port.security_groups, true, there, groups)) {
      return FlowDrop::out_sg;
    }
    const bool passes_there = passes(policies_say(fabric_, dst, src, dst, there));
    return passes_there ? FlowDrop::none : FlowDrop::out_policy;
  }

  // Answers enter the flow table at `answers_at`, if its machine has flows, or on their way here.
  FlowSetup allowed(const VmInterface& answers_at) const {
    const bool has_flows = answers_at.vif.nexthop != NexthopId{};
    FlowSetup setup;
    setup.forward.key = key_;
    vr::SetFlow& reverse = setup.reverse.emplace();
    reverse.key = {.nexthop = has_flows ? answers_at.vif.nexthop : own_.vif.nexthop,
                   .src = dst_,
                   .dst = src_,
                   .protocol = key_.protocol,
                   .src_port = is_icmp(key_) ? key_.src_port : dst_port_,
                   .dst_port = is_icmp(key_) ? key_.dst_port : src_port_};
    setup.forward.reverse = reverse.key;
    reverse.reverse = key_;
    return setup;
  }

  static void look_up_in(vr::SetFlow& flow, VrfId vrf) {
    flow.flags |= vr::flow_vrf_translate;
    flow.vrf = vrf;
  }
  // One end of the packet changes its address, and goes on in that VRF.
  void translate(FlowSetup& setup, std::uint16_t flag, VrfId vrf) const {
    setup.forward.action = setup.reverse->action = vr::FlowAction::nat;
    setup.forward.flags |= flag;
    setup.reverse->flags |= flag == vr::flow_snat ? vr::flow_dnat : vr::flow_snat;
    translate_ports(setup);
    look_up_in(setup.forward, vrf);
  }
  void translate_ports(FlowSetup& setup) const {
    if (src_port_ != key_.src_port) {
      setup.forward.flags |= vr::flow_spat;
      setup.reverse->flags |= vr::flow_dpat;
    }
    if (dst_port_ != key_.dst_port) {
      setup.forward.flags |= vr::flow_dpat;
      setup.reverse->flags |= vr::flow_spat;
    }
  }

  // What the packet has become when the machine it goes to sees it.
  vr::FlowKey translated_key() const {
    vr::FlowKey there = key_;
    there.src = src_;
    there.dst = dst_;
    there.src_port = src_port_;
    there.dst_port = dst_port_;
    return there;
  }

  // False where ports are mapped and this one is not.
  bool map_source(const config::FloatingIp& as) {
    return mapped(as, src_port_, &config::PortMapping::machine_port, &config::PortMapping::port);
  }
  bool map_destination(const config::FloatingIp& of) {
    return mapped(of, dst_port_, &config::PortMapping::port, &config::PortMapping::machine_port);
  }
  bool mapped(const config::FloatingIp& floating, std::uint16_t& port,
              std::uint16_t config::PortMapping::*from,
              std::uint16_t config::PortMapping::*to) const {
    if (floating.port_mappings.empty()) return true;
    for (const config::PortMapping& mapping : floating.port_mappings) {
      if (mapping.protocol != key_.protocol || mapping.*from != port) continue;
      port = mapping.*to;
      return true;
    }
    return false;
  }

  const State& s_;
  const config::Fabric& fabric_;
  const VmInterface& own_;
  const vr::FlowKey& key_;
  std::uint8_t ecmp_index_;
  std::uint16_t service_port_;
  IpAddr src_, dst_;  // as they are behind the flow
  std::uint16_t src_port_, dst_port_;
  std::string qos_config_{};  // what policies want its packets marked by
};

}  // namespace

std::string_view text_of(FlowDrop why) {
  switch (why) {
    case FlowDrop::none:
      return "";
    case FlowDrop::no_source_route:
      return "NoSrcRt";
    case FlowDrop::no_destination_route:
      return "NoDstRt";
    case FlowDrop::no_service_port:
      return "LinkSrcNatErr";
    case FlowDrop::same_flow:
      return "SameFlowRflowKey";
    case FlowDrop::no_port_map:
      return "NoFipPortMap";
    case FlowDrop::policy:
      return "Policy";
    case FlowDrop::out_policy:
      return "OutPolicy";
    case FlowDrop::sg:
      return "SG";
    case FlowDrop::out_sg:
      return "OutSG";
  }
  return "Unknown";
}

FlowSetup flow_setup(const State& state, const VmInterface& interface, FlowWay way,
                     const vr::FlowKey& key, const std::optional<FrameEnds>& ends,
                     std::uint8_t ecmp_index, std::uint16_t service_port) {
  Setup setup{state, interface, key, ecmp_index, service_port};
  const bool from = way == FlowWay::from_machine;
  FlowSetup made = ends   ? (from ? setup.from_machine(*ends) : setup.to_machine(*ends))
                   : from ? setup.from_machine()
                          : setup.to_machine();
  if (made.reverse && made.reverse->key == key) return setup.dropped(FlowDrop::same_flow);
  return made;
}

const VmInterface* exit_to(const State& state, VrfId vrf, const Mac& mac) {
  return station(state, vrf, mac).far.here;
}

std::vector<const VmInterface*> exits_to(const State& state, VrfId vrf, const IpAddr& address) {
  const NexthopKey nexthop = reach(state, vrf, address).nexthop;
  std::vector<const VmInterface*> exits = {interface_of(state, nexthop)};
  for (const Choice& way : ways_of(state, nexthop))
    exits.push_back(interface_of(state, way.member.key));
  std::erase(exits, nullptr);
  return exits;
}

std::uint16_t path_mtu(const State& state, VrfId vrf, const IpAddr& address) {
  const NexthopKey nexthop = reach(state, vrf, address).nexthop;
  unsigned overhead = overhead_of(nexthop);
  for (const Choice& way : ways_of(state, nexthop))
    overhead = std::max(overhead, overhead_of(way.member.key));
  return static_cast<std::uint16_t>(state.config.mtu -
                                    std::min<unsigned>(state.config.mtu, overhead));
}

}  // namespace tflab::agent
