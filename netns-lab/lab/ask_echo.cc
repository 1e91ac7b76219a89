#include "netns-lab/lab/ask_echo.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <cstring>
#include <vector>

#include "netns-lab/lab/space.h"

namespace tflab::netns {
namespace {

struct SocketAddress {
  sockaddr_storage storage{};
  socklen_t size = 0;
  const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&storage); }
};

SocketAddress address_of(const IpAddr& to, std::uint16_t port) {
  SocketAddress out;
  if (to.is_v4()) {
    auto& v4 = reinterpret_cast<sockaddr_in&>(out.storage);
    v4.sin_family = AF_INET;
    v4.sin_port = htons(port);
    v4.sin_addr.s_addr = htonl(to.v4().raw());
    out.size = sizeof v4;
  } else {
    auto& v6 = reinterpret_cast<sockaddr_in6&>(out.storage);
    v6.sin6_family = AF_INET6;
    v6.sin6_port = htons(port);
    std::memcpy(&v6.sin6_addr, to.v6().octets.data(), to.v6().octets.size());
    out.size = sizeof v6;
  }
  return out;
}

Fd connected_socket(const SocketAddress& to, int type) {
  Fd socket{check(::socket(to.storage.ss_family, type | SOCK_CLOEXEC, 0), "open a socket")};
  const timeval limit{1, 0};
  for (const int option : {SO_RCVTIMEO, SO_SNDTIMEO})
    ::setsockopt(socket.get(), SOL_SOCKET, option, &limit, sizeof limit);
  if (::connect(socket.get(), to.get(), to.size) != 0) return {};
  return socket;
}

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
  const SocketAddress address = address_of(to, ping.port);
  scenario::PingResult result;
  for (result.sent = 0; result.sent < ping.packets; ++result.sent) {
    const std::vector<char> said(ping.size - headers, static_cast<char>('a' + result.sent % 26));
    const Fd socket =
        in_space(space, [&] { return connected_socket(address, udp ? SOCK_DGRAM : SOCK_STREAM); });
    if (socket && echoed(socket, said)) ++result.received;
  }
  return result;
}

}  // namespace tflab::netns
