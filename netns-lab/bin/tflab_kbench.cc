// How fast vrouter.ko forwards beside the kernel's own MPLS in UDP (FOU) and VXLAN, in one machine
// and one run: `tflab bench kernel` runs this in a VM. Prints a line of JSON a case: nanoseconds a
// packet (less what the bare wire costs) or a kilobyte, in rounds that take turns. In a VM whose
// clock counts instructions they are instructions.
//
// usage: tflab-kbench ROUNDS TIMES    a round is TIMES as much as is enough to count instructions
//
//   machine-ours  ── vrouter.ko ──┐
//                                 ├── router (Linux) ── far
//   machine-linux ── pe (Linux) ──┘
//
// Floods are dropped where they arrive: nobody has the MAC address they are for.

#include <netinet/in.h>
#include <sched.h>
#include <sys/socket.h>

#include <array>
#include <chrono>
#include <cstdio>
#include <functional>
#include <iostream>
#include <memory>
#include <optional>
#include <string_view>
#include <thread>

#include <nlohmann/json.hpp>

#include "control-core/base/text.h"
#include "netns-lab/bin/programs.h"
#include "netns-lab/host/kmod.h"
#include "netns-lab/host/packet_port.h"
#include "netns-lab/lab/arrivals.h"
#include "netns-lab/lab/command.h"
#include "netns-lab/lab/space.h"
#include "vrouter-core/wire/ethernet.h"
#include "vrouter-core/wire/ipv4.h"
#include "vrouter-core/wire/mpls.h"
#include "vrouter-core/wire/udp.h"
#include "vrouter-core/wire/vxlan.h"

