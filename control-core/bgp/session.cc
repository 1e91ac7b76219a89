#include "control-core/bgp/session.h"

#include <algorithm>
#include <cassert>
#include <utility>

#include "control-core/base/outbox.h"
#include "control-core/base/timers.h"
#include "control-core/bgp/message.h"
#include "control-core/bgp/open.h"

namespace tflab::bgp {
namespace {

enum class Timer : std::uint8_t { retry, delay, hold, keepalive, idle, send_hold, count };

constexpr Duration open_hold = seconds(240);  // RFC 4271 section 8.2.2: four minutes suggested
constexpr Duration shortest_send_hold = seconds(480);  // RFC 9687 section 4
constexpr Duration shortest_idle = seconds(5), longest_idle = seconds(100);
constexpr unsigned most_doublings = 10;

// Waits grow so that two speakers who disagree do not spend their lives telling each other.
Duration doubled(Duration first, unsigned times, Duration limit) {
  return std::min(first * (std::int64_t{1} << std::min(times, most_doublings)), limit);
}

// RFC 6608: what came when it had no business to, by the state it came in.
Notification unexpected(State state) {
  if (state < State::open_sent) return {fsm_error, 0, {}};
  const auto first = static_cast<std::uint8_t>(State::open_sent);
  return {fsm_error, static_cast<std::uint8_t>(static_cast<std::uint8_t>(state) - first + 1), {}};
}

std::uint16_t whole_seconds(Duration time) {
  return static_cast<std::uint16_t>(std::clamp<std::int64_t>(time.ns / seconds(1).ns, 0, 0xffff));
}

template <class List>
bool contains(const List& list, Family family) {
  return std::ranges::find(list, family) != list.end();
}

}  // namespace

struct Session::Impl {
  Impl(SessionConfig c, AttributePool& p) : config{std::move(c)}, pool{p} {
    std::ranges::sort(config.families);  // the order in which OPEN offers them
  }

  SessionConfig config;
  AttributePool& pool;
  State state = State::idle;
  Timers<Timer> timers;
  Outbox<Output> outbox;
  Framer framer;
  Dialect dialect;
  Up peer;               // as its OPEN and ours agree; valid from open_confirm on
  Notification to_send;  // what `notify` will say
  Cause last_error;
  // Since it was last established: dials that found nobody, and sessions that ended before that.
  unsigned attempts = 0, failures = 0;
  std::uint32_t flaps = 0;
  Statistics sent, received;
  Notification damage;  // the last that was survived

  bool waits_for_their_open() const {
    return state == State::open_sent || timers.armed(Timer::delay);
  }
  bool has_transport() const { return state >= State::open_sent || waits_for_their_open(); }

  // --- the machine -------------------------------------------------------------------------------
  void feed(Instant now, Event on) {
    const Step s = step(state, on);
    if (state != State::idle && s.to == State::idle) went_wrong(on);
    if (s.to < State::open_sent) framer.clear();  // the next transport begins at a marker
    if (state == State::established && s.to != State::established) ++flaps;
    state = s.to;
    perform(now, s.acts);
    if (state < State::open_sent) peer = {};
  }

  void went_wrong(Event on) {
    const bool forgiven = on == Event::stop || state == State::established;
    failures = forgiven ? 0 : failures + 1;
  }

  // Words to the peer stand before the transport goes, news to the owner after everything else.
  void perform(Instant now, Act acts) {
    if (has(acts, Act::notify)) transmit_notification();
    if (has(acts, Act::hang_up)) outbox.put(HangUp{});
    if (has(acts, Act::disarm)) timers.disarm_all();
    if (has(acts, Act::dial)) outbox.put(Dial{});
    if (has(acts, Act::send_open)) transmit_open();
    if (has(acts, Act::send_keepalive)) transmit_keepalive();
    arm(now, acts);
    if (has(acts, Act::tell_up)) {
      attempts = failures = 0;
      outbox.put(peer);
    }
    if (has(acts, Act::tell_down)) outbox.put(Down{last_error});
  }

