#include "control-core/agent/agent.h"

#include <array>
#include <string>
#include <utility>

#include "control-core/agent/flow_packet.h"
#include "control-core/agent/flow_setup.h"
#include "control-core/agent/icmp_error.h"
#include "control-core/agent/networks.h"
#include "control-core/agent/op_text.h"
#include "control-core/agent/pages.h"
#include "control-core/agent/reconcile.h"
#include "control-core/agent/state.h"
#include "control-core/base/text.h"
#include "control-core/base/timers.h"
#include "control-core/config/gateway.h"
#include "control-core/xmpp/memo.h"
#include "vrouter-core/ops/trap.h"
#include "vrouter-core/wire/arp.h"
#include "vrouter-core/wire/ethernet.h"
#include "vrouter-core/wire/ipv4.h"

namespace tflab::agent {
namespace {

// What every nexthop, session or route may stand on.
bool same_identity(const config::Vrouter& a, const config::Vrouter& b) {
  return a.name == b.name && a.address == b.address && a.prefix_length == b.prefix_length &&
         a.gateway == b.gateway && a.mac == b.mac && a.mtu == b.mtu && a.xmpp_port == b.xmpp_port &&
         a.xmpp_hold == b.xmpp_hold;
}

// The sender of an ARP packet; announcements tell as much as answers do.
struct Teller {
  Ip4 ip;
  Mac mac;
};
std::optional<Teller> told_by_arp(Bytes frame) {
  Reader in{frame};
  const auto ethernet = wire::Ethernet::read(in);
  const auto arp = wire::Arp::read(in);
  if (!in.ok() || ethernet.type != wire::EtherType::arp) return {};
  return Teller{arp.sender, arp.sender_mac};
}

std::optional<Ip4> ipv4_destination(Bytes frame) {
  Reader in{frame};
  const auto ethernet = wire::Ethernet::read(in);
  const auto ip = wire::Ipv4::read(in);
  if (!in.ok() || ethernet.type != wire::EtherType::ipv4) return {};
  return ip.dst;
}

}  // namespace

struct Agent::Impl {
  Impl(config::Vrouter config, std::shared_ptr<xmpp::Memo> shared_memo)
      : memo{shared_memo ? std::move(shared_memo) : std::make_shared<xmpp::Memo>(0)} {
    renew(std::move(config));
  }

  void renew(config::Vrouter config) {
    state = std::make_unique<State>(std::move(config), out, last_stream, memo);
  }
  void build(Instant now);
  void run(Instant now);
  void halt(Instant now);
  void rebuild(Instant now, config::Vrouter next);
  void adopt(Instant now, config::Vrouter next);
  void leave_networks(Instant now, const config::Vrouter& next);
  void want_pinned_neighbours();
  bool pinned(Ip4 ip) const;

  // Everything that follows from an input, until nothing does.
  void settle(Instant now);
  void on_event(Instant now, const Controllers::Event& event);
  void on_down(Instant now, std::size_t slot);
  void sweep_stale();
  void on_items(Instant now, std::size_t slot, const xmpp::Items& items);
  void on_retracts(std::size_t slot, const xmpp::Retracts& retracts);
  void on_neighbour(const Neighbours::Change& change);
  bool neighbour_in_use(Ip4 ip) const;
  void on_flow_miss(Instant now, VifId in, VrfId vrf, Bytes frame);
  void on_undeliverable(Instant now, IcmpError why, VifId in, Bytes frame);
  void review_flows();
  void on_heard(Instant now, VifId in, const IpAddr& source);
  bool told_of_another(VrfId vrf, const xmpp::UnicastItem& item);

