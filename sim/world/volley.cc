#include "sim/world/volley.h"

#include <utility>

#include "sim/ns3/ask_echo.h"
#include "sim/ns3/pinger.h"
#include "sim/ns3/time.h"

namespace tflab::sim {
namespace {

class Volley {
public:
  Volley(Engine& engine, ns3::Ptr<ns3::Node> from, const scenario::Ping& ping,
         scenario::PingResult& result)
      : engine_{engine}, from_{std::move(from)}, ping_{ping}, result_{result} {}

  void pings(const IpAddr& to, std::uint16_t identity) {
    const auto told = [this](Ip4 router, std::optional<unsigned> mtu) {
      if (mtu)
        result_.path_mtu = mtu;
      else
        result_.expired_at = router;
    };
    const auto replied = [this](std::uint16_t sequence, unsigned ttl) {
      if (sequence == waiting_for_) result_.ttl = ttl;
      echoed(sequence);
    };
    Pinger pinger{from_, identity, {ping_.size, ping_.dont_fragment, ping_.hops}, replied, told};
    run([&](std::uint16_t n) { pinger.send(to, n); });
  }
  void udp_calls(const IpAddr& to) {
    constexpr unsigned headers = 20 + 8;
    UdpCaller caller{from_, {to, ping_.port}, ping_.size - headers, on_echo()};
    run([&](std::uint16_t n) { caller.call(n); });
  }
  void tcp_calls(const IpAddr& to) {
    constexpr unsigned headers = 20 + 20;
    TcpCaller caller{from_, {to, ping_.port}, ping_.size - headers, on_echo()};
    run([&](std::uint16_t n) { caller.call(n); });
    engine_.at(from_->GetId(), {}, [&] { caller.hang_up(); });
    // So that no later probe sees these connections end.
    engine_.run_until(now() + millis(50));
  }

private:
  OnEcho on_echo() {
    return [this](std::uint16_t sequence) { echoed(sequence); };
  }
  void echoed(std::uint16_t sequence) {
    if (sequence != waiting_for_) return;
    ++result_.received;
    waiting_for_ = 0;
    engine_.interrupt();
  }
  template <class Send>
  void run(Send send) {
    for (unsigned n = 1; n <= ping_.packets; ++n) {
      waiting_for_ = static_cast<std::uint16_t>(n);
      engine_.at(from_->GetId(), {}, [&, n] { send(static_cast<std::uint16_t>(n)); });
      engine_.run_until(now() + seconds(1));
    }
  }

  Engine& engine_;
  ns3::Ptr<ns3::Node> from_;
  const scenario::Ping& ping_;
  scenario::PingResult& result_;
  std::uint16_t waiting_for_ = 0;
};

}  // namespace

void ask(Engine& engine, ns3::Ptr<ns3::Node> from, const IpAddr& to, std::uint16_t identity,
         const scenario::Ping& ping, scenario::PingResult& result) {
  Volley volley{engine, std::move(from), ping, result};
  switch (ping.over) {
    case scenario::Ping::icmp:
      return volley.pings(to, identity);
    case scenario::Ping::udp:
      return volley.udp_calls(to);
    case scenario::Ping::tcp:
      return volley.tcp_calls(to);
  }
}

}  // namespace tflab::sim