  void arm(Instant now, Act acts) {
    if (has(acts, Act::arm_open_hold)) timers.arm(Timer::hold, now + open_hold);
    if (has(acts, Act::arm_hold) && peer.hold > Duration{})
      timers.arm(Timer::hold, now + peer.hold);
    if (has(acts, Act::arm_keepalive)) arm_keepalive(now);
    if (has(acts, Act::arm_retry) && !config.passive) timers.arm(Timer::retry, now + retry_wait());
    if (has(acts, Act::arm_idle)) timers.arm(Timer::idle, now + idle_wait());
    if (has(acts, Act::arm_delay)) timers.arm(Timer::delay, now + config.delay_open);
  }

  // A third of the hold time (RFC 4271 section 4.4); none when the two agreed on no hold time.
  void arm_keepalive(Instant now) {
    if (peer.hold > Duration{}) timers.arm(Timer::keepalive, now + peer.hold / 3);
  }

  // A dial in progress gets its full time. After one that failed at once the next comes soon, then
  // ever later, as the original does it.
  Duration retry_wait() {
    if (state == State::connect) return config.connect_retry;
    return doubled(seconds(1), attempts++, config.connect_retry);
  }
  Duration idle_wait() const {
    return doubled(shortest_idle, failures == 0 ? 0 : failures - 1, longest_idle);
  }

  Event start_event() const { return config.passive ? Event::start_passive : Event::start; }
  Event transport_event() const {
    return config.delay_open > Duration{} ? Event::transport_up_delayed : Event::transport_up;
  }

  // --- out ---------------------------------------------------------------------------------------
  void transmit(std::vector<std::byte> message) {
    outbox.put(Send{std::make_shared<const std::vector<std::byte>>(std::move(message))});
  }

  void transmit_notification() {
    ++sent.notifications;
    transmit(bgp::encode(would_be_kept() && ends_for_good(to_send) ? hard(to_send) : to_send));
  }
  // Do they keep our routes even after a NOTIFICATION (RFC 8538)?
  bool would_be_kept() const {
    const auto& theirs = peer.offered.graceful_restart;
    return config.graceful_restart.notification && theirs && theirs->notification;
  }

  void transmit_keepalive() {
    ++sent.keepalives;
    std::vector<std::byte> message;
    append_message(message, MessageType::keepalive, {});
    transmit(std::move(message));
  }

  void transmit_open() {
    const bool narrow = config.local_as.raw() <= 0xffff;
    Open open;
    open.my_as = static_cast<std::uint16_t>((narrow ? config.local_as : as_trans).raw());
    open.hold_seconds = whole_seconds(config.hold);
    open.identifier = config.router_id;
    open.families = config.families;
    open.route_refresh = open.enhanced_route_refresh = config.route_refresh;
    open.extended_messages = config.extended_messages;
    if (config.four_byte_as) open.four_byte_as = config.local_as;
    open.graceful_restart = config.graceful_restart;
    open.long_lived = config.long_lived;
    ++sent.opens;
    transmit(bgp::encode(open));
  }

  // How many messages a run of whole ones holds, by their length fields.
  static std::uint64_t count_messages(Bytes run) {
    std::uint64_t count = 0;
    while (run.size() >= header_size) {
      const std::size_t length = Reader{run.subspan(marker_size)}.be16();
      assert(length >= header_size && length <= run.size());
      run = run.subspan(length);
      ++count;
    }
    return count;
  }

  // --- in ----------------------------------------------------------------------------------------
  void refuse(Instant now, Notification why, Event on = Event::refused, std::string words = {}) {
    last_error = {why.code, why.subcode, true, words.empty() ? to_text(why) : std::move(words)};
    to_send = std::move(why);
    feed(now, on);
  }

  void on_message(Instant now, const Framer::Message& message) {
    switch (message.type) {
      case MessageType::open:
        return on_open(now, message.body);
      case MessageType::update:
        return on_update(now, message.body);
      case MessageType::notification:
        return on_notification(now, message.body);
      case MessageType::keepalive:
        return on_keepalive(now);
      case MessageType::route_refresh:
        return on_refresh(now, message.body);
    }
  }

