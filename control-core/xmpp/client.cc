// The agent's end: subscribes to instances, publishes its routes, is told of all others.

#include <algorithm>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "control-core/base/outbox.h"
#include "control-core/xmpp/channel.h"
#include "control-core/xmpp/memo.h"
#include "control-core/xmpp/session.h"
#include "control-core/xmpp/stanza.h"

namespace tflab::xmpp {

namespace {

// A body that is longer is for the stream to refuse.
constexpr std::size_t longest_half = xml::Limits{}.stanza;

}  // namespace

struct Client::Impl : Channel {
  Impl(SessionConfig wanted, std::shared_ptr<Memo> shared_memo)
      : Channel{Role::client, std::move(wanted)}, memo{std::move(shared_memo)} {}

  std::shared_ptr<Memo> memo;
  Memo::Said known;            // what the message says that is coming to its end
  Memo::Said heard;            // what the last message said
  std::vector<std::byte> tag;  // the last that came apart from its body
  bool tag_opened = false;     // the stanza that is being read
  bool tag_is_for_routing = false;
  bool tag_waits = false;            // it came once more, and is not read yet
  std::vector<std::byte> half_body;  // its end has not come yet

  Outbox<ClientOutput> out;
  std::uint64_t subscriptions = 0, routes = 0;  // number the stanzas' ids

  Ends ends() const { return {config().local, config().remote}; }

  void dial() override {
    out.put(Dial{});
    tag_opened = tag_is_for_routing = tag_waits = false;
    half_body.clear();
  }
  void hang_up() override { out.put(HangUp{}); }
  void send(SharedBytes bytes) override { out.put(Send{std::move(bytes)}); }
  void tell_up() override { out.put(Up{peer()}); }
  void tell_down(std::string why, bool fault) override { out.put(Down{std::move(why), fault}); }
  void on_stanza(Instant, const xml::Element& stanza) override {
    if (std::exchange(tag_opened, false)) tag_is_for_routing = is_for_routing(stanza);
    if (known && is_for_routing(stanza)) return take(std::exchange(known, nullptr));
    ControlStanza said = read_control_stanza(stanza);
    std::visit([this](auto& what) { take(what); }, said);
  }

  // The tag of a message is the agent's own, and mostly the last one's again; its body is
  // everybody's. A message of which both are known leaves the stream as it found it, and so need
  // not be read.
  void on_bytes_of_many(Instant now, Bytes bytes) {
    if (!came(now, bytes)) return;
    if (!memo->of_many()) return on_piece(now, bytes);
    if (half_body.empty()) return take_apart(now, bytes);
    half_body.insert(half_body.end(), bytes.begin(), bytes.end());
    take_apart(now, std::exchange(half_body, {}));
  }

  // What has come as one segment, or as several, in the pieces that were written.
  void take_apart(Instant now, Bytes bytes) {
    while (!bytes.empty() && has_stream(Role::client, state())) {
      const bool body = Memo::begins_body(bytes) && (tag_waits || message_opened());
      const std::size_t size = body ? Memo::size_of_body(bytes) : size_of_tag(bytes);
      if (size == 0 && bytes.size() < longest_half) {
        half_body.assign(bytes.begin(), bytes.end());
        return;
      }
      const Bytes piece = size == 0 ? bytes : bytes.first(size);
      on_piece(now, piece);
      bytes = bytes.subspan(piece.size());
    }
  }

  // What does not begin with a message's tag is one piece.
  std::size_t size_of_tag(Bytes bytes) const {
    if (!between_stanzas() || tag_waits) return bytes.size();
    if (!tag.empty() && bytes.size() >= tag.size() &&
        std::ranges::equal(bytes.first(tag.size()), tag))
      return tag.size();
    return Memo::size_of_tag(bytes);
  }

  void on_piece(Instant now, Bytes bytes) {
    const bool body = Memo::whole_body(bytes) && (tag_waits || message_opened());
    known = body ? memo->find(bytes) : nullptr;
    if (std::exchange(tag_waits, false)) {
      if (known) {
        count_stanza();
        return take(std::exchange(known, nullptr));
      }
      if (body && read_apart(now, bytes)) return;
      read(now, tag);
      tag_opened = true;
    }
    body ? on_body(now, bytes) : on_other_bytes(now, bytes);
  }

