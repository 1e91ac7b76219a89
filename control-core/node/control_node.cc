#include "control-core/node/control_node.h"

#include <utility>

#include "control-core/config/diff.h"
#include "control-core/config/target_filtering.h"
#include "control-core/node/agents.h"
#include "control-core/node/core.h"
#include "control-core/node/pages.h"
#include "control-core/node/peers.h"

namespace tflab::node {
namespace {

constexpr std::uint8_t cease = 6, administrative_shutdown = 2;

vpn::Identity identity_of(const config::ControlNode& config) {
  return {config.as, config.fabric.autonomous_system, config.router_id};
}

}  // namespace

struct ControlNode::Impl {
  Impl(config::ControlNode config, std::shared_ptr<Pools> pools) {
    core.config = std::move(config);
    core.pools = pools ? std::move(pools) : std::make_shared<Pools>();
    rebuild();
  }

  Core core;
  std::unique_ptr<Peers> peers;
  std::unique_ptr<Agents> agents;
  std::uint64_t past_changes = 0;  // of tables that are gone
  bool running = false, stopped = false;
  std::optional<Instant> unsettled;  // bytes came, at this time, whose consequences are to be told

  // Sessions refer to tables: they go first and come last.
  void rebuild() {
    agents.reset();
    peers.reset();
    if (core.routing) past_changes += core.routing->changes();
    core.routing = std::make_unique<vpn::Routing>(identity_of(core.config), core.pools->attributes);
    peers = std::make_unique<Peers>(core);
    agents = std::make_unique<Agents>(core);
  }

  void start(Instant now) {
    if (std::exchange(stopped, false)) rebuild();
    running = true;
    start_membership(now);
    for (config::Instance& instance : config::compile(core.config))
      if (instance.index != 0) core.routing->add(now, std::move(instance));
    peers->start(now);
    for (const config::BgpPeer& peer : core.config.peers) peers->add(now, peer);
    settle(now);
  }

  // target:<router id>:0 names a control node, not a router.
  void start_membership(Instant now) {
    if (core.config.vrfs.empty()) core.routing->start(now);
    if (core.config.target_filtering == config::TargetFiltering::outbound_only &&
        config::between_peers(core.config))
      core.routing->want_everything(now);
  }

  void stop(Instant now) {
    running = false;
    stopped = true;
    peers->stop(now, {cease, administrative_shutdown, true, "Cease/administrative shutdown"});
    agents->stop(now, "shutting down");
    settle(now);
  }

  // After every input: tables come to rest, then everybody is told what changed.
  void settle(Instant now) {
    unsettled.reset();
    core.routing->settle(now);
    std::vector<rib::Table*> changed;
    while (rib::Table* table = core.routing->poll_changed()) changed.push_back(table);
    for (rib::Table* table : changed) {
      if (table->family() == Family::route_target) peers->note_target_added(now);
      agents->note(now, *table);
    }
    agents->note_trees(now, core.routing->ermvpn().take_changes());
    agents->note_floods(now, core.routing->flooding().take_changes());
    peers->tell(now);
    for (rib::Table* table : changed) table->forget();
  }

  // --- configuration, change by change

  void apply(Instant now, const config::Change& change) {
    std::visit([&](const auto& what) { take(now, what); }, change);
  }
  void take(Instant, const config::IdentityChanged&) {}
  void take(Instant now, const config::InstanceAdded& change) {
    core.routing->add(now, change.now);
    agents->instance_added(now, change.now.name);
  }
  void take(Instant now, const config::InstanceRemoved& change) {
    agents->instance_leaving(now, change.name);
    core.routing->remove(now, change.name);
  }
  void take(Instant now, const config::InstanceChanged& change) {
    core.routing->change(now, change.now);
  }
  void take(Instant now, const config::PeerAdded& change) { peers->add(now, change.now); }
  void take(Instant now, const config::PeerRemoved& change) { peers->remove(now, change.name); }
  void take(Instant now, const config::PeerChanged& change) { peers->change(now, change.now); }
  void take(Instant now, const config::PeerRangesChanged&) { peers->ranges_changed(now); }

