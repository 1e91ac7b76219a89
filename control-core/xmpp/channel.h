#pragma once
// What both ends of an XMPP channel have in common: the machine of fsm.h performed, the stream, the
// hold and keepalive timers, the counters. What stanzas mean is left to Server and Client.

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>

#include "control-core/base/timers.h"
#include "control-core/xmpp/fsm.h"
#include "control-core/xmpp/session.h"
#include "control-core/xmpp/stream.h"

namespace tflab::xmpp {

SharedBytes shared(std::string_view text);

class Channel {
public:
  Channel(Role role, SessionConfig config) : role_{role}, config_{std::move(config)} {}
  virtual ~Channel() = default;
  Channel(const Channel&) = delete;
  Channel& operator=(const Channel&) = delete;

  void feed(Instant now, Event event);
  // The same, with a stream error for the peer and its reason for the owner.
  void fail(Instant now, Event event, std::string_view condition, std::string why);
  void on_bytes(Instant now, Bytes bytes);
  void on_timer(Instant now);
  std::optional<Instant> next_timer() const { return timers_.next(); }

  bool established() const { return state_ == State::established; }
  State state() const { return state_; }
  const SessionConfig& config() const { return config_; }
  const std::string& peer() const { return peer_; }
  std::uint32_t flaps() const { return flaps_; }
  const Statistics& sent() const { return sent_; }
  const Statistics& received() const { return received_; }

  // Stanzas as text; nothing goes out, and nothing is counted, unless established.
  void write_stanzas(const std::string& text, std::uint64_t count = 1);
  void write_stanza(std::initializer_list<SharedBytes> parts);  // of one stanza
  void count_refused(std::uint64_t count = 1) { received_.refused += count; }

protected:
  bool between_stanzas() const { return stream_ && stream_->between_stanzas(); }
  bool message_opened() const { return stream_ && stream_->just_opened_stanza(); }
  // Octets have come; what they say is read now, or when read() is called for it. False: we have
  // hung up.
  bool came(Instant now, Bytes bytes);
  void read(Instant now, Bytes bytes);
  void count_stanza() { ++received_.stanzas; }

private:
  enum class Timer : std::uint8_t { hold, keepalive, retry, count };

  virtual void dial() = 0;
  virtual void hang_up() = 0;
  virtual void send(SharedBytes bytes) = 0;
  virtual void tell_up() = 0;
  virtual void tell_down(std::string why, bool fault) = 0;
  virtual void on_stanza(Instant now, const xml::Element& stanza) = 0;

  void perform(Instant now, Act acts);
  void perform_writes(Act acts);
  void perform_timers(Instant now, Act acts);
  void on_event(Instant now, StreamEvent& event);
  void on_header(Instant now, Header& header);
  void on_element(Instant now, const xml::Element& stanza);
  void write(std::string_view text);
  void write_keepalive();
  void open();
  Duration retry_delay() const;

  Role role_;
  SessionConfig config_;
  State state_ = State::idle;
  Timers<Timer> timers_;
  std::optional<Stream> stream_;  // while bytes may come
  bool opened_ = false;           // our header is out
  std::string peer_;
  std::string_view condition_ = "undefined-condition";
  std::string why_;
  bool fault_ = false;
  std::uint32_t attempts_ = 0, flaps_ = 0;
  Statistics sent_, received_;
};

}  // namespace tflab::xmpp