  // What makes no sense by itself is for the stream to judge.
  bool read_apart(Instant now, Bytes body) {
    const auto stanza = memo->stanza(tag, body);
    if (!stanza) return false;
    count_stanza();
    heard = nullptr;
    on_stanza(now, *stanza);
    if (heard) memo->keep(body, heard);
    heard = nullptr;
    return true;
  }

  void on_body(Instant now, Bytes bytes) {
    constexpr std::string_view end = "</message>";
    heard = nullptr;
    read(now, known ? std::as_bytes(std::span{end}) : bytes);
    if (heard) memo->keep(bytes, heard);
    known = heard = nullptr;
  }

  void on_other_bytes(Instant now, Bytes bytes) {
    const bool may_be_tag = between_stanzas();
    if (may_be_tag && tag_is_for_routing && std::ranges::equal(bytes, tag)) {
      tag_waits = true;
      return;
    }
    read(now, bytes);
    if (!may_be_tag || !message_opened()) return;
    tag.assign(bytes.begin(), bytes.end());
    tag_opened = true;
  }

  void take(RouteMessage& said) {
    heard = memo->read(std::move(said));
    take(heard);
  }
  void take(const Memo::Said& said) {
    count_refused(said->refused);
    if (!said->items.empty()) out.put(Items{said->instance, said->family, {said, &said->items}});
    if (!said->retracts.empty()) out.put(Retracts{said->instance, said->family, said->retracts});
  }
  void take(SaidEndOfRib&) { out.put(EndOfRib{}); }
  void take(NotForUs&) {}
  void take(Nonsense&) { count_refused(); }

  void change(Verb verb, const std::string& instance, const Item& item,
              std::optional<std::uint32_t> native_vrf) {
    if (!established()) return;
    const std::string id = node_id(item, instance, native_vrf);
    const std::uint64_t n = ++routes;
    write_stanzas(publish_text(ends(), n, id, item) +
                      collection_text(ends(), n, instance, id, family_of(item), verb),
                  2);
  }
};

Client::Client(SessionConfig config, std::shared_ptr<Memo> memo)
    : impl_{std::make_unique<Impl>(std::move(config), std::move(memo))} {}
Client::~Client() = default;
Client::Client(Client&&) noexcept = default;
Client& Client::operator=(Client&&) noexcept = default;

void Client::start(Instant now) {
  impl_->feed(now, Event::start);
}
void Client::stop(Instant now) {
  impl_->feed(now, Event::stop);
}
void Client::on_transport_up(Instant now) {
  impl_->feed(now, Event::transport_up);
}
void Client::on_transport_down(Instant now) {
  impl_->feed(now, Event::transport_down);
}
void Client::on_bytes(Instant now, Bytes bytes) {
  impl_->on_bytes_of_many(now, bytes);
}
void Client::on_timer(Instant now) {
  impl_->on_timer(now);
}
std::optional<Instant> Client::next_timer() const {
  return impl_->next_timer();
}
std::optional<ClientOutput> Client::poll_output() {
  return impl_->out.poll();
}

void Client::subscribe(Instant, const std::string& instance, std::uint32_t instance_id) {
  impl_->write_stanzas(
      subscribe_text(impl_->ends(), ++impl_->subscriptions, instance, instance_id));
}

void Client::unsubscribe(Instant, const std::string& instance, std::uint32_t instance_id) {
  impl_->write_stanzas(
      unsubscribe_text(impl_->ends(), ++impl_->subscriptions, instance, instance_id));
}

void Client::publish(Instant, const std::string& instance, const Item& item,
                     std::optional<std::uint32_t> native_vrf) {
  impl_->change(Verb::associate, instance, item, native_vrf);
}

void Client::retract(Instant, const std::string& instance, const Item& item,
                     std::optional<std::uint32_t> native_vrf) {
  impl_->change(Verb::dissociate, instance, item, native_vrf);
}

void Client::send_end_of_rib(Instant) {
  impl_->write_stanzas(agent_end_of_rib_text(impl_->ends(), ++impl_->routes), 2);
}

State Client::state() const {
  return impl_->state();
}
std::uint32_t Client::flaps() const {
  return impl_->flaps();
}
Statistics Client::sent() const {
  return impl_->sent();
}
Statistics Client::received() const {
  return impl_->received();
}

}  // namespace tflab::xmpp
