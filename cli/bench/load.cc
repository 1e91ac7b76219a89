#include "cli/bench/load.h"

#include <sys/epoll.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <stdexcept>
#include <string>

#include "cli/bench/client.h"
#include "cli/bench/usage.h"
#include "cli/signals.h"

namespace tflab::bench {
namespace {

using Clock = std::chrono::steady_clock;
constexpr double settle_s = 0.3;  // what is sent for nothing comes soon after

double since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

}  // namespace

struct Load::Impl {
  Impl(const Workload& what, int daemon_pid, double limit, double idle)
      : load{what}, daemon{daemon_pid}, limit_s{limit}, idle_s{idle} {}

  Workload load;
  int daemon;
  double limit_s, idle_s;
  netns::Fd poller{::epoll_create1(EPOLL_CLOEXEC)};
  std::vector<std::unique_ptr<Client>> clients;
  std::vector<std::vector<bool>> imports;  // by client and VRF
  std::vector<bool> gone;                  // VRFs whose routes were withdrawn
  Clock::time_point last_heard = Clock::now();

  // Waits for sockets, at most this long, and serves them.
  void serve(double seconds) {
    if (cli::stop_signal() != 0) throw Interrupted{};
    std::array<epoll_event, 256> events;
    const int n = ::epoll_wait(poller.get(), events.data(), static_cast<int>(events.size()),
                               static_cast<int>(seconds * 1000));
    for (int i = 0; i < n; ++i) {
      const epoll_event& event = events[static_cast<std::size_t>(i)];
      Client& client = *clients[event.data.u32];
      bool alive = true;
      if ((event.events & EPOLLOUT) != 0) alive = client.write();
      if ((event.events & ~EPOLLOUT) != 0) {
        alive = client.read() && alive;
        last_heard = Clock::now();
      }
      if (!alive)
        throw std::runtime_error{"client " + std::to_string(event.data.u32) + " lost its session"};
    }
  }

  RouteSet wanted(unsigned client) const {
    RouteSet out{load.routes()};
    for (std::uint32_t route = 0; route < load.routes(); ++route) {
      const unsigned vrf = load.vrf_of(route);
      const bool asked = !load.filtered || imports[client][vrf];
      out.set(route, asked && !gone[vrf] && load.sender_of(route) != client);
    }
    return out;
  }

  // Each route of a sender, run by run of one VRF.
  template <class Visit>
  void each_run(unsigned sender, Visit visit) const {
    const std::uint32_t end = (sender + 1) * load.prefixes;
    for (std::uint32_t from = sender * load.prefixes; from < end;) {
      std::uint32_t to = from + 1;
      while (to < end && load.vrf_of(to) == load.vrf_of(from)) ++to;
      visit(from, to);
      from = to;
    }
  }

  bool done() const {
    return std::ranges::all_of(clients, [](const auto& c) { return c->mismatched() == 0; });
  }

  // Everybody says their words at once; ends when all hold what they should.
  Phase run(std::vector<Octets> words) {
    for (unsigned i = 0; i < load.peers; ++i) {
      clients[i]->expect(wanted(i));
      clients[i]->take_counts();
    }
    Phase phase;
    const double cpu_before = usage_of(daemon).cpu_s;
    const auto start = Clock::now();
    for (unsigned i = 0; i < load.peers; ++i)
      if (!words[i].empty()) clients[i]->say(std::move(words[i]));
    while (!done() && since(start) < limit_s) serve(0.1);
    phase.seconds = since(start);
    phase.in_time = done();
    phase.daemon_cpu_s = usage_of(daemon).cpu_s - cpu_before;
    for (const auto settled = Clock::now(); since(settled) < settle_s;) serve(0.05);
    for (const auto& client : clients) add(phase, *client);
    return phase;
  }

  static void add(Phase& phase, Client& client) {
    const Client::Counts counts = client.take_counts();
    phase.delivered += counts.delivered;
    phase.twice += counts.twice;
    phase.echoed += counts.echoed;
    phase.withdrawn += counts.withdrawn;
    phase.wrong += counts.wrong;
    phase.missing += client.missing();
    phase.extra += client.extra();
  }

  std::vector<Octets> words() const { return std::vector<Octets>(load.peers); }