  void on_open(Instant now, Bytes body) {
    ++received.opens;
    if (!waits_for_their_open()) return refuse(now, unexpected(state));
    const auto decoded = decode_open(body);
    if (const auto* fault = std::get_if<Notification>(&decoded)) return refuse(now, *fault);
    const Open& open = std::get<Open>(decoded);
    if (auto objection = object_to(open)) return refuse(now, std::move(*objection));
    agree(open);
    feed(now, Event::open);
  }

  // RFC 4271 section 6.2, RFC 5492 section 3: without a common family there is nothing to say.
  std::optional<Notification> object_to(const Open& open) const {
    const bool expected = config.peer_as == Asn{} || open.as() == config.peer_as;
    // RFC 7607: nobody is AS 0; RFC 6793 section 9: nor AS_TRANS.
    if (!expected || open.as() == Asn{} || open.as() == as_trans)
      return Notification{open_error, bad_peer_as, {}};
    // RFC 6286: an identifier is unique within an AS.
    const bool ours = open.identifier == config.router_id && open.as() == config.local_as;
    if (open.identifier == Ip4{} || ours) return Notification{open_error, bad_identifier, {}};
    if (open.hold_seconds == 1 || open.hold_seconds == 2)
      return Notification{open_error, unacceptable_hold_time, {}};
    const auto is_common = [&](Family f) { return contains(config.families, f); };
    if (std::ranges::none_of(open.families, is_common))
      return Notification{open_error, unsupported_capability,
                          multiprotocol_capabilities(config.families)};
    return {};
  }

  void agree(const Open& open) {
    peer.peer_id = open.identifier;
    peer.peer_as = open.as();
    peer.hold = std::min(seconds(open.hold_seconds), seconds(whole_seconds(config.hold)));
    peer.families.clear();
    for (Family family : config.families)
      if (contains(open.families, family)) peer.families.push_back(family);
    peer.offered = open;
    dialect.ibgp = config.local_as == peer.peer_as;
    dialect.four_byte_as = config.four_byte_as && open.four_byte_as.has_value();
    dialect.extended = config.extended_messages && open.extended_messages;
    framer.set_limits({dialect.extended, config.route_refresh});
  }

  void on_keepalive(Instant now) {
    ++received.keepalives;
    if (state == State::open_sent) return refuse(now, unexpected(state));
    feed(now, Event::keepalive);
  }

  void on_notification(Instant now, Bytes body) {
    ++received.notifications;
    const Notification why = decode_notification(body);
    last_error = {why.code, why.subcode, false, to_text(why)};
    feed(now, Event::notification);
  }

  void on_refresh(Instant now, Bytes body) {
    ++received.refreshes;
    if (state != State::established) return refuse(now, unexpected(state));
    const auto decoded = decode_refresh(body);
    if (const auto* fault = std::get_if<Notification>(&decoded)) return refuse(now, *fault);
    feed(now, Event::update);
    const auto& refresh = std::get<std::optional<Refresh>>(decoded);
    if (refresh && contains(peer.families, refresh->family)) outbox.put(*refresh);
  }

  bool understands(Refresh::What what) const {
    if (!config.route_refresh || state != State::established) return false;
    return what == Refresh::request ? peer.offered.route_refresh
                                    : peer.offered.enhanced_route_refresh;
  }

