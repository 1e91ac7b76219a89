#pragma once
// The two ends of an XMPP channel without a socket or a clock: the control node's end (Server) and
// the agent's end (Client). Same contract as bgp::Session: feed, then drain.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "control-core/base/stream.h"
#include "control-core/xmpp/item.h"
#include "vrouter-core/base/instant.h"
#include "vrouter-core/base/reader.h"

namespace tflab::xmpp {

class Memo;

enum class State : std::uint8_t { idle, active, connect, open_sent, established };
std::string_view to_text(State state);  // Idle, Active, Connect, OpenSent, Established

struct SessionConfig {
  std::string local;   // JID: "network-control@contrailsystems.com" or the agent's host name
  std::string remote;  // the Client's idea of the server's JID; a Server learns its peer
  Duration hold = seconds(90);  // keepalive every third of it; not negotiated on the wire
  Duration connect_retry = seconds(5);
};

// Common outputs
struct Dial {};
struct HangUp {};
struct Send {
  SharedBytes bytes;
};
struct Up {
  std::string peer;  // Server: the agent's name; Client: the control node's JID
};
struct Down {
  std::string why;
  bool fault = false;  // one side has broken the rules; otherwise it was lost, or said goodbye
};

// Server outputs: what the agent said
struct Subscribed {
  std::string instance;
  std::uint32_t instance_id = 0;  // the agent's VRF id, becomes the RD's number
  bool no_ribout = false;
};
struct Unsubscribed {
  std::string instance;
};
struct Published {
  std::string instance;
  Item item;
  std::optional<std::uint32_t> primary_instance;  // sixth field of a fabric route's node id
};
struct Retracted {
  std::string instance;
  Item item;
  std::optional<std::uint32_t> primary_instance;
};
struct EndOfRib {};  // both directions
// Client outputs: what the control node said
struct Items {
  std::string_view instance;  // lives as long as `items`
  Family family = Family::inet;
  std::shared_ptr<const std::vector<SharedItem>> items;  // agents that are told the same share it
};
struct Retracts {
  std::string instance;
  Family family = Family::inet;
  std::vector<std::string> ids;
};

using ServerOutput =
    std::variant<HangUp, Send, Up, Down, Subscribed, Unsubscribed, Published, Retracted, EndOfRib>;
using ClientOutput = std::variant<Dial, HangUp, Send, Up, Down, Items, Retracts, EndOfRib>;

struct Statistics {
  std::uint64_t stanzas = 0, bytes = 0, keepalives = 0, refused = 0;  // refused: malformed items
};

// The control node's end of one accepted connection. Ends with Down; a new connection is a new one.
class Server {
public:
  explicit Server(SessionConfig config);
  ~Server();
  Server(Server&&) noexcept;
  Server& operator=(Server&&) noexcept;

  void on_transport_up(Instant now);
  void on_transport_down(Instant now);
  void on_bytes(Instant now, Bytes bytes);
  void on_timer(Instant now);
  std::optional<Instant> next_timer() const;
  std::optional<ServerOutput> poll_output();

  // Tells the agent about routes of an instance: at most 32 items or 256 retracts a message.
  void send_items(Instant now, const std::string& instance, const std::vector<Item>& items);
  void send_retracts(Instant now, const std::string& instance, Family family,
                     const std::vector<std::string>& ids);
  // A message that many agents get: its body (stanza.h), in memory once for all of them.
  void send(Instant now, SharedBytes body);
  void send_end_of_rib(Instant now);
  // A stream error with this condition (RFC 6120 section 4.9.3), and the end.
  void close(Instant now, std::string_view condition, std::string why);

  State state() const;
  const std::string& peer() const;
  Statistics sent() const;
  Statistics received() const;

private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// The agent's end. Dials again by itself after a Down until stop().
class Client {
public:
  // `memo`: of all agents of this process, or of all sessions of this one.
  Client(SessionConfig config, std::shared_ptr<Memo> memo);
  ~Client();
  Client(Client&&) noexcept;
  Client& operator=(Client&&) noexcept;

  void start(Instant now);
  void stop(Instant now);
  void on_transport_up(Instant now);
  void on_transport_down(Instant now);
  void on_bytes(Instant now, Bytes bytes);
  void on_timer(Instant now);
  std::optional<Instant> next_timer() const;
  std::optional<ClientOutput> poll_output();

  void subscribe(Instant now, const std::string& instance, std::uint32_t instance_id);
  void unsubscribe(Instant now, const std::string& instance, std::uint32_t instance_id);
  // Both stanzas: publish (with the item) and collection associate / dissociate.
  void publish(Instant now, const std::string& instance, const Item& item,
               std::optional<std::uint32_t> native_vrf = {});
  void retract(Instant now, const std::string& instance, const Item& item,
               std::optional<std::uint32_t> native_vrf = {});
  void send_end_of_rib(Instant now);

  State state() const;
  std::uint32_t flaps() const;
  Statistics sent() const;
  Statistics received() const;

private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace tflab::xmpp
