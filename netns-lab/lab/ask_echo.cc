#include "netns-lab/lab/ask_echo.h"

#include <sys/socket.h>

#include <vector>

#include "netns-lab/lab/dial.h"
#include "netns-lab/lab/space.h"

namespace tflab::netns {
namespace {

constexpr int patience_s = 1;

// What came back must be what was said.
bool echoed(const Fd& socket, const std::vector<char>& said) {
  if (::send(socket.get(), said.data(), said.size(), MSG_NOSIGNAL) !=
      static_cast<ssize_t>(said.size()))
    return false;
  std::vector<char> heard(said.size());
  for (std::size_t at = 0; at < heard.size();) {
    const ssize_t n = ::recv(socket.get(), heard.data() + at, heard.size() - at, 0);
    if (n <= 0) return false;
    at += static_cast<std::size_t>(n);
  }
  return heard == said;
}

}  // namespace

scenario::PingResult ask_echo(const std::string& space, const IpAddr& to,
                              const scenario::Ping& ping) {
  const bool udp = ping.over == scenario::Ping::udp;
  const unsigned headers = (to.is_v4() ? 20 : 40) + (udp ? 8 : 20);
  scenario::PingResult result;
  for (result.sent = 0; result.sent < ping.packets; ++result.sent) {
    const std::vector<char> said(ping.size - headers, static_cast<char>('a' + result.sent % 26));
    const Fd socket = in_space(
        space, [&] { return dial(to, ping.port, udp ? SOCK_DGRAM : SOCK_STREAM, patience_s); });
    if (socket && echoed(socket, said)) ++result.received;
  }
  return result;
}

}  // namespace tflab::netns
