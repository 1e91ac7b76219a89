#include "sim/world/chatter.h"

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "sim/ns3/tcp_path.h"
#include "sim/ns3/time.h"
#include "sim/world/engine.h"
#include "sim/world/station.h"
#include "sim/world/underlay.h"

namespace tflab::sim {
namespace {

constexpr std::uint16_t port = 5269;
constexpr Duration dialling = seconds(1), pause = millis(100);

// One computer with ns-3's own stack: sends a message on each of its streams, waits, and again.
class Chatterer final : public StreamUser {
public:
  Chatterer(Underlay& underlay, Ip4 address, std::uint64_t& arrived)
      : arrived_{arrived},
        station_{underlay, address, {"chatter/" + std::to_string(address.raw())}},
        streams_{station_.streams_for(*this)} {
    station_.node()->GetObject<TcpPath>()->go_the_usual_way();
  }

  void listen() { streams_->listen(port); }
  void dial(Ip4 hub) {
    const StreamId stream{++last_};
    streams_->open({stream, station_.address(), {hub, port}});
  }
  void say(std::uint64_t each, std::size_t octets) {
    left_ = each;
    piece_ = std::make_shared<const std::vector<std::byte>>(std::max<std::size_t>(1, octets / 2));
    next(dialling);
  }
  std::uint32_t context() const { return station_.context(); }

private:
  StreamId accepted(const Endpoint&, const Endpoint&) override {
    open_.push_back(StreamId{++last_});
    return open_.back();
  }
  void opened(StreamId stream, const Endpoint&) override { open_.push_back(stream); }
  void bytes(StreamId, Bytes bytes) override { arrived_ += bytes.size(); }
  void closed(StreamId) override {}
  void blocked(StreamId) override {}
  void writable(StreamId) override {}

  void next(Duration after) {
    ns3::Simulator::ScheduleWithContext(context(), to_ns3(after), [this] { turn(); });
  }
  void turn() {
    if (left_ == 0) return;
    --left_;
    for (const StreamId stream : open_)
      for (int piece = 0; piece < 2; ++piece) streams_->write({stream, piece_});
    streams_->flush();
    next(pause);
  }

  std::uint64_t& arrived_;
  Station station_;
  std::uint32_t last_ = 0;
  std::uint64_t left_ = 0;
  SharedBytes piece_;
  std::vector<StreamId> open_;
  std::unique_ptr<Streams> streams_;
};

}  // namespace

std::uint64_t chatter(const ChatterPlan& plan) {
  constexpr Ip4 first_hub{0x0a000001}, first_client{0x0a010001};
  const Engine engine{1};
  Underlay underlay{Segment{plan.link}, Trace{{}, "", 0}, 8};
  if (plan.fidelity == scenario::Fidelity::message)
    underlay.messages.emplace(underlay.segment, underlay.trace);
  const std::uint64_t streams = std::uint64_t{plan.clients} * plan.hubs_of_each;
  std::uint64_t octets = 0;
  std::vector<std::unique_ptr<Chatterer>> all;
  const auto add = [&](Ip4 address, const ChatterPlan::Share& share) {
    all.push_back(std::make_unique<Chatterer>(underlay, address, octets));
    all.back()->say(share.messages / streams,
                    share.octets / std::max<std::uint64_t>(1, share.messages));
  };
  for (std::uint32_t n = 0; n < plan.hubs; ++n) {
    add(Ip4{first_hub.raw() + n}, plan.by_hubs);
    all.back()->listen();
  }
  for (std::uint32_t n = 0; n < plan.clients; ++n) {
    add(Ip4{first_client.raw() + n}, plan.by_clients);
    for (std::uint32_t hub = 0; hub < plan.hubs_of_each; ++hub)
      all.back()->dial(Ip4{first_hub.raw() + (n + hub) % plan.hubs});
  }
  ns3::Simulator::Run();
  return octets;
}

}  // namespace tflab::sim