  void on_update(Instant now, Bytes body) {
    ++received.updates;
    if (state != State::established) return refuse(now, unexpected(state));
    Decoded decoded = decode_update(body, dialect, peer.families, pool);
    if (decoded.damage == Damage::reset_session) return refuse(now, std::move(decoded.fault));
    received.treated_as_withdraw += decoded.damage == Damage::treat_as_withdraw;
    received.attributes_discarded += decoded.damage == Damage::discard_attribute;
    if (decoded.damage != Damage::none) damage = std::move(decoded.fault);
    feed(now, Event::update);
    for (Heard& heard : decoded.heard) outbox.put(Received{std::move(heard)});
  }
};

Session::Session(SessionConfig config, AttributePool& pool)
    : impl_{std::make_unique<Impl>(std::move(config), pool)} {}
Session::~Session() = default;
Session::Session(Session&&) noexcept = default;
Session& Session::operator=(Session&&) noexcept = default;

void Session::start(Instant now) {
  impl_->feed(now, impl_->start_event());
}

void Session::stop(Instant now, Cause why, std::vector<std::byte> data) {
  const bool given = why.code != 0;
  Notification said{given ? why.code : std::uint8_t{cease},
                    given ? why.subcode : std::uint8_t{administrative_shutdown}, std::move(data)};
  impl_->refuse(now, std::move(said), Event::stop, std::move(why.text));
  impl_->attempts = 0;
}

void Session::on_transport_up(Instant now) {
  impl_->feed(now, impl_->transport_event());
}

void Session::on_transport_down(Instant now) {
  if (impl_->has_transport()) impl_->last_error = {0, 0, false, "connection closed"};
  impl_->feed(now, Event::transport_down);
}

void Session::on_bytes(Instant now, Bytes bytes) {
  while (impl_->has_transport()) {
    const auto found = impl_->framer.next(bytes);
    if (!found) return;
    if (const auto* fault = std::get_if<Notification>(&*found))
      impl_->refuse(now, *fault);
    else
      impl_->on_message(now, std::get<Framer::Message>(*found));
  }
}

void Session::on_blocked(Instant now) {
  const Duration patience = std::max(shortest_send_hold, impl_->peer.hold * 2);
  const bool counts = impl_->state == State::established && impl_->peer.hold > Duration{};
  if (counts && !impl_->timers.armed(Timer::send_hold))
    impl_->timers.arm(Timer::send_hold, now + patience);
}

void Session::on_writable(Instant) {
  impl_->timers.disarm(Timer::send_hold);
}

void Session::on_timer(Instant now) {
  if (impl_->timers.due(Timer::send_hold, now))
    return impl_->refuse(now, {send_hold_expired, 0, {}}, Event::send_hold_expired);
  if (impl_->timers.due(Timer::hold, now))
    return impl_->refuse(now, {hold_timer_expired, 0, {}}, Event::hold_expired);
  if (impl_->timers.due(Timer::keepalive, now)) impl_->feed(now, Event::keepalive_due);
  if (impl_->timers.due(Timer::retry, now)) impl_->feed(now, Event::retry_expired);
  if (impl_->timers.due(Timer::delay, now)) impl_->feed(now, Event::delay_expired);
  if (impl_->timers.due(Timer::idle, now)) impl_->feed(now, impl_->start_event());
}

std::optional<Instant> Session::next_timer() const {
  return impl_->timers.next();
}

std::optional<Output> Session::poll_output() {
  return impl_->outbox.poll();
}

void Session::send(Instant now, const Update& update) {
  send_encoded(now, encode(update, impl_->dialect));
}

// A session that went down while the owner was still working says nothing: its Down is on the way.
void Session::send_encoded(Instant now, SharedBytes messages) {
  if (impl_->state != State::established || messages->empty()) return;
  impl_->sent.updates += Impl::count_messages(*messages);
  impl_->arm_keepalive(now);
  impl_->outbox.put(Send{std::move(messages)});
}

void Session::send_refresh(Refresh refresh) {
  if (!impl_->understands(refresh.what)) return;
  ++impl_->sent.refreshes;
  impl_->transmit(encode(refresh));
}

void Session::set_restarting(bool restarting) {
  impl_->config.graceful_restart.restarting = restarting;
}

State Session::state() const {
  return impl_->state;
}
const SessionConfig& Session::config() const {
  return impl_->config;
}
Dialect Session::dialect() const {
  return impl_->dialect;
}
const Cause& Session::last_error() const {
  return impl_->last_error;
}
std::uint32_t Session::flaps() const {
  return impl_->flaps;
}
Statistics Session::sent() const {
  return impl_->sent;
}
const Notification& Session::last_damage() const {
  return impl_->damage;
}

Statistics Session::received() const {
  return impl_->received;
}

}  // namespace tflab::bgp
