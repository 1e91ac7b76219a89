#include "cli/bench/codec.h"

#include <ctime>

#include "control-core/bgp/message.h"
#include "control-core/bgp/pack.h"
#include "control-core/bgp/update.h"

namespace tflab::bench {
namespace {

constexpr std::size_t routes_a_run = 20000;
constexpr bgp::Dialect dialect{true, true, false};

double cpu_seconds() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

struct Routes {
  Family family;
  Nlri (*route)(std::uint32_t n);
};

// A machine's routes, as an agent has them told: two communities, a local preference.
Attributes a_machines() {
  Attributes set;
  set.next_hop = Ip4{0xac100001};
  set.local_pref = 200;
  set.ext_communities = {ExtCommunity::target(RouteTarget::as2(64512, 8000001)),
                         ExtCommunity::encapsulation(Encap::udp)};
  return set;
}

const Routes loads[] = {
    {Family::inet_vpn,
     [](std::uint32_t n) -> Nlri {
       return VpnRoute{RouteDistinguisher::as2(64512, 1), IpPrefix::host(Ip4{0x0a000000 + n})};
     }},
    {Family::inet6_vpn,
     [](std::uint32_t n) -> Nlri {
       Ip6 address{{0x20, 0x01, 0x0d, 0xb8}};
       for (std::size_t i = 0; i < 4; ++i)
         address.octets[15 - i] = static_cast<std::uint8_t>(n >> (8 * i));
       return VpnRoute{RouteDistinguisher::as2(64512, 1), IpPrefix::host(address)};
     }},
    {Family::evpn,
     [](std::uint32_t n) -> Nlri {
       EvpnRoute route;
       route.rd = RouteDistinguisher::as2(64512, 1);
       for (std::size_t i = 0; i < 4; ++i)
         route.mac.octets[5 - i] = static_cast<std::uint8_t>(n >> (8 * i));
       route.ip = Ip4{0x0a000000 + n};
       return route;
     }},
    {Family::inet,
     [](std::uint32_t n) -> Nlri {
       return InetRoute{IpPrefix{Ip4{0x0a000000 + (n << 8)}, 24}};
     }},
};

// Runs `work` until the time is over; it returns how many octets it went through.
template <class Work>
CodecFigure repeated(const Routes& load, std::string way, double seconds, std::size_t messages,
                     const std::function<std::uint64_t()>& allocations, Work work) {
  CodecFigure out;
  out.family = row_of(load.family).config;
  out.way = std::move(way);
  work();  // warm
  const std::uint64_t before = allocations();
  const double begun = cpu_seconds();
  do {
    out.octets += work();
    out.routes += routes_a_run;
    out.messages += messages;
    out.seconds = cpu_seconds() - begun;
  } while (out.seconds < seconds);
  out.allocations = allocations() - before;
  return out;
}

struct Run {
  std::vector<std::byte> octets;
  std::vector<Bytes> bodies;
};

Run packed(const Routes& load, const Attributes& set) {
  bgp::Packer packer{load.family, set, dialect};
  for (std::uint32_t n = 0; n < routes_a_run; ++n)
    packer.add(std::array{bgp::Reach{load.route(n), 16 + n}});
  Run run{packer.finish(), {}};
  bgp::Framer framer;
  Bytes rest{run.octets};
  while (const auto found = framer.next(rest))
    run.bodies.push_back(std::get<bgp::Framer::Message>(*found).body);
  return run;
}

}  // namespace

std::vector<CodecFigure> measure_codec(double seconds,
                                       const std::function<std::uint64_t()>& allocations) {
  std::vector<CodecFigure> out;
  const Attributes set = a_machines();
  for (const Routes& load : loads) {
    AttributePool pool;
    const AttributesRef held = pool.intern(set);  // as while any route of the set is in a table
    const Run run = packed(load, set);
    const std::vector<Family> spoken{load.family};
    std::uint64_t seen = 0;
    out.push_back(repeated(load, "decode", seconds, run.bodies.size(), allocations, [&] {
      for (Bytes body : run.bodies)
        for (const bgp::Heard& heard : bgp::decode_update(body, dialect, spoken, pool).heard)
          for (const bgp::Reach& route : heard.routes) seen += route.label + route.nlri.index();
      return run.octets.size();
    }));
    std::vector<bgp::Reach> routes;
    for (std::uint32_t n = 0; n < routes_a_run; ++n) routes.push_back({load.route(n), 16 + n});
    out.push_back(repeated(load, "encode", seconds, run.bodies.size(), allocations, [&] {
      bgp::Packer packer{load.family, set, dialect};
      packer.add(routes);
      const auto octets = packer.finish();
      seen += octets.size();
      return octets.size();
    }));
    if (seen == 0) out.clear();  // so that nothing above may be left out as unused
  }
  return out;
}

}  // namespace tflab::bench
