#include "netns-lab/host/socket_terms.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <algorithm>
#include <cstring>
#include <optional>

#include "control-core/base/text.h"
#include "netns-lab/host/fd.h"

#ifndef IPV6_MINHOPCOUNT
#define IPV6_MINHOPCOUNT 73  // linux/in6.h, which cannot be included beside netinet/in.h
#endif

namespace tflab::netns {
namespace {

constexpr std::uint8_t top_ttl = 255;
constexpr int system_ttl = 64, as_the_system_does = -1;

SocketTerms terms_of(const config::ControlNode& node, const config::PeerTerms& peer,
                     IpPrefix whose) {
  SocketTerms out{whose, peer.md5_key};
  const bool external = peer.as != Asn{} && peer.as != node.as;
  if (peer.ttl_security != 0) {
    out.ttl = top_ttl;
    out.least_ttl = static_cast<std::uint8_t>(top_ttl - peer.ttl_security + 1);
  } else if (peer.multihop_ttl != 0) {
    out.ttl = peer.multihop_ttl;
  } else if (external) {
    out.ttl = 1;  // an external peer is a neighbour unless somebody says that it is not
  }
  return out;
}

void set(int socket, int level, int option, int value, const char* what) {
  check(::setsockopt(socket, level, option, &value, sizeof value), std::string{"set "} + what);
}

void set_ttls(int socket, IpVersion version, int ttl, int least) {
  const bool v4 = version == IpVersion::v4;
  const int level = v4 ? IPPROTO_IP : IPPROTO_IPV6;
  set(socket, level, v4 ? IP_TTL : IPV6_UNICAST_HOPS, ttl, "TTL");
  set(socket, level, v4 ? IP_MINTTL : IPV6_MINHOPCOUNT, least, "least TTL");
}

// One structure for both options; only the second knows of prefixes.
tcp_md5sig md5_of(const SocketTerms& terms) {
  tcp_md5sig out{};
  const IpAddr& base = terms.whose.base();
  if (base.is_v4()) {
    auto& at = reinterpret_cast<sockaddr_in&>(out.tcpm_addr);
    at.sin_family = AF_INET;
    at.sin_addr.s_addr = htonl(base.v4().raw());
  } else {
    auto& at = reinterpret_cast<sockaddr_in6&>(out.tcpm_addr);
    at.sin6_family = AF_INET6;
    std::copy(base.v6().octets.begin(), base.v6().octets.end(), at.sin6_addr.s6_addr);
  }
  out.tcpm_flags = TCP_MD5SIG_FLAG_PREFIX;
  out.tcpm_prefixlen = terms.whose.length();
  return out;
}

}  // namespace

std::vector<SocketTerms> socket_terms(const config::ControlNode& node) {
  std::vector<SocketTerms> out;
  for (const config::BgpPeer& peer : node.peers)
    out.push_back(terms_of(node, peer, IpPrefix::host(peer.address)));
  for (const config::PeerRange& range : node.peer_ranges)
    out.push_back(terms_of(node, range, range.prefix));
  return out;
}

const SocketTerms* terms_for(const std::vector<SocketTerms>& terms, const IpAddr& address) {
  const SocketTerms* found = nullptr;
  for (const SocketTerms& each : terms)
    if (each.whose.covers(address) && (!found || each.whose.length() > found->whose.length()))
      found = &each;
  return found;
}

// What an accepted socket has of the one that listens is set anew, too.
void limit_ttl(int socket, const SocketTerms& terms) {
  const int ttl = terms.ttl != 0 ? terms.ttl : as_the_system_does;
  set_ttls(socket, terms.whose.base().version(), ttl, terms.least_ttl);
}

// A peer that holds us to TTL 255 takes no SYN-ACK with less; one that expects 1 does not look.
void limit_callers(int socket, const std::vector<SocketTerms>& terms, IpVersion version) {
  int ttl = 0;
  std::optional<std::uint8_t> least;
  for (const SocketTerms& each : terms) {
    if (each.whose.base().version() != version) continue;
    ttl = std::max<int>(ttl, each.ttl);
    least = std::min(each.least_ttl, least.value_or(top_ttl));
  }
  set_ttls(socket, version, ttl > system_ttl ? ttl : as_the_system_does, least.value_or(0));
}

void set_md5_key(int socket, const SocketTerms& terms) {
  tcp_md5sig key = md5_of(terms);
  key.tcpm_keylen = static_cast<std::uint16_t>(terms.md5_key.size());
  std::memcpy(key.tcpm_key, terms.md5_key.data(), terms.md5_key.size());
  check(::setsockopt(socket, IPPROTO_TCP, TCP_MD5SIG_EXT, &key, sizeof key),
        "set the TCP-MD5 key of " + to_text(terms.whose));
}

void remove_md5_key(int socket, const SocketTerms& terms) {
  tcp_md5sig key = md5_of(terms);
  check(::setsockopt(socket, IPPROTO_TCP, TCP_MD5SIG_EXT, &key, sizeof key),
        "remove the TCP-MD5 key of " + to_text(terms.whose));
}

}  // namespace tflab::netns
