#include "cli/bench/codec.h"

#include <ctime>
#include <deque>

#include "control-core/bgp/message.h"
#include "control-core/bgp/pack.h"
#include "control-core/bgp/update.h"

namespace tflab::bench {
namespace {

// Two messages of short routes: what is written comes from the second-level cache, as it does where
// a node has just computed it.
constexpr std::size_t routes_a_run = 2000;
constexpr int slices = 50;
constexpr std::size_t runs_a_look = 20;  // at the clock, which costs as much as many routes
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

struct Packed {
  std::vector<std::byte> octets;
  std::vector<Bytes> bodies;
};

Packed packed(const Routes& load, const Attributes& set) {
  bgp::Packer packer{load.family, set, dialect};
  for (std::uint32_t n = 0; n < routes_a_run; ++n)
    packer.add(std::array{bgp::Reach{load.route(n), 16 + n}});
  Packed run{packer.finish(), {}};
  bgp::Framer framer;
  Bytes rest{run.octets};
  while (const auto found = framer.next(rest))
    run.bodies.push_back(std::get<bgp::Framer::Message>(*found).body);
  return run;
}

// One family's routes, as octets and as values.
class CodecLoad {
public:
  CodecLoad(const Routes& routes, const Attributes& set)
      : family_{routes.family}, set_{set}, run_{packed(routes, set)} {
    for (std::uint32_t n = 0; n < routes_a_run; ++n) values_.push_back({routes.route(n), 16 + n});
  }

  Family family() const { return family_; }
  std::size_t octets() const { return run_.octets.size(); }
  std::size_t messages() const { return run_.bodies.size(); }

  // Both return what depends on all they did, so that nothing of it is left out as unused.
  std::uint64_t decode() {
    std::uint64_t seen = 0;
    for (Bytes body : run_.bodies)
      for (const bgp::Heard& heard : bgp::decode_update(body, dialect, spoken_, pool_).heard)
        heard.routes.each([&](const bgp::Reach& route) { seen += 1 + route.label; });
    return seen;
  }
  std::uint64_t encode() {
    bgp::Packer packer{family_, set_, dialect};
    packer.add(values_);
    return packer.finish().size();
  }

private:
  Family family_;
  Attributes set_;
  Packed run_;
  std::vector<bgp::Reach> values_;
  std::vector<Family> spoken_{family_};
  AttributePool pool_;
  AttributesRef held_ = pool_.intern(set_);  // as while any route of the set is in a table
};

struct Way {
  const char* name;
  std::uint64_t (CodecLoad::*work)();
};
constexpr Way ways[] = {{"decode", &CodecLoad::decode}, {"encode", &CodecLoad::encode}};

CodecFigure measured(CodecLoad& load, const Way& way, double seconds,
                     const Allocations& allocations) {
  CodecFigure out{std::string{row_of(load.family()).config}, way.name};
  std::uint64_t seen = (load.*way.work)();  // warm
  const std::uint64_t before = allocations();
  const double begun = cpu_seconds();
  do {
    for (std::size_t run = 0; run < runs_a_look; ++run) seen += (load.*way.work)();
    out.octets += runs_a_look * load.octets();
    out.routes += runs_a_look * routes_a_run;
    out.messages += runs_a_look * load.messages();
    out.seconds = cpu_seconds() - begun;
  } while (out.seconds < seconds || seen == 0);
  out.allocations = allocations() - before;
  return out;
}

}  // namespace

std::vector<CodecFigure> measure_codec(double seconds, const Allocations& allocations) {
  std::deque<CodecLoad> each;
  for (const Routes& routes : loads) each.emplace_back(routes, a_machines());
  std::vector<CodecFigure> out;
  for (int slice = 0; slice < slices; ++slice) {
    auto best = out.begin();
    for (CodecLoad& load : each)
      for (const Way& way : ways) {
        const CodecFigure figure = measured(load, way, seconds / slices, allocations);
        if (slice == 0) {
          out.push_back(figure);
        } else {
          if (figure.gigabytes_a_second() > best->gigabytes_a_second()) *best = figure;
          ++best;
        }
      }
  }
  return out;
}

}  // namespace tflab::bench
