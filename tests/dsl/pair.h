#pragma once
// Two BGP sessions and a wire between them, in virtual time. The wire has a delay and can be cut;
// what each side put out is kept, so that a test can read the story afterwards.

#include <cstddef>
#include <deque>
#include <optional>
#include <utility>
#include <variant>
#include <vector>

#include "control-core/base/timers.h"
#include "control-core/bgp/message.h"
#include "control-core/bgp/session.h"

namespace tflab::test {

class Pair {
public:
  struct Heard {  // one output, and when
    Instant when;
    bgp::Output what;
  };
  struct Side {
    explicit Side(bgp::SessionConfig config, AttributePool& pool)
        : session{std::move(config), pool} {}
    bgp::Session session;
    std::vector<Heard> heard;

    template <class Output>
    std::size_t count() const {
      std::size_t n = 0;
      for (const Heard& h : heard) n += std::holds_alternative<Output>(h.what);
      return n;
    }
    template <class Output>
    const Output* last() const {
      for (auto h = heard.rbegin(); h != heard.rend(); ++h)
        if (const auto* found = std::get_if<Output>(&h->what)) return found;
      return nullptr;
    }
    // When messages of a type were sent.
    std::vector<Instant> sent(bgp::MessageType type) const {
      std::vector<Instant> times;
      for (const Heard& h : heard)
        if (const auto* send = std::get_if<bgp::Send>(&h.what))
          if (static_cast<bgp::MessageType>(send->bytes->at(18)) == type) times.push_back(h.when);
      return times;
    }
  };

  Pair(bgp::SessionConfig left_config, bgp::SessionConfig right_config)
      : left{std::move(left_config), pool}, right{std::move(right_config), pool} {}

  void start() {
    left.session.start(now);
    right.session.start(now);
    drain();
  }
  void run_until(Instant end) {
    for (auto next = next_event(); next && *next <= end; next = next_event()) {
      now = *next;
      deliver();
      left.session.on_timer(now);
      right.session.on_timer(now);
      drain();
    }
    now = end;
  }
  void run_for(Duration time) { run_until(now + time); }

  // Does something to a session, then lets its outputs out.
  template <class Deed>
  void act(Deed deed) {
    deed();
    drain();
  }

  AttributePool pool;
  Instant now{};
  Duration delay = millis(10);
  bool cut = false;       // bytes vanish, nobody is told
  std::size_t slice = 0;  // octets a delivery; 0: as they were sent
  Side left, right;

private:
  struct Event {
    Instant when;
    enum Kind { up, down, bytes } kind;
    Side* to;
    SharedBytes payload;
  };

  std::optional<Instant> next_event() const {
    auto next = earliest(left.session.next_timer(), right.session.next_timer());
    if (!flying_.empty()) next = earliest(next, flying_.front().when);
    return next;
  }

  void deliver() {
    while (!flying_.empty() && flying_.front().when <= now) {
      const Event event = std::move(flying_.front());
      flying_.pop_front();
      bgp::Session& session = event.to->session;
      if (event.kind == Event::up) session.on_transport_up(now);
      if (event.kind == Event::down) session.on_transport_down(now);
      if (event.kind == Event::bytes && !cut) hand_over(session, *event.payload);
      drain();
    }
  }

  void hand_over(bgp::Session& session, Bytes bytes) {
    const std::size_t step = slice == 0 ? bytes.size() : slice;
    for (std::size_t at = 0; at < bytes.size(); at += step)
      session.on_bytes(now, bytes.subspan(at, std::min(step, bytes.size() - at)));
  }

  void drain() {
    drain(left, right);
    drain(right, left);
  }
  void drain(Side& from, Side& to) {
    while (auto output = from.session.poll_output()) {
      if (std::holds_alternative<bgp::Dial>(*output)) dial();
      if (std::holds_alternative<bgp::HangUp>(*output)) hang_up(to);
      if (const auto* send = std::get_if<bgp::Send>(&*output))
        flying_.push_back({now + delay, Event::bytes, &to, send->bytes});
      from.heard.push_back({now, std::move(*output)});
    }
  }

  // One transport for both: whoever dials first. Two dials at once are the owner's affair.
  void dial() {
    if (std::exchange(connected_, true)) return;
    flying_.push_back({now + delay, Event::up, &left, {}});
    flying_.push_back({now + delay, Event::up, &right, {}});
  }
  // What was sent before arrives before; what the other end sends from now on does not.
  void hang_up(Side& other) {
    if (!std::exchange(connected_, false)) return;
    Side* const closer = &other == &left ? &right : &left;
    std::erase_if(flying_, [&](const Event& e) { return e.to == closer; });
    flying_.push_back({now + delay, Event::down, &other, {}});
  }

  std::deque<Event> flying_;  // all with the same delay: in order of arrival
  bool connected_ = false;
};

}  // namespace tflab::test
