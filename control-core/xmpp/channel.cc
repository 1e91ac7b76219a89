#include "control-core/xmpp/channel.h"

#include <algorithm>
#include <span>

namespace tflab::xmpp {
namespace {

constexpr std::string_view server_stream_id = "++123";  // the original's, the same for everybody
constexpr std::uint32_t longest_back_off = 3;           // doublings of connect_retry

std::string_view default_why(Event event) {
  switch (event) {
    case Event::stop:
      return "stopped";
    case Event::transport_down:
      return "connection lost";
    case Event::rx_close:
      return "closed by peer";
    case Event::hold_expired:
      return "hold time expired";
    default:
      return to_text(event);
  }
}

constexpr std::int64_t many = 4096;

// Chance without a random source: FNV-1a over the name, another place at each attempt.
std::int64_t place_among_many(std::string_view name, std::uint32_t attempt) {
  std::uint64_t hash = 0xcbf2'9ce4'8422'2325u ^ attempt;
  for (const char c : name) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100'0000'01b3u;
  return static_cast<std::int64_t>((hash ^ hash >> 32) % many);
}

constexpr bool is_fault(Event event) {
  return event == Event::refuse || event == Event::rx_error || event == Event::rx_garbage;
}

}  // namespace

SharedBytes shared(std::string_view text) {
  const Bytes bytes = std::as_bytes(std::span{text});
  return std::make_shared<const std::vector<std::byte>>(bytes.begin(), bytes.end());
}

void Channel::feed(Instant now, Event event) {
  fail(now, event, "undefined-condition", std::string{default_why(event)});
}

void Channel::fail(Instant now, Event event, std::string_view condition, std::string why) {
  const Step next = step(role_, state_, event);
  const bool had_stream = has_stream(role_, state_);
  condition_ = condition;
  why_ = std::move(why);
  fault_ = is_fault(event);
  if (state_ == State::established && next.to != State::established) ++flaps_;
  state_ = next.to;
  if (!had_stream && has_stream(role_, state_)) {
    stream_.emplace();
    opened_ = false;
  }
  perform(now, next.act);
  if (!has_stream(role_, state_)) stream_.reset();
}

void Channel::perform(Instant now, Act acts) {
  if (has(acts, Act::disarm)) timers_.disarm_all();
  perform_writes(acts);
  if (has(acts, Act::hang_up)) hang_up();
  if (has(acts, Act::dial)) {
    ++attempts_;
    dial();
  }
  if (has(acts, Act::tell_up)) attempts_ = 0;
  perform_timers(now, acts);
  if (has(acts, Act::tell_up)) tell_up();
  if (has(acts, Act::tell_down)) tell_down(why_, fault_);
}

// A stream error needs a stream to stand in (RFC 6120 section 4.9.1.2).
void Channel::perform_writes(Act acts) {
  if (has(acts, Act::open)) open();
  if (has(acts, Act::keepalive)) write_keepalive();
  if (has(acts, Act::error | Act::close) && !opened_) open();
  if (has(acts, Act::error)) write(error_text(condition_, why_));
  if (has(acts, Act::close)) write(end_tag);
}

void Channel::perform_timers(Instant now, Act acts) {
  const bool holds = config_.hold > Duration{};  // zero: neither hold time nor keepalives
  if (has(acts, Act::arm_hold) && holds) timers_.arm(Timer::hold, now + config_.hold);
  if (has(acts, Act::arm_keepalive) && holds) timers_.arm(Timer::keepalive, now + config_.hold / 3);
  if (has(acts, Act::arm_retry)) timers_.arm(Timer::retry, now + retry_delay());
}

// Doubles with every attempt that came to nothing, and differs from agent to agent by a quarter at
// most, so that a control node which comes back is not run over by all at once.
Duration Channel::retry_delay() const {
  const std::uint32_t failed = attempts_ > 0 ? attempts_ - 1 : 0;
  const Duration usual =
      config_.connect_retry * (std::int64_t{1} << std::min(failed, longest_back_off));
  const std::int64_t place = place_among_many(config_.local, attempts_);
  return {usual.ns * 3 / 4 + usual.ns / 2 / many * place};
}

void Channel::on_timer(Instant now) {
  if (timers_.due(Timer::hold, now))
    fail(now, Event::hold_expired, "connection-timeout", "hold time expired");
  if (timers_.due(Timer::retry, now)) feed(now, Event::retry_expired);
  if (timers_.due(Timer::keepalive, now)) {
    write_keepalive();
    timers_.arm(Timer::keepalive, now + config_.hold / 3);
  }
}

void Channel::on_bytes(Instant now, Bytes bytes) {
  if (came(now, bytes)) read(now, bytes);
}

bool Channel::came(Instant now, Bytes bytes) {
  if (!stream_ || bytes.empty()) return false;  // late
  received_.bytes += bytes.size();
  feed(now, Event::rx_data);
  return stream_.has_value();
}

void Channel::read(Instant now, Bytes bytes) {
  stream_->push(bytes);
  while (stream_) {
    auto event = stream_->poll();
    if (!event) return;
    on_event(now, *event);
  }
}

void Channel::on_event(Instant now, StreamEvent& event) {
  if (auto* header = std::get_if<Header>(&event)) return on_header(now, *header);
  if (auto* stanza = std::get_if<xml::Element>(&event)) return on_element(now, *stanza);
  if (auto* keepalives = std::get_if<Keepalives>(&event)) {
    received_.keepalives += keepalives->count;
    return;
  }
  if (auto* fault = std::get_if<StreamFault>(&event))
    return fail(now, Event::rx_garbage, fault->condition, std::move(fault->why));
  feed(now, Event::rx_close);
}

// A peer goes by its name without the resource.
void Channel::on_header(Instant now, Header& header) {
  peer_ = header.from.substr(0, header.from.find('/'));
  feed(now, Event::rx_open);
}

void Channel::on_element(Instant now, const xml::Element& stanza) {
  if (stanza.name == "error") {
    const std::string what = stanza.children.empty() ? "?" : stanza.children.front().name;
    return fail(now, Event::rx_error, {}, "stream error from peer: " + what);
  }
  if (stanza.name == "features" || stanza.name == "starttls")
    return fail(now, Event::rx_garbage, "unsupported-feature",
                "peer wants TLS, which we do not do");
  count_stanza();
  on_stanza(now, stanza);
}

void Channel::open() {
  opened_ = true;
  const bool server = role_ == Role::server;
  write(header_text({config_.local, server ? peer_ : config_.remote,
                     std::string{server ? server_stream_id : std::string_view{}}}));
}

void Channel::write_keepalive() {
  ++sent_.keepalives;
  write(keepalive_text);
}

void Channel::write_stanzas(const std::string& text, std::uint64_t count) {
  if (!established()) return;
  sent_.stanzas += count;
  write(text);
}

void Channel::write_stanza(std::initializer_list<SharedBytes> parts) {
  if (!established()) return;
  ++sent_.stanzas;
  for (const SharedBytes& part : parts) {
    sent_.bytes += part->size();
    send(part);
  }
}

void Channel::write(std::string_view text) {
  sent_.bytes += text.size();
  send(shared(text));
}

}  // namespace tflab::xmpp
