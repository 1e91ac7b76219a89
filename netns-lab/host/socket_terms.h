#pragma once
// What the kernel holds a BGP speaker's packets to, by the speaker's address: the key of TCP-MD5
// (RFC 2385) and the TTLs that say how far away it may be (RFC 5082).

#include <cstdint>
#include <string>
#include <vector>

#include "control-core/config/model.h"

namespace tflab::netns {

struct SocketTerms {
  IpPrefix whose;
  std::string md5_key;         // empty: none
  std::uint8_t ttl = 0;        // of what we send; 0: the system's
  std::uint8_t least_ttl = 0;  // of what we take; 0: any
  friend bool operator==(const SocketTerms&, const SocketTerms&) = default;
};

std::vector<SocketTerms> socket_terms(const config::ControlNode& node);
// Those of the longest prefix that holds the address; null: none apply.
const SocketTerms* terms_for(const std::vector<SocketTerms>& terms, const IpAddr& address);
// All throw std::system_error and say what was attempted.
void limit_ttl(int socket, const SocketTerms& terms);
// For a socket that listens, where a SYN may come from any of them: the TTLs that suit everybody.
void limit_callers(int socket, const std::vector<SocketTerms>& terms, IpVersion version);
// On a listening socket for everybody in terms.whose, on one that dials for the address it dials.
void set_md5_key(int socket, const SocketTerms& terms);
void remove_md5_key(int socket, const SocketTerms& terms);

}  // namespace tflab::netns