  void wait_for_silence() {
    last_heard = Clock::now();
    const auto start = Clock::now();
    while (since(last_heard) < idle_s && since(start) < idle_s + limit_s) serve(0.1);
  }

  void introduce(unsigned client) {
    Octets words;
    if (load.filtered) {
      for (unsigned vrf = 0; vrf < load.vrfs; ++vrf)
        if (imports[client][vrf]) add_membership(words, client, vrf, true);
      add_end_of_rib(words, route_target_safi);
    }
    add_end_of_rib(words, vpn_safi);
    clients[client]->say(std::move(words));
  }
};

Load::Load(const Workload& workload, int daemon, double limit_s, double idle_s)
    : impl_{std::make_unique<Impl>(workload, daemon, limit_s, idle_s)} {
  impl_->gone.resize(workload.vrfs);
  for (unsigned i = 0; i < workload.peers; ++i) {
    impl_->clients.push_back(std::make_unique<Client>(impl_->load, i));
    auto& imports = impl_->imports.emplace_back(workload.vrfs);
    for (unsigned n = 0; n < workload.imports; ++n)
      imports[workload.nth_vrf(i, n, workload.imports)] = true;
  }
}
Load::~Load() = default;

void Load::connect() {
  for (const auto& client : impl_->clients) {
    client->dial(impl_->poller.get());
    // OpenBGPD has room for five that knock at once.
    const auto start = Clock::now();
    while (!client->up() && since(start) < impl_->limit_s) impl_->serve(0.1);
    if (!client->up()) throw std::runtime_error{"a session did not come up"};
  }
  for (unsigned i = 0; i < impl_->load.peers; ++i) impl_->introduce(i);
  impl_->wait_for_silence();
}

Phase Load::announce() {
  auto words = impl_->words();
  for (unsigned i = 0; i < impl_->load.peers; ++i)
    impl_->each_run(i, [&](std::uint32_t from, std::uint32_t to) {
      add_routes(words[i], impl_->load, from, to);
    });
  return impl_->run(std::move(words));
}

Phase Load::announce_of_neighbours() {
  auto words = impl_->words();
  const unsigned peers = impl_->load.peers;
  for (unsigned i = 0; i < peers; ++i)
    impl_->each_run((i + 1) % peers, [&](std::uint32_t from, std::uint32_t to) {
      add_routes(words[i], impl_->load, from, to);
    });
  return impl_->run(std::move(words));
}

Phase Load::swap_one_target() {
  auto words = impl_->words();
  for (unsigned i = 0; i < impl_->load.peers; ++i) {
    const unsigned old = impl_->load.nth_vrf(i, 0, impl_->load.imports);
    const unsigned next = (old + 1) % impl_->load.vrfs;
    impl_->imports[i][old] = false;
    impl_->imports[i][next] = true;
    add_membership(words[i], i, old, false);
    add_membership(words[i], i, next, true);
  }
  return impl_->run(std::move(words));
}

Phase Load::withdraw_vrf(unsigned vrf) {
  auto words = impl_->words();
  impl_->gone[vrf] = true;
  for (unsigned i = 0; i < impl_->load.peers; ++i)
    impl_->each_run(i, [&](std::uint32_t from, std::uint32_t to) {
      if (impl_->load.vrf_of(from) == vrf) add_withdrawals(words[i], impl_->load, from, to);
    });
  return impl_->run(std::move(words));
}

Phase Load::leave_vrf(unsigned vrf) {
  auto words = impl_->words();
  for (unsigned i = 0; i < impl_->load.peers; ++i) {
    if (!impl_->imports[i][vrf]) continue;
    impl_->imports[i][vrf] = false;
    add_membership(words[i], i, vrf, false);
  }
  return impl_->run(std::move(words));
}

Phase Load::withdraw_all() {
  auto words = impl_->words();
  impl_->gone.assign(impl_->gone.size(), true);
  for (unsigned i = 0; i < impl_->load.peers; ++i)
    impl_->each_run(i, [&](std::uint32_t from, std::uint32_t to) {
      add_withdrawals(words[i], impl_->load, from, to);
    });
  return impl_->run(std::move(words));
}

}  // namespace tflab::bench
