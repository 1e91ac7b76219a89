#pragma once
// The XMPP sessions to two control nodes, and those to go to when one of them is lost. Each keeps
// the place (slot) it got, so that its paths and its block of multicast labels stay its own when
// the other comes or goes.

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <variant>
#include <vector>

#include "control-core/agent/adverts.h"
#include "control-core/agent/output.h"
#include "control-core/agent/vrfs.h"
#include "control-core/base/stream.h"
#include "control-core/base/timers.h"
#include "control-core/config/model.h"
#include "control-core/xmpp/session.h"
#include "vrouter-core/base/instant.h"

namespace tflab::agent {

class Controllers {
public:
  static constexpr std::size_t most = 2;
  static constexpr Duration patience = seconds(10);
  // With those it turns to then: half the fabric may be down.
  static constexpr Duration less_patience = seconds(4);

  struct Node {
    IpAddr address;
    xmpp::Client client;
    std::optional<StreamId> stream{};
    bool up = false;
    bool synced = false;  // end-of-rib came since it is up
    Instant changed{};    // went up or down
    // end_of_rib: for so long we wait for it, then we do as if it had come.
    // stale: what the lost control node said is kept for so long, if the configuration has a limit.
    // elsewhere: for so long we try to reach it before we turn to the next one.
    enum class Timer : std::uint8_t { end_of_rib, stale, elsewhere, count };
    Timers<Timer> timers{};
  };
  struct Outdated {};  // what this control node said before it was lost
  using What =
      std::variant<xmpp::Up, xmpp::Down, xmpp::Items, xmpp::Retracts, xmpp::EndOfRib, Outdated>;
  struct Event {
    std::size_t slot = 0;
    What what;
  };

  // `last_stream` counts on when sessions are built anew: stream numbers are not used twice.
  Controllers(const config::Vrouter& config, Outputs& out, std::uint32_t& last_stream,
              std::shared_ptr<xmpp::Memo> memo)
      : config_{config}, out_{out}, last_stream_{last_stream}, memo_{std::move(memo)} {}

  // Says goodbye to nodes that are not in the list and dials new ones. The slots left.
  std::vector<std::size_t> set_nodes(Instant now, const std::vector<IpAddr>& addresses);
  void stop(Instant now);

  void on_opened(Instant now, StreamId stream);
  void on_bytes(Instant now, StreamId stream, Bytes bytes);
  void on_closed(Instant now, StreamId stream);
  void on_timer(Instant now);
  std::optional<Instant> next_timer() const;
  // Does what the sessions ask of their streams on the way to the next event.
  std::optional<Event> poll_event(Instant now);

  // Everything, to a control node that just came up. Multicast routes only to the one that builds
  // our trees: the lowest address among those that are up. Trees of several would meet in loops.
  void tell_all(Instant now, std::size_t slot, const Vrfs& vrfs, const Adverts& adverts);
  // To the one that builds them now that another is gone.
  void move_trees(Instant now, const Vrfs& vrfs, const Adverts& adverts);
  // Changes, to all that are up.
  void subscribe(Instant now, const Vrf& vrf);
  void unsubscribe(Instant now, const Vrf& vrf);
  void publish(Instant now, const Vrf& vrf, const AdvertKey& key, const xmpp::Item& item);
  void retract(Instant now, const Vrf& vrf, const AdvertKey& key, const xmpp::Item& item);

  bool any_synced() const;
  // Whose trees we are in; what others may still say of theirs is out of date.
  std::optional<std::size_t> builder() const { return builder_; }
  const std::array<std::optional<Node>, most>& nodes() const { return nodes_; }

private:
  const config::GracefulRestart& rules() const { return config_.fabric.graceful_restart; }
  Node* owner_of(StreamId stream);
  void add(Instant now, const IpAddr& address);
  void begin(Instant now, std::optional<Node>& place, const IpAddr& address);
  void arm_elsewhere(Instant now, Node& node, Duration patience_with_it);
  bool in_use(const IpAddr& address) const;
  void go_elsewhere(Instant now, Node& node);
  void retire(Instant now, std::optional<Node>& node);
  std::optional<What> next_event(Instant now, Node& node);
  What gone_up(Instant now, Node& node, xmpp::Up& up);
  What gone_down(Instant now, Node& node, xmpp::Down& down);
  void dial(Node& node);
  void hang_up(Node& node);
  template <class Tell>
  void each_up(Tell tell);
  std::optional<std::size_t> lowest_up() const;
  bool concerns(std::size_t slot, const AdvertKey& key) const;

  const config::Vrouter& config_;
  Outputs& out_;
  std::uint32_t& last_stream_;
  std::shared_ptr<xmpp::Memo> memo_;
  std::array<std::optional<Node>, most> nodes_;
  std::optional<std::size_t> builder_;  // of our trees
};

}  // namespace tflab::agent
