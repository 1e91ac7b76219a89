// The control node's end: agents subscribe and publish here, and are told of routes.

#include "control-core/base/outbox.h"
#include "control-core/xmpp/channel.h"
#include "control-core/xmpp/entry.h"
#include "control-core/xmpp/session.h"
#include "control-core/xmpp/stanza.h"

namespace tflab::xmpp {

struct Server::Impl : Channel {
  explicit Impl(SessionConfig wanted) : Channel{Role::server, std::move(wanted)} {}

  Outbox<ServerOutput> out;
  // A route's first stanza, until the second says which instance it is for. One at a time.
  std::optional<Publish> held;

  SharedBytes tag;  // of every message to this agent

  void dial() override {}  // a server never does
  void hang_up() override { out.put(HangUp{}); }
  void send(SharedBytes bytes) override { out.put(Send{std::move(bytes)}); }
  void tell_up() override {
    tag = shared(message_tag({config().local, peer()}));
    out.put(Up{peer()});
  }
  void tell_down(std::string why, bool fault) override { out.put(Down{std::move(why), fault}); }
  void on_stanza(Instant, const xml::Element& stanza) override {
    AgentStanza said = read_agent_stanza(stanza);
    std::visit([this](auto& what) { take(what); }, said);
  }

  void write_message(SharedBytes body) { write_stanza({tag, std::move(body)}); }

  void take(Subscribe& said) {
    out.put(Subscribed{std::move(said.instance), said.instance_id, said.no_ribout});
  }
  void take(Unsubscribe& said) { out.put(Unsubscribed{std::move(said.instance)}); }
  void take(Publish& said) {
    discard_held();
    if (!said.item) count_refused();
    held = std::move(said);
  }
  void take(Collection& said);
  void take(EmptyCollection&) { discard_held(); }
  void take(SaidEndOfRib&) {
    discard_held();
    out.put(EndOfRib{});
  }
  void take(NotForUs&) {}
  void take(Nonsense&) { count_refused(); }

  // What was refused when it was read has been counted then.
  void discard_held() {
    if (held && held->item) count_refused();
    held.reset();
  }
};

void Server::Impl::take(Collection& said) {
  if (!held || held->node_id != said.node_id || said.instance.empty()) {
    discard_held();
    return count_refused();
  }
  const Publish route = std::move(*held);
  held.reset();
  if (!route.item) return;
  if (said.verb == Verb::dissociate)
    return out.put(Retracted{std::move(said.instance), *route.item, route.primary_instance});
  if (publish_fault(*route.item, said.instance)) return count_refused();
  out.put(Published{std::move(said.instance), *route.item, route.primary_instance});
}

Server::Server(SessionConfig config) : impl_{std::make_unique<Impl>(std::move(config))} {}
Server::~Server() = default;
Server::Server(Server&&) noexcept = default;
Server& Server::operator=(Server&&) noexcept = default;

void Server::on_transport_up(Instant now) {
  impl_->feed(now, Event::transport_up);
}
void Server::on_transport_down(Instant now) {
  impl_->feed(now, Event::transport_down);
}
void Server::on_bytes(Instant now, Bytes bytes) {
  impl_->on_bytes(now, bytes);
}
void Server::on_timer(Instant now) {
  impl_->on_timer(now);
}
std::optional<Instant> Server::next_timer() const {
  return impl_->next_timer();
}
std::optional<ServerOutput> Server::poll_output() {
  return impl_->out.poll();
}

void Server::send_items(Instant, const std::string& instance, const std::vector<Item>& items) {
  if (!impl_->established()) return;
  ItemTexts pool;
  std::vector<SharedItemText> texts;
  for (const Item& item : items) texts.push_back(write_item(item, pool));
  for (std::span<const SharedItemText> left{texts}; !left.empty();)
    impl_->write_message(shared(items_body(instance, left)));
}

void Server::send_retracts(Instant, const std::string& instance, Family family,
                           const std::vector<std::string>& ids) {
  if (!impl_->established()) return;
  for (std::span<const std::string> left{ids}; !left.empty();)
    impl_->write_message(shared(retracts_body(instance, family, left)));
}

void Server::send(Instant, SharedBytes body) {
  impl_->write_message(std::move(body));
}

void Server::send_end_of_rib(Instant) {
  impl_->write_message(shared(end_of_rib_body()));
}

void Server::close(Instant now, std::string_view condition, std::string why) {
  impl_->fail(now, Event::refuse, condition, std::move(why));
}

State Server::state() const {
  return impl_->state();
}
const std::string& Server::peer() const {
  return impl_->peer();
}
Statistics Server::sent() const {
  return impl_->sent();
}
Statistics Server::received() const {
  return impl_->received();
}

}  // namespace tflab::xmpp
