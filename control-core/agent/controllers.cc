#include "control-core/agent/controllers.h"

#include <algorithm>
#include <string>
#include <utility>

#include "control-core/base/timers.h"
#include "control-core/config/names.h"

namespace tflab::agent {
namespace {

std::optional<std::uint32_t> native_index(const AdvertKey& key) {
  if (!key.native) return {};
  return key.native->raw();
}

}  // namespace

std::vector<std::size_t> Controllers::set_nodes(Instant now, const std::vector<IpAddr>& addresses) {
  const auto end =
      addresses.begin() + static_cast<std::ptrdiff_t>(std::min(most, addresses.size()));
  std::vector<std::size_t> left;
  for (std::size_t slot = 0; slot < most; ++slot) {
    auto& node = nodes_[slot];
    // Who has gone elsewhere stays there as long as that one is in the list.
    if (!node || std::ranges::find(addresses, node->address) != addresses.end()) continue;
    retire(now, node);
    left.push_back(slot);
  }
  for (auto address = addresses.begin(); address != end; ++address)
    if (!in_use(*address)) add(now, *address);
  return left;
}

bool Controllers::in_use(const IpAddr& address) const {
  return std::ranges::any_of(nodes_,
                             [&](const auto& node) { return node && node->address == address; });
}

void Controllers::add(Instant now, const IpAddr& address) {
  const auto place = std::ranges::find_if(nodes_, [](const auto& node) { return !node; });
  if (place != nodes_.end()) begin(now, *place, address);
}

void Controllers::begin(Instant now, std::optional<Node>& place, const IpAddr& address) {
  const xmpp::SessionConfig session{
      .local = config_.name, .remote = std::string{config::control_jid}, .hold = config_.xmpp_hold};
  place.emplace(Node{.address = address, .client = xmpp::Client{session, memo_}, .changed = now});
  arm_elsewhere(now, *place, patience);
  place->client.start(now);
}

void Controllers::arm_elsewhere(Instant now, Node& node, Duration patience_with_it) {
  if (config_.control_nodes.size() > most)
    node.timers.arm(Node::Timer::elsewhere, now + patience_with_it);
}

// To the next in the list that has no session of ours, in a circle. What the lost one said stays
// until the new one has told everything.
void Controllers::go_elsewhere(Instant now, Node& node) {
  const auto& all = config_.control_nodes;
  const auto at = std::ranges::find(all, node.address) - all.begin();
  for (std::size_t step = 1; step < all.size(); ++step) {
    const IpAddr& next = all[(static_cast<std::size_t>(at) + step) % all.size()];
    if (in_use(next)) continue;
    auto& place =
        *std::ranges::find_if(nodes_, [&](auto& each) { return each && &*each == &node; });
    hang_up(node);
    const auto timers = node.timers;  // the limit of what is stale goes on
    begin(now, place, next);
    place->timers = timers;
    return arm_elsewhere(now, *place, less_patience);
  }
}

void Controllers::retire(Instant now, std::optional<Node>& node) {
  node->client.stop(now);
  while (next_event(now, *node)) {
  }
  hang_up(*node);
  node.reset();
}

void Controllers::stop(Instant now) {
  for (auto& node : nodes_)
    if (node) retire(now, node);
}

Controllers::Node* Controllers::owner_of(StreamId stream) {
  for (auto& node : nodes_)
    if (node && node->stream == stream) return &*node;
  return nullptr;
}

void Controllers::on_opened(Instant now, StreamId stream) {
  if (Node* node = owner_of(stream)) node->client.on_transport_up(now);
}
void Controllers::on_bytes(Instant now, StreamId stream, Bytes bytes) {
  if (Node* node = owner_of(stream)) node->client.on_bytes(now, bytes);
}
void Controllers::on_closed(Instant now, StreamId stream) {
  Node* node = owner_of(stream);
  if (node == nullptr) return;
  node->stream.reset();
  node->client.on_transport_down(now);
}
void Controllers::on_timer(Instant now) {
  for (auto& node : nodes_)
    if (node) node->client.on_timer(now);
}
std::optional<Instant> Controllers::next_timer() const {
  std::optional<Instant> first;
  for (const auto& node : nodes_)
    if (node) first = earliest(first, earliest(node->client.next_timer(), node->timers.next()));
  return first;
}

std::optional<Controllers::Event> Controllers::poll_event(Instant now) {
  for (std::size_t slot = 0; slot < most; ++slot) {
    if (!nodes_[slot]) continue;
    if (auto what = next_event(now, *nodes_[slot])) return Event{slot, std::move(*what)};
  }
  return {};
}

Controllers::What Controllers::gone_up(Instant now, Node& node, xmpp::Up& up) {
  node.up = true;
  node.changed = now;
  node.timers.disarm(Node::Timer::stale);
  node.timers.disarm(Node::Timer::elsewhere);
  node.timers.arm(Node::Timer::end_of_rib, now + rules().end_of_rib_timeout);
  return std::move(up);
}

// Without graceful restart there is no limit: a vrouter alone in the world goes on forwarding.
Controllers::What Controllers::gone_down(Instant now, Node& node, xmpp::Down& down) {
  node.up = node.synced = false;
  node.changed = now;
  node.timers.disarm_all();
  arm_elsewhere(now, node, patience);
  if (rules().enable)
    node.timers.arm(Node::Timer::stale,
                    now + rules().restart_time + rules().long_lived_restart_time);
  return std::move(down);
}

std::optional<Controllers::What> Controllers::next_event(Instant now, Node& node) {
  if (node.timers.due(Node::Timer::stale, now)) return Outdated{};
  if (node.timers.due(Node::Timer::elsewhere, now)) go_elsewhere(now, node);
  if (node.timers.due(Node::Timer::end_of_rib, now)) {
    node.synced = true;
    return xmpp::EndOfRib{};
  }
  while (auto output = node.client.poll_output()) {
    if (std::holds_alternative<xmpp::Dial>(*output)) {
      dial(node);
    } else if (std::holds_alternative<xmpp::HangUp>(*output)) {
      hang_up(node);
    } else if (auto* send = std::get_if<xmpp::Send>(&*output)) {
      if (node.stream) out_.put(WriteStream{*node.stream, std::move(send->bytes)});
    } else if (auto* up = std::get_if<xmpp::Up>(&*output)) {
      return gone_up(now, node, *up);
    } else if (auto* down = std::get_if<xmpp::Down>(&*output)) {
      return gone_down(now, node, *down);
    } else if (auto* items = std::get_if<xmpp::Items>(&*output)) {
      return What{std::move(*items)};
    } else if (auto* retracts = std::get_if<xmpp::Retracts>(&*output)) {
      return What{std::move(*retracts)};
    } else if (std::holds_alternative<xmpp::EndOfRib>(*output)) {
      node.synced = true;
      node.timers.disarm(Node::Timer::end_of_rib);
      return What{xmpp::EndOfRib{}};
    }
  }
  return {};
}

void Controllers::dial(Node& node) {
  hang_up(node);
  node.stream = StreamId{++last_stream_};
  out_.put(OpenStream{*node.stream, config_.address, {node.address, config_.xmpp_port}});
}
void Controllers::hang_up(Node& node) {
  if (!node.stream) return;
  out_.put(CloseStream{*node.stream});
  node.stream.reset();
}

void Controllers::tell_all(Instant now, std::size_t slot, const Vrfs& vrfs,
                           const Adverts& adverts) {
  const auto before = std::exchange(builder_, lowest_up());
  xmpp::Client& client = nodes_[slot]->client;
  for (const auto& [id, vrf] : vrfs.all()) client.subscribe(now, vrf.instance, id.raw());
  for (const auto& [key, item] : adverts) {
    if (!concerns(slot, key)) continue;
    const std::string& instance = vrfs.find(key.vrf)->instance;
    client.publish(now, instance, for_control_node(item, slot), native_index(key));
  }
  client.send_end_of_rib(now);
  if (!before || before == builder_) return;
  for (const auto& [key, item] : adverts)
    if (key.family == Family::ermvpn) {
      const std::string& instance = vrfs.find(key.vrf)->instance;
      nodes_[*before]->client.retract(now, instance, for_control_node(item, *before), {});
    }
}

void Controllers::move_trees(Instant now, const Vrfs& vrfs, const Adverts& adverts) {
  const auto before = std::exchange(builder_, lowest_up());
  if (!builder_ || before == builder_) return;
  for (const auto& [key, item] : adverts)
    if (key.family == Family::ermvpn) publish(now, *vrfs.find(key.vrf), key, item);
}

std::optional<std::size_t> Controllers::lowest_up() const {
  std::optional<std::size_t> lowest;
  for (std::size_t slot = 0; slot < most; ++slot) {
    if (!nodes_[slot] || !nodes_[slot]->up) continue;
    if (!lowest || nodes_[slot]->address < nodes_[*lowest]->address) lowest = slot;
  }
  return lowest;
}

bool Controllers::concerns(std::size_t slot, const AdvertKey& key) const {
  return key.family != Family::ermvpn || slot == builder_;
}

template <class Tell>
void Controllers::each_up(Tell tell) {
  for (std::size_t slot = 0; slot < most; ++slot)
    if (nodes_[slot] && nodes_[slot]->up) tell(nodes_[slot]->client, slot);
}

void Controllers::subscribe(Instant now, const Vrf& vrf) {
  each_up([&](xmpp::Client& client, std::size_t) {
    client.subscribe(now, vrf.instance, vrf.id.raw());
  });
}
void Controllers::unsubscribe(Instant now, const Vrf& vrf) {
  each_up([&](xmpp::Client& client, std::size_t) {
    client.unsubscribe(now, vrf.instance, vrf.id.raw());
  });
}
void Controllers::publish(Instant now, const Vrf& vrf, const AdvertKey& key,
                          const xmpp::Item& item) {
  each_up([&](xmpp::Client& client, std::size_t slot) {
    if (concerns(slot, key))
      client.publish(now, vrf.instance, for_control_node(item, slot), native_index(key));
  });
}
void Controllers::retract(Instant now, const Vrf& vrf, const AdvertKey& key,
                          const xmpp::Item& item) {
  each_up([&](xmpp::Client& client, std::size_t slot) {
    if (concerns(slot, key))
      client.retract(now, vrf.instance, for_control_node(item, slot), native_index(key));
  });
}

bool Controllers::any_synced() const {
  return std::ranges::any_of(nodes_, [](const auto& node) { return node && node->synced; });
}

}  // namespace tflab::agent