  std::shared_ptr<xmpp::Memo> memo;
  Outputs out;
  std::uint32_t last_stream = 0;
  bool built = false, running = false;
  Refusals refusals;
  std::uint64_t reviewed = 0;  // the routes' changes that flows have heard of
  std::map<VifId, IcmpPace> icmp_pace;
  std::unique_ptr<State> state;
};

void Agent::Impl::build(Instant now) {
  built = true;
  build_base(*state);
  want_pinned_neighbours();
  reconcile(now, *state);
}

void Agent::Impl::run(Instant now) {
  running = true;
  state->controllers.set_nodes(now, state->config.control_nodes);
}

void Agent::Impl::halt(Instant now) {
  running = false;
  state->controllers.stop(now);
  for (std::size_t slot = 0; slot < Controllers::most; ++slot) on_down(now, slot);
}

void Agent::Impl::rebuild(Instant now, config::Vrouter next) {
  State& s = *state;
  const bool was_running = running;
  halt(now);
  s.config.ports.clear();
  s.config.fabric.networks.clear();
  s.config.forwarding_classes.clear();
  s.config.qos_configs.clear();
  reconcile(now, s);
  remove_base(s);
  renew(std::move(next));
  build(now);
  if (was_running) run(now);
}

void Agent::Impl::adopt(Instant now, config::Vrouter next) {
  State& s = *state;
  const bool encaps_changed = s.config.encaps != next.encaps;
  leave_networks(now, next);
  s.config = std::move(next);
  if (encaps_changed) s.routes.choose_again();
  if (encaps_changed) s.bridging.choose_again();
  want_pinned_neighbours();
  reconcile(now, s);
  s.flows.review(s);
  if (!running) return;
  for (const std::size_t slot : s.controllers.set_nodes(now, s.config.control_nodes))
    on_down(now, slot);
}

// A machine that changes its network leaves the one before it enters the other, and has another
// label there: nobody who still knows it in the old one reaches it in the new.
void Agent::Impl::leave_networks(Instant now, const config::Vrouter& next) {
  State& s = *state;
  const auto elsewhere = [&](const config::Port& port) {
    const auto then = std::ranges::find(next.ports, port.name, &config::Port::name);
    return then != next.ports.end() && then->network != port.network;
  };
  if (std::erase_if(s.config.ports, elsewhere) != 0) reconcile(now, s, &next);
}

void Agent::Impl::want_pinned_neighbours() {
  State& s = *state;
  for (const IpAddr& node : s.config.control_nodes)
    if (node.is_v4()) s.neighbours.want(s.underlay.next_hop(node.v4()));
  if (s.underlay.gateway) s.neighbours.want(*s.underlay.gateway);
}
bool Agent::Impl::pinned(Ip4 ip) const {
  const State& s = *state;
  for (const IpAddr& node : s.config.control_nodes)
    if (node.is_v4() && s.underlay.next_hop(node.v4()) == ip) return true;
  return s.underlay.gateway == ip;
}

void Agent::Impl::settle(Instant now) {
  while (const auto event = state->controllers.poll_event(now)) on_event(now, *event);
  state->bridging.look_again(state->l2_routes.take_changes());
  state->router_routes.look_again(state->l2_routes.take_changed_prefixes());
  state->neighbours.on_timer(now, [this](Ip4 ip) { return neighbour_in_use(ip); });
  while (const auto change = state->neighbours.poll_change()) on_neighbour(*change);
  review_flows();
}

void Agent::Impl::review_flows() {
  const std::uint64_t changes = state->routes.changes() + state->bridging.changes();
  if (std::exchange(reviewed, changes) != changes) state->flows.review(*state);
}

void Agent::Impl::on_event(Instant now, const Controllers::Event& event) {
  State& s = *state;
  out.changed();
  if (std::holds_alternative<xmpp::Up>(event.what)) {
    const auto before = s.controllers.builder();
    s.controllers.tell_all(now, event.slot, s.vrfs, s.adverts);
    // It does not tell us of trees that we have left.
    if (before && before != s.controllers.builder())
      s.l2_routes.forget_trees(source_of_control_node(*before));
  } else if (std::holds_alternative<xmpp::Down>(event.what)) {
    on_down(now, event.slot);
  } else if (const auto* items = std::get_if<xmpp::Items>(&event.what)) {
    on_items(now, event.slot, *items);
  } else if (const auto* retracts = std::get_if<xmpp::Retracts>(&event.what)) {
    on_retracts(event.slot, *retracts);
  } else if (std::holds_alternative<Controllers::Outdated>(event.what)) {
    s.routes.sweep_stale(source_of_control_node(event.slot));
    s.l2_routes.sweep_stale(source_of_control_node(event.slot));
  } else {
    sweep_stale();
  }
}

// Some session has told everything: what others said before they were lost is not needed any more.
void Agent::Impl::sweep_stale() {
  for (std::size_t slot = 0; slot < Controllers::most; ++slot) {
    state->routes.sweep_stale(source_of_control_node(slot));
    state->l2_routes.sweep_stale(source_of_control_node(slot));
  }
}

// Headless: what a lost control node said keeps forwarding until some session has told everything
// (its end-of-rib), or has already.
void Agent::Impl::on_down(Instant now, std::size_t slot) {
  State& s = *state;
  s.routes.mark_stale(source_of_control_node(slot));
  s.l2_routes.mark_stale(source_of_control_node(slot));
  if (s.controllers.any_synced()) sweep_stale();
  s.controllers.move_trees(now, s.vrfs, s.adverts);
}

void Agent::Impl::on_items(Instant now, std::size_t slot, const xmpp::Items& items) {
  State& s = *state;
  const Vrf* vrf = s.vrfs.of_instance(items.instance);
  if (vrf == nullptr) return;  // on its way when we unsubscribed
  const Source source = source_of_control_node(slot);
  bool stands_back = false;
  for (const xmpp::SharedItem& item : *items.items) {
    if (const auto* unicast = std::get_if<xmpp::UnicastItem>(&*item)) {
      if (items.family == Family::inet_labeled) continue;  // tells of tunnels, not of VRF routes
      s.routes.set(vrf->id, source, item);
      stands_back |= told_of_another(vrf->id, *unicast);
    } else if (items.family != Family::ermvpn || slot == s.controllers.builder()) {
      s.l2_routes.set(vrf->id, source, item);
    }
  }
  if (stands_back) reconcile(now, s);
}

bool Agent::Impl::told_of_another(VrfId vrf, const xmpp::UnicastItem& item) {
  State& s = *state;
  bool stands_back = false;
  for (const xmpp::NextHop& hop : item.next_hops) {
    if (hop.address == IpAddr{s.config.address}) continue;
    stands_back |= s.preferences.told(vrf, item.prefix,
                                      {.sequence = item.sequence,
                                       .has_it = item.local_preference >= Preferences::high,
                                       .wins_ties = hop.address < IpAddr{s.config.address}});
  }
  return stands_back;
}

// A machine has spoken, and with which of its addresses.
void Agent::Impl::on_heard(Instant now, VifId in, const IpAddr& source) {
  State& s = *state;
  const auto sender = s.interfaces.by_vif().find(in);
  if (sender == s.interfaces.by_vif().end()) return;
  const auto& [vif, interface] = *sender;
  bool taken = false;
  for (const HeldAddress& each : held_addresses(interface->port))
    if (each.prefix.covers(source))
      taken |= s.preferences.heard(now, {interface->vif.vrf, each.prefix, interface->port.name});
  if (taken) reconcile(now, s);
}

void Agent::Impl::on_retracts(std::size_t slot, const xmpp::Retracts& retracts) {
  State& s = *state;
  const Vrf* vrf = s.vrfs.of_instance(retracts.instance);
  if (vrf == nullptr) return;
  const Source source = source_of_control_node(slot);
  if (retracts.family == Family::inet_labeled) return;
  for (const std::string& id : retracts.ids) {
    const auto item = xmpp::item_named(retracts.family, id);
    if (!item) continue;
    if (const auto* unicast = std::get_if<xmpp::UnicastItem>(&*item)) {
      s.routes.clear(vrf->id, unicast->prefix, source);
    } else {
      s.l2_routes.clear(vrf->id, source, *item);
    }
  }
}

// A known neighbour's route comes after the nexthops through it have its MAC, and goes before.
void Agent::Impl::on_neighbour(const Neighbours::Change& change) {
  State& s = *state;
  const auto prefix = IpPrefix::host(change.ip);
  if (!change.mac) s.routes.clear(fabric_vrf, prefix, Source::neighbour);
  s.nexthops.neighbour_changed(change.ip);
  if (!change.mac || !s.underlay.on_link(change.ip)) return;
  s.routes.set(fabric_vrf, prefix, Source::neighbour, {NexthopKey::arp(change.ip), {}, 0});
}

// Whose flow it is: the machine's that sent it, if that has flows; else of the one it goes to, by
// its label, its MAC or by route. The frame then goes where it was going; should the vrouter still
// hold its flow, it will not come back more than twice.
void Agent::Impl::on_flow_miss(Instant now, VifId in, VrfId vrf, Bytes frame) {
  State& s = *state;
  const auto of_frames = [&](Label label) {
    const NexthopKey* nexthop = s.labels.bound_to(label);
    return nexthop != nullptr && nexthop->kind == NexthopKey::Kind::bridge;
  };
  auto packet = read_flow_packet(frame, s.underlay.address, {vrouter_mac, s.config.mac}, of_frames);
  if (!packet) return;
  if (!packet->tunnelled) on_heard(now, in, packet->key.src);
  const auto& interfaces = s.interfaces.by_vif();
  const auto ask = [&](const VmInterface& interface, FlowWay way) {
    if (interface.vif.nexthop == NexthopId{}) return;
    packet->key.nexthop = interface.vif.nexthop;
    s.flows.missed(now, s, interface, way, packet->key, packet->ends);
  };
  const auto sender = interfaces.find(in);
  if (packet->label) {
    const NexthopKey* nexthop = s.labels.bound_to(*packet->label);
    const auto to = nexthop != nullptr ? interfaces.find(nexthop->vif) : interfaces.end();
    if (to != interfaces.end()) ask(*to->second, FlowWay::to_machine);
  } else if (sender != interfaces.end() && sender->second->vif.nexthop != NexthopId{}) {
    ask(*sender->second, FlowWay::from_machine);
  } else if (packet->ends) {
    const VmInterface* exit = exit_to(s, vrf, packet->ends->dst);
    if (exit != nullptr) ask(*exit, FlowWay::to_machine);
  } else {
    for (const VmInterface* exit : exits_to(s, vrf, packet->key.dst)) {
      ask(*exit, FlowWay::to_machine);
    }
  }
  out.put(Reinject{in, {frame.begin(), frame.end()}});
}

// A machine hears from the gateway of its subnet why its packet goes no further. What came in a
// tunnel has passed its own vrouter's checks; there is nobody to tell.
void Agent::Impl::on_undeliverable(Instant now, IcmpError why, VifId in, Bytes frame) {
  State& s = *state;
  const auto sender = s.interfaces.by_vif().find(in);
  const auto to = ip_destination(frame);
  if (sender == s.interfaces.by_vif().end() || !to) return;
  const config::Port& port = sender->second->port;
  const bool own = to->version() == port.address.version();
  const std::optional<IpAddr> address = own ? std::optional{port.address} : port.address6;
  const config::Network* network = find_network(s.config.fabric, port.network);
  if (network == nullptr || !address || !icmp_pace[in].take(now)) return;
  for (const IpPrefix& subnet : network->subnets) {
    if (!subnet.covers(*address)) continue;
    const std::uint16_t mtu = path_mtu(s, sender->second->vif.vrf, *to);
    auto answer = icmp_error(why, frame, config::gateway_of(subnet, *address), mtu);
    if (answer) out.put(Transmit{in, std::move(*answer)});
    return;
  }
}

bool Agent::Impl::neighbour_in_use(Ip4 ip) const {
  const State& s = *state;
  if (pinned(ip)) return true;
  const bool own_route = s.routes.has(fabric_vrf, IpPrefix::host(ip), Source::neighbour);
  return s.nexthops.uses(ip, own_route ? 1 : 0);
}

Agent::Agent(config::Vrouter config, std::shared_ptr<xmpp::Memo> memo)
    : impl_{std::make_unique<Impl>(std::move(config), std::move(memo))} {}
Agent::~Agent() = default;

void Agent::start(Instant now) {
  if (!impl_->built) impl_->build(now);
  if (!impl_->running) impl_->run(now);
  impl_->settle(now);
}

void Agent::stop(Instant now) {
  impl_->halt(now);
  impl_->settle(now);
}

void Agent::configure(Instant now, config::Vrouter next) {
  if (!impl_->built) return impl_->renew(std::move(next));
  if (same_identity(config(), next)) {
    impl_->adopt(now, std::move(next));
  } else {
    impl_->rebuild(now, std::move(next));
  }
  impl_->settle(now);
}

void Agent::on_opened(Instant now, StreamId stream, Endpoint) {
  impl_->state->controllers.on_opened(now, stream);
  impl_->settle(now);
}
void Agent::on_bytes(Instant now, StreamId stream, Bytes bytes) {
  impl_->state->controllers.on_bytes(now, stream, bytes);
  impl_->settle(now);
}
void Agent::on_closed(Instant now, StreamId stream) {
  impl_->state->controllers.on_closed(now, stream);
  impl_->settle(now);
}

void Agent::on_trap(Instant now, std::uint16_t why, VifId in, VrfId vrf, Bytes frame) {
  State& s = *impl_->state;
  if (why == static_cast<std::uint16_t>(vr::Trap::arp)) {
    const auto told = told_by_arp(frame);
    if (told && in == fabric_vif) s.neighbours.learn(now, told->ip, told->mac);
    if (told && in != fabric_vif) impl_->on_heard(now, in, told->ip);
  }
  if (why == static_cast<std::uint16_t>(vr::Trap::resolve)) {
    if (const auto to = ipv4_destination(frame)) s.neighbours.hold(s.underlay.next_hop(*to), frame);
  }
  if (why == static_cast<std::uint16_t>(vr::Trap::flow_miss)) {
    impl_->on_flow_miss(now, in, vrf, frame);
  }
  if (why == static_cast<std::uint16_t>(vr::Trap::l3_protocols) && s.health.heard(now, in, frame))
    reconcile(now, s);
  if (why == static_cast<std::uint16_t>(vr::Trap::handle_df))
    impl_->on_undeliverable(now, IcmpError::too_big, in, frame);
  if (why == static_cast<std::uint16_t>(vr::Trap::zero_ttl))
    impl_->on_undeliverable(now, IcmpError::hops_exceeded, in, frame);
  impl_->settle(now);
}

void Agent::on_aged(Instant now, const std::vector<vr::FlowKey>& flows) {
  for (const vr::FlowKey& key : flows) impl_->state->flows.aged(key);
  impl_->settle(now);
}

void Agent::on_refused(Instant now, const vr::Op& op, vr::Result why) {
  Refusals& refusals = impl_->refusals;
  ++refusals.count;
  if (refusals.last.size() == Refusals::most) refusals.last.pop_front();
  refusals.last.push_back({now, to_text(op), why});
  if (const auto* flow = std::get_if<vr::SetFlow>(&op)) impl_->state->flows.refused(flow->key);
}

void Agent::on_timer(Instant now) {
  impl_->state->controllers.on_timer(now);
  impl_->state->flows.on_timer(now);
  if (impl_->state->preferences.on_timer(now)) reconcile(now, *impl_->state);
  if (impl_->running && impl_->state->health.on_timer(now)) reconcile(now, *impl_->state);
  impl_->settle(now);
}
std::optional<Instant> Agent::next_timer() const {
  const State& s = *impl_->state;
  const auto health = impl_->running ? s.health.next_timer() : std::nullopt;
  return earliest(earliest(s.controllers.next_timer(), s.neighbours.next_timer()),
                  earliest(earliest(s.flows.next_timer(), s.preferences.next_timer()), health));
}
std::optional<Output> Agent::poll_output() {
  return impl_->out.poll();
}

const config::Vrouter& Agent::config() const {
  return impl_->state->config;
}
std::uint64_t Agent::activity() const {
  return impl_->out.activity();
}

bool Agent::synced() const {
  return impl_->state->controllers.any_synced() || impl_->state->config.control_nodes.empty();
}
std::optional<introspect::Tree> Agent::page(const introspect::PageRequest& request,
                                            const Datapath& datapath) const {
  return page_of({*impl_->state, impl_->refusals, request, datapath});
}

}  // namespace tflab::agent
