#include "netns-lab/lab/lookout.h"

#include <arpa/inet.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <chrono>

#include "netns-lab/lab/space.h"
#include "scenarios/flood.h"

namespace tflab::netns {
namespace {

using std::chrono::duration_cast;
using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr auto quiet = milliseconds{200};

Fd listening(const std::string& device) {
  Fd socket{check(::socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, 0),
                  "open a packet socket")};
  const int on = 1;
  check(::setsockopt(socket.get(), SOL_PACKET, PACKET_IGNORE_OUTGOING, &on, sizeof on),
        "leave out what goes out");
  sockaddr_ll here{};
  here.sll_family = AF_PACKET;
  here.sll_protocol = htons(ETH_P_ALL);
  if (!device.empty()) {
    const unsigned index = ::if_nametoindex(device.c_str());
    if (index == 0) fail("listen at " + device);
    here.sll_ifindex = static_cast<int>(index);
  }
  check(::bind(socket.get(), reinterpret_cast<const sockaddr*>(&here), sizeof here),
        "listen at " + device);
  return socket;
}

}  // namespace

void Lookout::watch_tunnels(const std::string& space) {
  places_.push_back({in_space(space, [] { return listening({}); }), {}});
}

void Lookout::watch_port(const std::string& space, const std::string& device,
                         const std::string& port) {
  places_.push_back({in_space(space, [&] { return listening(device); }), port});
}

std::vector<scenario::Sighting> Lookout::seen() {
  std::vector<scenario::Sighting> seen;
  std::vector<pollfd> waiting;
  for (const Place& place : places_) waiting.push_back({place.socket.get(), POLLIN, 0});
  for (auto last = steady_clock::now();;) {
    const auto left = duration_cast<milliseconds>(last + quiet - steady_clock::now());
    if (left <= milliseconds{0}) return seen;
    const std::size_t before = seen.size();
    if (::poll(waiting.data(), waiting.size(), static_cast<int>(left.count())) < 0 &&
        errno != EINTR)
      fail("wait for a frame");
    for (std::size_t i = 0; i < places_.size(); ++i)
      if ((waiting[i].revents & POLLIN) != 0) look(places_[i], seen);
    if (seen.size() > before) last = steady_clock::now();
  }
}

void Lookout::look(const Place& place, std::vector<scenario::Sighting>& seen) const {
  std::array<std::byte, 2048> room;
  for (;;) {
    const ssize_t size = ::recv(place.socket.get(), room.data(), room.size(), 0);
    if (size < 0) return;
    const Bytes crossing{room.data(), static_cast<std::size_t>(size)};
    if (crossing.size() < frame_.size() ||
        !std::ranges::equal(crossing.last(frame_.size()), frame_))
      continue;
    if (!place.port.empty())
      seen.push_back({.port = place.port});
    else if (const auto sighting = scenario::tunnel_sighting(crossing))
      seen.push_back(*sighting);
  }
}

}  // namespace tflab::netns
