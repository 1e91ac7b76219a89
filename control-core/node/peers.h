#pragma once
// The configured BGP peers: dialling and accepting, which of two connections survives, what a peer
// says into the tables, and what the tables owe to the peers, group by group.

#include <array>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "control-core/base/timers.h"
#include "control-core/bgp/session.h"
#include "control-core/node/core.h"
#include "control-core/node/retention.h"
#include "control-core/rib/group.h"

namespace tflab::node {

// One of the two connections there may be to a peer while neither knows of the other's.
struct Link {
  bgp::Session session;
  bool dialled = false;
  std::optional<StreamId> stream{};
  // Established, but the other connection would be the better one (RFC 4271 section 6.8), and what
  // the peer has said meanwhile.
  std::optional<bgp::Up> waiting{};
  std::vector<bgp::Output> early{};
  std::uint64_t counted = 0;  // messages, see Core::count()
};

struct Peer {
  Peer(Core& core, config::BgpPeer configured, Link dialling)
      : config{std::move(configured)}, ours{std::move(dialling)}, retention{core, peer} {}

  config::BgpPeer config;
  std::optional<IpPrefix> range;  // it came from there unlisted, and is a peer while connected
  rib::Peer peer;
  Link ours;                     // dials, unless we are told to wait
  std::unique_ptr<Link> theirs;  // accepted
  Link* up = nullptr;            // the one that is established
  std::vector<Family> families;  // negotiated
  bgp::Capabilities offered;     // by the peer
  std::set<Family> ended;        // it has said all it knows of them in this session
  Retention retention;           // of its paths while it is away
  rib::Group* group = nullptr;   // while up

  // route_targets: VPN routes wait for the peer's end of route targets, or for this long.
  // rest: after `theirs` is lost, `ours` dials again, but not at once (RFC 4271 section 8.1.1,
  // DampPeerOscillations).
  // collision: a connection waits so long for the better one.
  // shut: it announced too much, and nobody is talked to for a while.
  // refresh: routes are said again once in so long, however often they are asked for.
  enum class Timer : std::uint8_t { route_targets, rest, collision, shut, refresh, count };
  Timers<Timer> timers;
  bool owes_target_end_of_rib = false;  // ours, while this node starts
  bool resting = false;                 // `ours` was stopped in favour of `theirs`

  std::array<std::uint32_t, tflab::families> paths{};  // counted only under a prefix limit
  // It does not read what it is told: it is told nothing more, and what it must forget is kept.
  bool blocked = false;
  std::map<Family, std::set<Nlri>> to_forget;
  std::set<Family> refreshes, answering;  // asked for; being answered

  std::uint32_t flaps = 0;
  Instant last_flap, changed;
  bgp::Cause last_error;
  Endpoint local, remote;

  const Link& shown() const { return up ? *up : theirs ? *theirs : ours; }
};

class Peers {
public:
  using All = std::map<std::string, std::unique_ptr<Peer>>;  // by name
  using Groups = std::map<rib::Audience, std::unique_ptr<rib::Group>>;

  explicit Peers(Core& core) : core_{core} {}

  void start(Instant now);
  void stop(Instant now, const bgp::Cause& why);
  void add(Instant now, const config::BgpPeer& config);
  void remove(Instant now, const std::string& name);
  void change(Instant now, const config::BgpPeer& config);

  void ranges_changed(Instant now);

  StreamId on_accepted(Instant now, Endpoint local, Endpoint remote);
  bool owns(StreamId stream) const { return by_stream_.contains(stream); }
  void on_opened(Instant now, StreamId stream, Endpoint local);
  void on_bytes(Instant now, StreamId stream, Bytes bytes);
  void on_closed(Instant now, StreamId stream);
  void on_blocked(Instant now, StreamId stream);
  void on_writable(Instant now, StreamId stream);
  void on_timer(Instant now);
  // Agents speak far more often than peers do: looked for only when a peer may have changed it.
  std::optional<Instant> next_timer() const;

  // After the tables have settled: what peers are owed.
  void tell(Instant now);
  // A route-target route of our own appeared: while starting, its end of rib waits for quiet.
  void note_target_added(Instant now);

  const All& all() const { return all_; }

private:
  enum class Timer : std::uint8_t { starting, deferral, count };

  std::unique_ptr<Peer> make(const config::BgpPeer& config);
  std::size_t free_slot();
  Peer* at_address(const IpAddr& address);
  Peer* newcomer(Instant now, const IpAddr& address);
  void forget_departed();
  void forget(All::iterator peer);
  bgp::SessionConfig session_config(const config::BgpPeer& config, bool passive) const;
  void offer_restart(bgp::SessionConfig& out) const;
  bool welcomes(const Peer& peer) const;
  void note_return(Instant now, Peer& peer);
  Link* link_of(Peer& peer, StreamId stream);
  void drain(Instant now, Peer& peer);
  void drain(Instant now, Peer& peer, Link& link);
  void settle_links(Instant now, Peer& peer);
  void end_rest(Instant now, Peer& peer);
  void dial(Peer& peer, Link& link);
  void hang_up(Link& link);
  void on_up(Instant now, Peer& peer, Link& link, const bgp::Up& up);
  void on_down(Instant now, Peer& peer, Link& link, const bgp::Down& down);
  Link* other_of(Peer& peer, const Link& link) const;
  bool better_one_may_come(Peer& peer, const Link& link, const bgp::Up& up) const;
  void promote(Instant now, Peer& peer, Link& link, const bgp::Up& up);
  void drop_other(Instant now, Peer& peer, Link& link);
  bool promote_waiting(Instant now, Peer& peer);
  void end_collision(Instant now, Peer& peer);
  void enter_group(Instant now, Peer& peer);
  void leave_group(Peer& peer);
  void open_vpn(Peer& peer);
  void open_families(Peer& peer);
  void hear(Instant now, Peer& peer, const bgp::Output& said);
  void on_end_of_rib(Instant now, Peer& peer, Family family);
  void on_refresh(Instant now, Peer& peer, const bgp::Refresh& refresh);
  void spare(Peer& peer);
  void catch_up(Instant now, Peer& peer);
  void answer_refreshes(Instant now, Peer& peer);
  void check_limit(Instant now, Peer& peer, Family family);
  void recount(Peer& peer);
  void shut(Instant now, Peer& peer, Family family);
  AttributesRef with_host_of(const bgp::Reach& reach, const AttributesRef& said);
  AttributesRef with_encaps(const Peer& peer, Family family, const AttributesRef& said);
  // With a local preference made of the MED, where that is what it was made of.
  AttributesRef with_preference(const Peer& peer, const AttributesRef& said);
  void on_update(Instant now, Peer& peer, const bgp::Heard& heard);
  std::uint16_t flags_of(const Peer& peer, const Attributes& attributes) const;
  rib::Group& group_for(const rib::Audience& audience);
  void send(Instant now, const rib::Group& group, const rib::Batch& batch);
  void on_start_timer(Instant now);
  bool defers() const;
  bool all_said_everything() const;
  void try_end_start(Instant now);
  void owe_later(Peer& peer, const rib::Batch& batch);
  void forget_rest(Instant now, Peer& peer, const rib::Batch& batch);
  void end_start(Instant now);

  Core& core_;
  All all_;
  std::map<StreamId, Peer*> by_stream_;
  std::vector<Peer*> by_slot_;  // null: free
  Groups groups_;
  Timers<Timer> timers_;
  std::vector<std::string> departed_;  // peers of ranges that may have no connection left
  bool stopped_ = false;
  mutable std::optional<std::optional<Instant>> next_;  // nothing: has to be looked for
};

}  // namespace tflab::node
