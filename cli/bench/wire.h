#pragma once
// The BGP that the load speaks, written from the RFCs and sharing nothing with the engine that is
// measured: VPNv4 (RFC 4364) and route-target (RFC 4684) UPDATEs of one fixed shape.

#include <netinet/in.h>

#include <cstdint>
#include <vector>

#include "cli/bench/workload.h"

namespace tflab::bench {

using Octets = std::vector<std::uint8_t>;

inline constexpr std::uint32_t our_as = 64512;
inline constexpr std::uint32_t target_address = 0xac100001;  // 172.16.0.1
inline constexpr std::uint16_t bgp_port = 179, xmpp_port = 5269;
inline constexpr std::uint8_t vpn_safi = 128, route_target_safi = 132;
sockaddr_in socket_address(std::uint32_t address, std::uint16_t port);
constexpr std::uint32_t address_of(unsigned peer) {  // 172.17.x.y
  return 0xac110000 + (peer / 200) * 256 + 1 + peer % 200;
}

Octets open_message(unsigned peer, bool filtered);
Octets keepalive_message();
void add_end_of_rib(Octets& out, std::uint8_t safi);
void add_membership(Octets& out, unsigned peer, unsigned vrf, bool wanted);
// Routes [first, last) of one VRF, in UPDATEs of `load.nlri` routes.
void add_routes(Octets& out, const Workload& load, std::uint32_t first, std::uint32_t last);
void add_withdrawals(Octets& out, const Workload& load, std::uint32_t first, std::uint32_t last);

enum class Type : std::uint8_t { open = 1, update = 2, notification = 3, keepalive = 4 };
inline constexpr std::size_t header_size = 19;

// What a received UPDATE says of the load's routes.
class Heard {
public:
  virtual void reached(std::uint32_t route) = 0;
  virtual void withdrawn(std::uint32_t route) = 0;
  virtual void wrong() = 0;  // not what the sender said, or not readable

protected:
  ~Heard() = default;
};
void read_update(const std::uint8_t* body, std::size_t size, const Workload& load, Heard& heard);

}  // namespace tflab::bench
