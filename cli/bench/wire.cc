#include "cli/bench/wire.h"

#include <arpa/inet.h>

#include <algorithm>
#include <functional>
#include <optional>

namespace tflab::bench {
namespace {

constexpr std::uint8_t mp_reach = 14, mp_unreach = 15;
constexpr std::uint8_t optional_long = 0x90;  // optional, extended length
constexpr std::uint32_t first_prefix = 0x0a000000, first_label = 16;
constexpr unsigned vpn_bits = (3 + 8 + 4) * 8;
constexpr std::size_t vpn_octets = 1 + vpn_bits / 8;
constexpr std::uint32_t second_target = 1000000;

void put16(Octets& out, std::uint32_t value) {
  out.push_back(static_cast<std::uint8_t>(value >> 8));
  out.push_back(static_cast<std::uint8_t>(value));
}
void put32(Octets& out, std::uint32_t value) {
  put16(out, value >> 16);
  put16(out, value);
}
std::uint32_t get16(const std::uint8_t* at) {
  return static_cast<std::uint32_t>(at[0]) << 8 | at[1];
}
std::uint32_t get32(const std::uint8_t* at) {
  return get16(at) << 16 | get16(at + 2);
}

// Two octets of length before what `fill` writes, counting it (and, for a message, the header).
void counted(Octets& out, const std::function<void()>& fill, std::size_t more = 0) {
  const std::size_t at = out.size();
  put16(out, 0);
  fill();
  const std::size_t length = out.size() - at - 2 + more;
  out[at] = static_cast<std::uint8_t>(length >> 8);
  out[at + 1] = static_cast<std::uint8_t>(length);
}

void message(Octets& out, Type type, const std::function<void()>& body) {
  out.insert(out.end(), 16, 0xff);
  counted(
      out,
      [&] {
        out.push_back(static_cast<std::uint8_t>(type));
        body();
      },
      18);
}

void update(Octets& out, const std::function<void()>& attributes) {
  message(out, Type::update, [&] {
    put16(out, 0);
    counted(out, attributes);
  });
}

void family(Octets& out, std::uint8_t safi) {
  put16(out, 1);
  out.push_back(safi);
}

void common_attributes(Octets& out, std::optional<std::uint32_t> med = {}) {
  for (int octet : {0x40, 1, 1, 0, 0x40, 2, 0}) out.push_back(static_cast<std::uint8_t>(octet));
  if (med) {
    for (int octet : {0x80, 4, 4}) out.push_back(static_cast<std::uint8_t>(octet));
    put32(out, *med);
  }
  for (int octet : {0x40, 5, 4}) out.push_back(static_cast<std::uint8_t>(octet));
  put32(out, 100);
}

void target(Octets& out, std::uint32_t number) {
  put16(out, 2);
  put16(out, our_as);
  put32(out, number);
}

void nlri(Octets& out, const Workload& load, std::uint32_t route, bool withdrawn) {
  const std::uint32_t label = withdrawn ? 0x800000 : (first_label + route) << 4 | 1;
  out.push_back(vpn_bits);
  out.push_back(static_cast<std::uint8_t>(label >> 16));
  put16(out, label);
  put16(out, 1);  // an RD of an address and a number
  put32(out, address_of(load.sender_of(route)));
  put16(out, load.vrf_of(route) + 1);
  put32(out, first_prefix + route);
}

// The routes of one MP attribute.
void read_routes(const std::uint8_t* at, const std::uint8_t* end, const Workload& load,
                 std::uint32_t next_hop, Heard& heard) {
  for (; static_cast<std::size_t>(end - at) >= vpn_octets; at += vpn_octets) {
    const std::uint32_t route = get32(at + 12) - first_prefix;
    if (at[0] != vpn_bits || route >= load.routes()) return heard.wrong();
    if (next_hop == 0) {
      heard.withdrawn(route);
      continue;
    }
    const std::uint32_t label = (static_cast<std::uint32_t>(at[1]) << 16 | get16(at + 2)) >> 4;
    const bool as_said = label == ((first_label + route) & 0xfffff) &&
                         next_hop == address_of(load.sender_of(route)) &&
                         get16(at + 10) == load.vrf_of(route) + 1;
    if (!as_said) heard.wrong();
    heard.reached(route);
  }
  if (at != end) heard.wrong();
}

}  // namespace

sockaddr_in socket_address(std::uint32_t address, std::uint16_t port) {
  sockaddr_in out{};
  out.sin_family = AF_INET;
  out.sin_addr.s_addr = htonl(address);
  out.sin_port = htons(port);
  return out;
}

Octets keepalive_message() {
  Octets out;
  message(out, Type::keepalive, [] {});
  return out;
}

Octets open_message(unsigned peer, bool filtered) {
  Octets capabilities;
  for (int octet : {1, 4, 0, 1, 0, int{vpn_safi}})
    capabilities.push_back(static_cast<std::uint8_t>(octet));
  if (filtered)
    for (int octet : {1, 4, 0, 1, 0, int{route_target_safi}})
      capabilities.push_back(static_cast<std::uint8_t>(octet));
  capabilities.push_back(65);
  capabilities.push_back(4);
  put32(capabilities, our_as);
  Octets out;
  message(out, Type::open, [&] {
    out.push_back(4);
    put16(out, our_as);
    put16(out, 180);
    put32(out, address_of(peer));
    out.push_back(static_cast<std::uint8_t>(capabilities.size() + 2));
    out.push_back(2);
    out.push_back(static_cast<std::uint8_t>(capabilities.size()));
    out.insert(out.end(), capabilities.begin(), capabilities.end());
  });
  return out;
}

void add_end_of_rib(Octets& out, std::uint8_t safi) {
  update(out, [&] {
    out.push_back(optional_long);
    out.push_back(mp_unreach);
    counted(out, [&] { family(out, safi); });
  });
}

void add_membership(Octets& out, unsigned peer, unsigned vrf, bool wanted) {
  update(out, [&] {
    if (wanted) common_attributes(out);
    out.push_back(optional_long);
    out.push_back(wanted ? mp_reach : mp_unreach);
    counted(out, [&] {
      family(out, route_target_safi);
      if (wanted) {
        out.push_back(4);
        put32(out, address_of(peer));
        out.push_back(0);
      }
      out.push_back(96);
      put32(out, our_as);
      target(out, vrf + 1);
    });
  });
}

void add_routes(Octets& out, const Workload& load, std::uint32_t first, std::uint32_t last) {
  const unsigned vrf = load.vrf_of(first);
  for (std::uint32_t from = first; from < last; from += load.nlri)
    update(out, [&] {
      common_attributes(out, load.meds ? std::optional{from} : std::nullopt);
      for (int octet : {0xc0, 16, 24}) out.push_back(static_cast<std::uint8_t>(octet));
      target(out, vrf + 1);
      target(out, second_target + vrf + 1);
      put32(out, 0x030c0000);  // encapsulation (RFC 9012): MPLS in UDP
      put32(out, 13);
      out.push_back(optional_long);
      out.push_back(mp_reach);
      counted(out, [&] {
        family(out, vpn_safi);
        out.push_back(12);
        put32(out, 0);
        put32(out, 0);
        put32(out, address_of(load.sender_of(first)));
        out.push_back(0);
        for (std::uint32_t route = from; route < std::min(last, from + load.nlri); ++route)
          nlri(out, load, route, false);
      });
    });
}

void add_withdrawals(Octets& out, const Workload& load, std::uint32_t first, std::uint32_t last) {
  constexpr std::uint32_t in_one = 200;
  for (std::uint32_t from = first; from < last; from += in_one)
    update(out, [&] {
      out.push_back(optional_long);
      out.push_back(mp_unreach);
      counted(out, [&] {
        family(out, vpn_safi);
        for (std::uint32_t route = from; route < std::min(last, from + in_one); ++route)
          nlri(out, load, route, true);
      });
    });
}

void read_update(const std::uint8_t* body, std::size_t size, const Workload& load, Heard& heard) {
  const std::uint8_t* const end = body + size;
  if (size < 4 || get16(body) != 0) return heard.wrong();
  const std::uint8_t* at = body + 4;
  while (end - at >= 3) {
    const bool extended = (at[0] & 0x10) != 0;
    if (end - at < (extended ? 4 : 3)) return heard.wrong();
    const std::uint8_t code = at[1];
    const std::size_t length = extended ? get16(at + 2) : at[2];
    const std::uint8_t* value = at + (extended ? 4 : 3);
    if (static_cast<std::size_t>(end - value) < length) return heard.wrong();
    at = value + length;
    if (code == mp_unreach && length >= 3 && value[2] == vpn_safi)
      read_routes(value + 3, at, load, 0, heard);
    if (code == mp_reach && length >= 17 && value[2] == vpn_safi && value[3] == 12)
      read_routes(value + 17, at, load, get32(value + 12), heard);
  }
}

}  // namespace tflab::bench
