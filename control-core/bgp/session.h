#pragma once
// One BGP session without a socket or a clock. The owner feeds it bytes, transport changes and the
// time, then drains outputs until there are none. Same calls in, same outputs out, on every host.
// It has one transport at a time. After a HangUp it has none: what still comes from the old one is
// not passed in. From start() to stop() it comes back by itself after every failure.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "control-core/base/stream.h"
#include "control-core/bgp/capability.h"
#include "control-core/bgp/fsm.h"
#include "control-core/bgp/refresh.h"
#include "control-core/bgp/update.h"
#include "control-core/types/intern.h"
#include "vrouter-core/base/id.h"
#include "vrouter-core/base/instant.h"
#include "vrouter-core/base/reader.h"

namespace tflab::bgp {

struct SessionConfig {
  Asn local_as;
  Ip4 router_id;
  Asn peer_as;  // 0: whichever its OPEN says
  std::vector<Family> families;
  Duration hold = seconds(90);
  Duration connect_retry = seconds(30);  // longest time between two dials; the first come sooner
  Duration delay_open{};  // wait so long for their OPEN before ours is sent; 0: do not
  bool passive = false;   // never dials
  bool four_byte_as = true, route_refresh = true, extended_messages = true;  // offered
  GracefulRestart graceful_restart;  // offered; without families only that we send end-of-rib
  std::vector<LongLived> long_lived;
};

// RFC 4271 section 6; `by_us` tells who sent it.
struct Cause {
  std::uint8_t code = 0, subcode = 0;  // 0/0: the transport went, or we were told to stop
  bool by_us = false;
  std::string text;  // for people: "hold timer expired", "Cease/administrative shutdown"
};

struct Dial {};    // open a transport to the peer
struct HangUp {};  // close it, after what was sent
struct Send {
  SharedBytes bytes;
};
struct Up {
  Ip4 peer_id;
  Asn peer_as;
  std::vector<Family> families;  // negotiated
  Duration hold;
  Capabilities offered;  // by them
};
struct Down {
  Cause why;  // only after an Up
};
struct Received {
  Heard heard;
};
using Output = std::variant<Dial, HangUp, Send, Up, Down, Received, Refresh>;

struct Statistics {
  std::uint64_t opens = 0, updates = 0, keepalives = 0, notifications = 0, refreshes = 0;
  // Of those received, how many had a fault that the session survived (RFC 7606 section 2).
  std::uint64_t treated_as_withdraw = 0, attributes_discarded = 0;
};

class Session {
public:
  // `pool` outlives the session; received attribute sets are interned in it.
  Session(SessionConfig config, AttributePool& pool);
  ~Session();
  Session(Session&&) noexcept;
  Session& operator=(Session&&) noexcept;

  void start(Instant now);
  // Cease (RFC 4486) with this data when there is somebody to tell.
  void stop(Instant now, Cause why, std::vector<std::byte> data = {});
  void on_transport_up(Instant now);
  void on_transport_down(Instant now);
  void on_bytes(Instant now, Bytes bytes);
  // They do not read what was sent, and read again. Who reads nothing for too long is given up.
  void on_blocked(Instant now);
  void on_writable(Instant now);
  void on_timer(Instant now);  // early or repeated calls do nothing
  std::optional<Instant> next_timer() const;
  std::optional<Output> poll_output();

  // Sends an UPDATE (cut into messages of at most 4096 octets). Only while established.
  void send(Instant now, const Update& update);
  // The same bytes for every member of a group.
  void send_encoded(Instant now, SharedBytes messages);
  // Says nothing to a peer that did not offer to understand it.
  void send_refresh(Refresh refresh);
  // Whether this node has just started, as later OPENs say (RFC 4724).
  void set_restarting(bool restarting);

  State state() const;
  const SessionConfig& config() const;
  Dialect dialect() const;  // as negotiated; what encode() needs
  const Cause& last_error() const;
  std::uint32_t flaps() const;  // times it left Established
  Statistics sent() const;
  Statistics received() const;
  // What was wrong with the last UPDATE whose fault was survived, and the octets it was in; code 0:
  // there was none.
  const Notification& last_damage() const;

private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace tflab::bgp
