#include "netns-lab/lab/dial.h"

#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <cstring>

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

}  // namespace

Fd dial(const IpAddr& to, std::uint16_t port, int type, int patience_s) {
  const SocketAddress address = address_of(to, port);
  Fd socket{check(::socket(address.storage.ss_family, type | SOCK_CLOEXEC, 0), "open a socket")};
  const timeval limit{patience_s, 0};
  for (const int option : {SO_RCVTIMEO, SO_SNDTIMEO})
    ::setsockopt(socket.get(), SOL_SOCKET, option, &limit, sizeof limit);
  if (::connect(socket.get(), address.get(), address.size) != 0) return {};
  return socket;
}

}  // namespace tflab::netns