namespace {

using namespace tflab;
using netns::ip_batch;
using Frame = std::vector<std::byte>;

constexpr int packets = 1000, batch = 200, burst = 50;
constexpr std::size_t stream_octets = 2'000'000;

struct Effort {
  int rounds;
  int times;
};
std::optional<Effort> effort_of(std::string_view rounds, std::string_view times) {
  constexpr std::uint32_t most = 10'000;
  const auto r = parse_u32(rounds), t = parse_u32(times);
  if (!r || !t || *r == 0 || *t == 0 || *r > most || *t > most) return std::nullopt;
  return Effort{static_cast<int>(*r), static_cast<int>(*t)};
}

constexpr Mac node_mac{{2, 0, 0, 0, 0, 1}}, router_mac{{2, 0, 0, 0, 0, 2}},
    vif_mac{{2, 0, 0, 0, 0, 3}}, machine_mac{{2, 0, 0, 0, 0, 4}}, nobody{{2, 0, 0, 0, 0, 0xfd}};

// Runs in a namespace; the empty name is the one we are in.
template <class Work>
auto in_space(const std::string& name, Work work) {
  return name.empty() ? work() : netns::in_space(name, work);
}

std::string text(const Mac& mac) {
  char out[18];
  const auto& o = mac.octets;
  std::snprintf(out, sizeof out, "%02x:%02x:%02x:%02x:%02x:%02x", o[0], o[1], o[2], o[3], o[4],
                o[5]);
  return out;
}
constexpr Ip4 ip(unsigned a, unsigned b, unsigned c, unsigned d) {
  return Ip4{a << 24 | b << 16 | c << 8 | d};
}

// One of the two that are compared. Everything about it is called alike but for its number.
struct Side {
  std::string name;  // ours, linux
  unsigned number;   // 1, 2
  std::string machine() const { return "tflab-" + name; }
  std::string node() const { return name == "linux" ? "tflab-pe" : ""; }
  std::string underlay(unsigned host) const {
    return "172.31." + std::to_string(number) + '.' + std::to_string(host);
  }
  std::string inside(unsigned host) const {
    return "10." + std::to_string(number) + ".0." + std::to_string(host);
  }
};
const Side ours{"ours", 1}, theirs{"linux", 2};
const std::string router = "tflab-router", far_space = "tflab-far", far_address = "10.3.0.1";

void labels_lead(const std::string& space, const std::vector<std::string>& labels) {
  for (const std::string& label : labels)
    netns::run_or_fail(
        {.argv = {"ip", "-f", "mpls", "route", "add", label, "dev", "vrf1"}, .space = space},
        "bind a label");
}
std::string tunnel(const std::string& name, const std::string& from, const std::string& to) {
  return "link add " + name + " type ipip mode mplsip local " + from + " remote " + to +
         " ttl 64 encap fou encap-sport auto encap-dport 6635";
}
void quiet(const std::string& space) {
  netns::set_network_values(space, {{"ipv4/ip_forward", "1"},
                                    {"mpls/platform_labels", "3000"},
                                    {"ipv6/conf/all/disable_ipv6", "1"},
                                    {"ipv6/conf/default/disable_ipv6", "1"}});
}

void make_spaces() {
  for (const std::string& space :
       {ours.machine(), theirs.machine(), theirs.node(), router, far_space}) {
    ip_batch("", {"netns add " + space}, "make a namespace");
    quiet(space);
    ip_batch(space, {"link set lo up"}, "bring lo up");
  }
}

// A machine's wire, and its node's wire to the router.
void make_wires(const Side& side) {
  ip_batch(side.node(),
           {"link add vif type veth peer name eth0 netns " + side.machine(),
            "link add fabric type veth peer name " + side.name + " netns " + router,
            "link set vif address " + text(vif_mac) + " up",
            "link set fabric address " + text(node_mac) + " up"},
           "bring wires up");
  ip_batch(
      side.machine(),
      {"link set eth0 address " + text(machine_mac) + " mtu 1400 up",
       "addr add " + side.inside(1) + "/24 dev eth0",
       "neigh add " + side.inside(254) + " lladdr " + text(vif_mac) + " dev eth0 nud permanent",
       "route add default via " + side.inside(254)},
      "make a machine");
}

void make_router() {
  ip_batch("", {"link add cust netns " + router + " type veth peer name eth0 netns " + far_space},
           "make a wire");
  ip_batch(far_space,
           {"link set eth0 mtu 1400 up", "addr add " + far_address + "/24 dev eth0",
            "route add default via 10.3.0.254"},
           "make a far machine");
  std::vector<std::string> lines = {
      "fou add port 6635 ipproto 137", "link add vrf1 type vrf table 10", "link set vrf1 up",
      "link set cust master vrf1 up", "addr add 10.3.0.254/24 dev cust"};
  for (const Side& side : {ours, theirs}) {
    const std::string device = "mudp-" + side.name;
    for (const std::string& line :
         {"link set " + side.name + " address " + text(router_mac) + " up",
          "addr add " + side.underlay(254) + "/24 dev " + side.name,
          "neigh add " + side.underlay(1) + " lladdr " + text(node_mac) + " dev " + side.name +
              " nud permanent",
          tunnel(device, side.underlay(254), side.underlay(1)), "link set " + device + " up",
          "route add " + side.inside(1) + "/32 vrf vrf1 encap mpls 25 dev " + device})
      lines.push_back(line);
  }
  ip_batch(router, lines, "make a router");
  labels_lead(router, {"1000"});
  netns::set_network_values(
      router, {{"mpls/conf/mudp-ours/input", "1"}, {"mpls/conf/mudp-linux/input", "1"}});
}

// The kernel's own provider edge, and a bridge of its with a VXLAN.
void make_pe() {
  const Side& s = theirs;
  ip_batch(
      s.node(),
      {"addr add " + s.underlay(1) + "/24 dev fabric",
       "neigh add " + s.underlay(254) + " lladdr " + text(router_mac) + " dev fabric nud permanent",
       "neigh add " + s.underlay(253) + " lladdr " + text(nobody) + " dev fabric nud permanent",
       "link add vrf1 type vrf table 10",
       "link set vrf1 up",
       "link set vif master vrf1",
       "addr add " + s.inside(254) + "/24 dev vif",
       "neigh add " + s.inside(9) + " lladdr " + text(nobody) + " dev vif nud permanent",
       "fou add port 6635 ipproto 137",
       tunnel("mudp", s.underlay(1), s.underlay(254)),
       tunnel("mflood", s.underlay(1), s.underlay(253)),
       "link set mudp up",
       "link set mflood up",
       "route add " + far_address + "/32 vrf vrf1 encap mpls 1000 dev mudp",
       "route add 10.4.0.1/32 vrf vrf1 encap mpls 1000 dev mflood",
       "link add br0 type bridge",
       "link set br0 up",
       "link add vx0 type vxlan id 77 local " + s.underlay(1) + " remote " + s.underlay(253) +
           " dstport 4789 noudpcsum nolearning dev fabric",
       "link set vx0 master br0 up",
       "link add vif2 type veth peer name eth1 netns " + s.machine(),
       "link set vif2 master br0 up"},
      "make a provider edge");
  ip_batch(s.machine(), {"link set eth1 up"}, "bring a wire up");
  labels_lead(s.node(), {"25", "26"});
  netns::set_network_values(s.node(),
                            {{"mpls/conf/mudp/input", "1"}, {"mpls/conf/mflood/input", "1"}});
}

class Refuse final : public netns::ForwarderOwner {
public:
  void trapped(std::uint16_t, VifId, VrfId, Bytes) override {}
  void burst_end() override {}
  void refused(const vr::Op&, vr::Result) override {
    throw std::logic_error{"an operation is refused"};
  }
};

// The same in vrouter.ko.
void program(netns::Forwarder& vrouter) {
  using namespace vr;
  const VrfId fabric{0}, red{1};
  const VifId eth{0}, host{1}, vif{3};
  const NexthopId machine{1}, flooded_in{2}, far{3}, flooded{4}, by_vxlan{5}, bridge{6},
      l2_machine{7};
  const Ip4 node = ip(172, 31, 1, 1);
  const auto tunnelled = [&](NexthopId id, std::uint32_t how, const Mac& mac, Ip4 to) {
    return SetNexthop{.nexthop = id,
                      .type = NexthopType::tunnel,
                      .flags = nh_valid | how,
                      .out = eth,
                      .dst = mac,
                      .src = node_mac,
                      .sip = node,
                      .dip = to};
  };
  const auto local = [&](NexthopId id, const Mac& mac) {
    return SetNexthop{.nexthop = id,
                      .type = NexthopType::encap,
                      .vrf = red,
                      .out = vif,
                      .dst = mac,
                      .src = vif_mac};
  };
  SetNexthop into_bridge{.nexthop = bridge,
                         .type = NexthopType::vrf_translate,
                         .vrf = red,
                         .family = NexthopFamily::bridge};
  SetNexthop l2{.nexthop = l2_machine,
                .type = NexthopType::encap,
                .vrf = red,
                .out = vif,
                .family = NexthopFamily::bridge};
  const std::vector<Op> ops = {
      SetVrf{fabric},
      SetVrf{red},
      SetVif{.vif = eth, .type = VifType::physical, .vrf = fabric, .mac = node_mac},
      SetVif{.vif = host, .type = VifType::host, .vrf = fabric, .mac = node_mac, .address = node},
      SetVif{.vif = vif,
             .type = VifType::virt,
             .flags = vif_l3 | vif_l2,
             .vrf = red,
             .mac = vif_mac,
             .address = ip(10, 1, 0, 1)},
      local(machine, machine_mac),
      local(flooded_in, nobody),
      tunnelled(far, nh_tunnel_udp_mpls, router_mac, ip(172, 31, 1, 254)),
      tunnelled(flooded, nh_tunnel_udp_mpls, nobody, ip(172, 31, 1, 253)),
      tunnelled(by_vxlan, nh_tunnel_vxlan, nobody, ip(172, 31, 1, 253)),
      into_bridge,
      l2,
      SetRoute{red, IpPrefix::host(ip(10, 1, 0, 1)), machine, Label{25}, route_label_valid},
      SetRoute{red, IpPrefix::host(ip(10, 3, 0, 1)), far, Label{1000}, route_label_valid},
      SetRoute{red, IpPrefix::host(ip(10, 4, 0, 1)), flooded, Label{1000}, route_label_valid},
      BindLabel{Label{25}, machine},
      BindLabel{Label{26}, flooded_in},
      BindVni{Vni{77}, bridge},
      SetMac{.vrf = red, .mac = nobody, .nexthop = by_vxlan, .vni = Vni{77}},
      SetMac{.vrf = red, .mac = machine_mac, .nexthop = l2_machine}};
  for (const Op& op : ops) vrouter.apply(op);
  vrouter.attach(eth, "fabric");
  vrouter.attach(vif, "vif");
}

template <class Write>
Frame made(std::size_t payload, Write write) {
  std::array<std::byte, 256> room{};
  Writer out{room};
  write(out);
  Frame frame(out.written().begin(), out.written().end());
  frame.resize(frame.size() + payload, std::byte{0x5a});
  return frame;
}
void write_udp(Writer& out, std::size_t payload, Ip4 from, Ip4 to, std::uint16_t port) {
  const auto whole = static_cast<std::uint16_t>(wire::Ipv4::size + wire::Udp::size + payload);
  wire::Ipv4{
      .total_length = whole, .ttl = 64, .protocol = wire::Protocol::udp, .src = from, .dst = to}
      .write(out);
  wire::Udp{.src_port = 50000,
            .dst_port = port,
            .length = static_cast<std::uint16_t>(wire::Udp::size + payload)}
      .write(out);
}
// 64 octets with what the wire adds, or nearly a whole machine's MTU.
Frame from_machine(const Side& side, std::size_t payload) {
  return made(payload, [&](Writer& out) {
    wire::Ethernet{vif_mac, machine_mac, wire::EtherType::ipv4}.write(out);
    write_udp(out, payload, ip(10, side.number, 0, 1), ip(10, 4, 0, 1), 9);
  });
}
Frame to_machine(const Side& side, std::size_t payload) {
  return made(payload, [&](Writer& out) {
    wire::Ethernet{node_mac, router_mac, wire::EtherType::ipv4}.write(out);
    write_udp(out, payload + 32, ip(172, 31, side.number, 254), ip(172, 31, side.number, 1), 6635);
    out.be32(26u << 12 | 0x100 | 64);
    write_udp(out, payload, ip(10, 3, 0, 1), ip(10, side.number, 0, 9), 9);
  });
}
Frame bridged(std::size_t payload) {
  return made(payload, [&](Writer& out) {
    wire::Ethernet{nobody, machine_mac, wire::EtherType::ipv4}.write(out);
    write_udp(out, payload, ip(10, 9, 0, 1), ip(10, 9, 0, 2), 9);
  });
}

// From beyond the VXLAN, so that the bridge knows where nobody is.
Frame from_nobody() {
  const Frame inner = made(20, [](Writer& out) {
    wire::Ethernet{machine_mac, nobody, wire::EtherType::ipv4}.write(out);
  });
  Frame frame = made(0, [&](Writer& out) {
    wire::Ethernet{node_mac, router_mac, wire::EtherType::ipv4}.write(out);
    write_udp(out, inner.size() + 8, ip(172, 31, 2, 254), ip(172, 31, 2, 1), 4789);
    out.be32(0x08000000);
    out.be32(77 << 8);
  });
  frame.insert(frame.end(), inner.begin(), inner.end());
  return frame;
}

double seconds_of(const std::function<void()>& work) {
  const auto start = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

// Sends a frame many times into one device and waits until each has arrived at another.
class Flood {
public:
  Flood(const std::string& from, const std::string& device, const std::string& to,
        const std::string& arrives, Frame frame)
      : port_{in_space(from, [&] { return std::make_unique<netns::PacketPort>(device, 16); })},
        arrivals_{to, arrives},
        frame_{std::move(frame)} {}
  // Nanoseconds a packet.
  double round(int times) {
    return seconds_of([&] {
             for (int sent = 0; sent < packets * times; sent += batch) send();
           }) *
           1e9 / (packets * times);
  }
  void send() {
    const long wanted = arrivals_.count() + batch;
    for (int left = batch; left > 0;) {
      const int sent = hand_over(std::min(left, burst));
      // It has put work off, and has room again when that is done.
      if (sent < burst) ::sched_yield();
      left -= sent;
    }
    for (int tries = 0; arrivals_.count() < wanted; ++tries) {
      if (tries == 100'000)
        throw std::runtime_error{"packets sent to " + port_->device() + " do not arrive"};
      ::sched_yield();
    }
  }

private:
  // How many of them the kernel took.
  int hand_over(int count) {
    int put = 0;
    while (put < count && port_->put(frame_)) ++put;
    return put - static_cast<int>(port_->flush());
  }

  std::unique_ptr<netns::PacketPort> port_;
  netns::Arrivals arrivals_;
  Frame frame_;
};

// One TCP connection; nanoseconds a kilobyte.
double stream(const std::string& from, const std::string& to, Ip4 address, int times) {
  const std::size_t octets = stream_octets * static_cast<std::size_t>(times);
  sockaddr_in at{};
  at.sin_family = AF_INET;
  at.sin_port = htons(5001);
  at.sin_addr.s_addr = htonl(address.raw());
  const auto* where = reinterpret_cast<const sockaddr*>(&at);
  const auto open = [] {
    return netns::Fd{netns::check(::socket(AF_INET, SOCK_STREAM, 0), "open a socket")};
  };
  const netns::Fd listening = in_space(to, open), out = in_space(from, open);
  const int yes = 1;
  ::setsockopt(listening.get(), SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
  netns::check(::bind(listening.get(), where, sizeof at), "bind");
  netns::check(::listen(listening.get(), 1), "listen");
  netns::check(::connect(out.get(), where, sizeof at), "connect");
  const netns::Fd in{netns::check(::accept(listening.get(), nullptr, nullptr), "accept")};
  const double took = seconds_of([&] {
    std::thread sender{[&] {
      const std::vector<char> some(65536);
      for (std::size_t left = octets; left > 0;) {
        const ssize_t n = ::send(out.get(), some.data(), std::min(some.size(), left), MSG_NOSIGNAL);
        if (n <= 0) break;
        left -= static_cast<std::size_t>(n);
      }
      ::shutdown(out.get(), SHUT_WR);
    }};
    while (::recv(in.get(), nullptr, 1 << 20, MSG_TRUNC) > 0) {
    }
    sender.join();
  });
  return took * 1e9 / (static_cast<double>(octets) / 1000);
}

void compare(const std::string& name, const std::string& unit, int rounds,
             const std::function<double()>& one, const std::function<double()>& other,
             const std::function<double()>& bare) {
  nlohmann::json row{{"case", name}, {"unit", unit}};
  for (int i = 0; i < rounds; ++i) {
    const double wire = bare();
    row["ours"].push_back(one() - wire);
    row["reference"].push_back(other() - wire);
  }
  std::cout << row.dump() << std::endl;
}

struct Way {
  std::string name, from, device, to, arrives;
  Frame frame;
};
void flood_both(const std::string& name, std::size_t payload, const Effort& effort, const Way& mine,
                const Way& other) {
  Flood first{mine.from, mine.device, mine.to, mine.arrives, mine.frame};
  Flood second{other.from, other.device, other.to, other.arrives, other.frame};
  Flood bare{"", "bare0", far_space, "bare1", bridged(payload)};
  for (Flood* one : {&first, &second, &bare})
    one->send();  // the first packets make caches, and code
  compare(
      name, "packet", effort.rounds, [&] { return first.round(effort.times); },
      [&] { return second.round(effort.times); }, [&] { return bare.round(effort.times); });
}

void measure(const Effort& effort) {
  for (const std::size_t payload : {18u, 1350u}) {
    const std::string size = payload == 18 ? "64 octets" : "1400 octets";
    const auto out = [&](const Side& s) {
      return Way{"", s.machine(), "eth0", router, s.name, from_machine(s, payload)};
    };
    const auto in = [&](const Side& s) {
      return Way{"", router, s.name, s.machine(), "eth0", to_machine(s, payload)};
    };
    flood_both("MPLSoUDP out, " + size, payload, effort, out(ours), out(theirs));
    flood_both("MPLSoUDP in, " + size, payload, effort, in(ours), in(theirs));
    in_space(router, [] { return netns::PacketPort{theirs.name, 16}.send(from_nobody()); });
    flood_both("VXLAN out, " + size, payload, effort,
               {"", ours.machine(), "eth0", router, ours.name, bridged(payload)},
               {"", theirs.machine(), "eth1", router, theirs.name, bridged(payload)});
  }
  const auto streams = [&](const std::string& from, const std::string& to, Ip4 address) {
    return [=] { return stream(from, to, address, effort.times); };
  };
  const auto nothing = [] { return 0.0; };
  const Ip4 far = ip(10, 3, 0, 1);
  compare("TCP out over MPLSoUDP", "kB", effort.rounds, streams(ours.machine(), far_space, far),
          streams(theirs.machine(), far_space, far), nothing);
  compare("TCP in over MPLSoUDP", "kB", effort.rounds,
          streams(far_space, ours.machine(), ip(10, 1, 0, 1)),
          streams(far_space, theirs.machine(), ip(10, 2, 0, 1)), nothing);
}

}  // namespace

int tflab::kbench_program(int argc, char** argv) {
  const auto effort = argc == 3 ? effort_of(argv[1], argv[2]) : std::nullopt;
  if (!effort) {
    std::cerr << "usage: tflab-kbench ROUNDS TIMES\n";
    return 2;
  }
  try {
    netns::run_or_fail({.argv = {"modprobe", "-a", "veth", "bridge", "vrf", "mpls_router",
                                 "mpls_iptunnel", "mpls_gso", "ipip", "fou", "vxlan", "vrouter"}},
                       "load what is compared");
    make_spaces();
    make_wires(ours);
    make_wires(theirs);
    make_router();
    make_pe();
    ip_batch("",
             {"link add bare0 type veth peer name bare1 netns " + far_space, "link set bare0 up"},
             "make a wire");
    ip_batch(far_space, {"link set bare1 up"}, "bring a wire up");
    boost::asio::io_context io;
    const netns::Clock clock;
    Refuse owner;
    netns::Kmod vrouter{io, clock, owner};
    program(vrouter);
    measure(*effort);
    return 0;
  } catch (const std::exception& failure) {
    std::cerr << "tflab-kbench: " << failure.what() << std::endl;
    return 4;
  }
}