  void configure(Instant now, config::ControlNode next) {
    const auto changes = config::diff(core.config, next);
    const bool another =
        !changes.empty() && std::holds_alternative<config::IdentityChanged>(changes.front());
    if (!running || another) {
      const bool was_running = running;
      if (was_running) stop(now);
      core.config = std::move(next);
      rebuild();
      stopped = false;
      if (was_running) start(now);
      return;
    }
    const bool other_agents = core.config.agents != next.agents;
    core.config = std::move(next);
    for (const config::Change& change : changes) apply(now, change);
    if (other_agents) agents->agents_changed(now);
    settle(now);
  }
};

ControlNode::ControlNode(config::ControlNode config, std::shared_ptr<Pools> pools)
    : impl_{std::make_unique<Impl>(std::move(config), std::move(pools))} {}
ControlNode::~ControlNode() = default;

void ControlNode::start(Instant now) {
  impl_->start(now);
}
void ControlNode::stop(Instant now) {
  impl_->stop(now);
}
void ControlNode::configure(Instant now, config::ControlNode next) {
  impl_->configure(now, std::move(next));
}

StreamId ControlNode::on_accepted(Instant now, Endpoint local, Endpoint remote) {
  if (!impl_->running) {
    const StreamId nobody = impl_->core.new_stream();
    impl_->core.close(nobody);
    return nobody;
  }
  const bool agent = local.port == impl_->core.config.xmpp_port;
  const StreamId stream = agent ? impl_->agents->on_accepted(now, local, remote)
                                : impl_->peers->on_accepted(now, local, remote);
  impl_->settle(now);
  return stream;
}

void ControlNode::on_opened(Instant now, StreamId stream, Endpoint local) {
  if (impl_->peers->owns(stream)) impl_->peers->on_opened(now, stream, local);
  impl_->settle(now);
}

// Bytes and closings may still come for a stream that we have let go of.
void ControlNode::on_bytes(Instant now, StreamId stream, Bytes bytes) {
  if (impl_->agents->owns(stream))
    impl_->agents->on_bytes(now, stream, bytes);
  else if (impl_->peers->owns(stream))
    impl_->peers->on_bytes(now, stream, bytes);
  impl_->unsettled = now;
}

void ControlNode::on_closed(Instant now, StreamId stream) {
  if (impl_->agents->owns(stream))
    impl_->agents->on_closed(now, stream);
  else if (impl_->peers->owns(stream))
    impl_->peers->on_closed(now, stream);
  impl_->settle(now);
}

void ControlNode::on_blocked(Instant now, StreamId stream) {
  if (impl_->peers->owns(stream)) impl_->peers->on_blocked(now, stream);
  if (impl_->agents->owns(stream)) impl_->agents->on_blocked(now, stream);
}
void ControlNode::on_writable(Instant now, StreamId stream) {
  if (impl_->peers->owns(stream)) impl_->peers->on_writable(now, stream);
  if (impl_->agents->owns(stream)) impl_->agents->on_writable(now, stream);
  impl_->settle(now);
}

void ControlNode::on_timer(Instant now) {
  impl_->peers->on_timer(now);
  impl_->agents->on_timer(now);
  impl_->settle(now);
}

std::optional<Instant> ControlNode::next_timer() const {
  return earliest(earliest(impl_->peers->next_timer(), impl_->agents->next_timer()),
                  impl_->core.routing->next_timer());
}

// A host may pass in the bytes of many streams before it drains: they are settled together.
std::optional<Output> ControlNode::poll_output() {
  if (impl_->unsettled && impl_->core.out.empty()) impl_->settle(*impl_->unsettled);
  return impl_->core.out.poll();
}

const config::ControlNode& ControlNode::config() const {
  return impl_->core.config;
}

std::uint64_t ControlNode::activity() const {
  return impl_->core.activity + impl_->past_changes + impl_->core.routing->changes();
}

std::uint64_t ControlNode::messages() const {
  return impl_->core.messages;
}

std::vector<RouterRoute> ControlNode::router_routes() const {
  return node::router_routes(impl_->core);
}
void ControlNode::each_vpn_route(const VisitVpn& visit) const {
  for (const auto& [nlri, row] : impl_->core.routing->master(Family::inet_vpn).rows())
    if (!row.paths.empty()) visit(std::get<VpnRoute>(nlri), row.paths.front().attributes->next_hop);
}
std::optional<introspect::Tree> ControlNode::page(const introspect::PageRequest& request) const {
  return page_of({impl_->core, *impl_->peers, *impl_->agents, request});
}

}  // namespace tflab::node
