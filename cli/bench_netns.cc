// Everything is done by one thread, in turns: it sends a burst, which the kernel carries as far as
// it can at once, and then does what the vrouter's loop would do. So its CPU time is all that the
// frames cost, the kernel's work included, however busy the machine is.
//
//              ┌── node: what forwards for tflab-vrouter ──┐
//   machine ───┼── router: routes into a VXLAN             ├── far (nobody has the frames' MAC)
//              ├── bridge: bridges into a VXLAN          ──┘
//              └── nowhere
#include "cli/bench_netns.h"

#include <sched.h>
#include <unistd.h>

#include <memory>
#include <stdexcept>

#include "cli/bench/isolation.h"
#include "control-core/base/text.h"
#include "netns-lab/host/local_forwarder.h"
#include "netns-lab/lab/arrivals.h"
#include "netns-lab/lab/command.h"
#include "netns-lab/lab/space.h"
#include "vrouter-core/wire/ethernet.h"
#include "vrouter-core/wire/ipv4.h"
#include "vrouter-core/wire/udp.h"

namespace tflab::cli {
namespace {

using netns::ip_batch;
using Octets = std::vector<std::byte>;

constexpr double no_more_than_linux = 1.0;
constexpr int turns = 5;
constexpr long packets = 64 * 500, burst = 64;

constexpr Mac gateway_mac{{2, 0, 0, 0, 0, 1}}, machine_mac{{2, 0, 0, 0, 0, 2}},
    far_mac{{2, 0, 0, 0, 0, 3}}, nobody{{2, 0, 0, 0, 0, 4}};
constexpr Ip4 underlay_ip{0xac1f0101}, far_underlay_ip{0xac1f0102};  // 172.31.1.1 and .2
constexpr Ip4 machine_ip{0x0a010001}, far_ip{0x0a030001};            // 10.1.0.1, 10.3.0.1
const std::string machine = "tflab-machine", far = "tflab-far";      // the others: Way

Octets frame_to(const Mac& to, std::size_t size) {
  Octets frame(size, std::byte{0x5a});
  const auto packet = static_cast<std::uint16_t>(size - wire::Ethernet::size);
  Writer out{frame};
  wire::Ethernet{to, machine_mac, wire::EtherType::ipv4}.write(out);
  wire::Ipv4{.total_length = packet,
             .ttl = 64,
             .protocol = wire::Protocol::udp,
             .src = machine_ip,
             .dst = far_ip}
      .write(out);
  wire::Udp{.src_port = 50000,
            .dst_port = 9,
            .length = static_cast<std::uint16_t>(packet - wire::Ipv4::size)}
      .write(out);
  return frame;
}

// One of those that are compared: a namespace with a wire from the machine, called `in`, and one to
// the far end, called `fabric`. Their other ends are called as the namespace is.
void make_space(const std::string& name) {
  const std::string space = "tflab-" + name;
  ip_batch("", {"netns add " + space}, "make a namespace");
  netns::set_network_values(space, {{"ipv4/ip_forward", "1"},
                                    {"ipv6/conf/all/disable_ipv6", "1"},
                                    {"ipv6/conf/default/disable_ipv6", "1"}});
}
void make_way(const std::string& name) {
  make_space(name);
  ip_batch("tflab-" + name,
           {"link add in type veth peer name " + name + " netns " + machine,
            "link add fabric mtu 1600 type veth peer name " + name + " mtu 1600 netns " + far,
            "link set in up", "link set fabric up"},
           "make wires");
  ip_batch(machine, {"link set " + name + " up"}, "bring a wire up");
  ip_batch(far, {"link set " + name + " up"}, "bring a wire up");
}

// Linux's VXLAN as people set it up without UDP checksums, which we do not compute either.
void make_vxlan(const std::string& name) {
  make_way(name);
  ip_batch("tflab-" + name,
           {"addr add " + to_text(underlay_ip) + "/24 dev fabric",
            "neigh add " + to_text(far_underlay_ip) + " lladdr " + to_text(nobody) +
                " dev fabric nud permanent",
            "link add vx0 type vxlan id 77 local " + to_text(underlay_ip) + " remote " +
                to_text(far_underlay_ip) + " dstport 4789 noudpcsum nolearning dev fabric",
            "link set vx0 up"},
           "make a VXLAN");
}
void make_router() {
  make_vxlan("router");
  ip_batch("tflab-router",
           {"link set in address " + to_text(gateway_mac), "addr add 10.1.0.254/24 dev in",
            "addr add 10.9.0.1/24 dev vx0",
            "neigh add 10.9.0.2 lladdr " + to_text(far_mac) + " dev vx0 nud permanent",
            "route add " + to_text(far_ip) + "/32 via 10.9.0.2 dev vx0"},
           "make a router");
}
void make_bridge() {
  make_vxlan("bridge");
  ip_batch("tflab-bridge",
           {"link add br0 type bridge", "link set br0 up", "link set vx0 master br0",
            "link set in master br0"},
           "make a bridge");
  netns::run_or_fail(
      {.argv = {"bridge", "fdb", "add", to_text(far_mac), "dev", "vx0", "master", "static"},
       .space = "tflab-bridge"},
      "tell a bridge where a MAC is");
}

// What forwards in tflab-vrouter, with the tables of a node that has one machine.
class NodeAtWork final : public netns::ForwarderOwner {
public:
  NodeAtWork() {
    make_way("node");
    netns::in_space("tflab-node", [&] {
      forwarder_ = std::make_unique<netns::LocalForwarder>(io_, clock_, *this);
      program();
      forwarder_->attach(fabric, "fabric");
      forwarder_->attach(vif, "in");
      return true;
    });
  }
  void turn() { io_.poll(); }

private:
  static constexpr VifId fabric{0}, host{1}, vif{3};

  void program() {
    using namespace vr;
    const VrfId underlay{0}, red{1};
    const NexthopId local{1}, by_udp{2}, by_vxlan{3};
    const auto tunnel = [&](NexthopId id, std::uint32_t how) {
      return SetNexthop{.nexthop = id,
                        .type = NexthopType::tunnel,
                        .flags = nh_valid | how,
                        .out = fabric,
                        .dst = nobody,
                        .src = gateway_mac,
                        .sip = underlay_ip,
                        .dip = far_underlay_ip};
    };
    const std::vector<Op> ops = {
        SetVrf{underlay},
        SetVrf{red},
        SetVif{.vif = fabric, .type = VifType::physical, .vrf = underlay, .mac = gateway_mac},
        SetVif{.vif = host,
               .type = VifType::host,
               .vrf = underlay,
               .mac = gateway_mac,
               .address = underlay_ip},
        SetVif{.vif = vif,
               .type = VifType::virt,
               .flags = vif_l3 | vif_l2,
               .vrf = red,
               .mac = gateway_mac,
               .address = machine_ip},
        SetNexthop{.nexthop = local,
                   .type = NexthopType::encap,
                   .vrf = red,
                   .out = vif,
                   .dst = machine_mac,
                   .src = gateway_mac},
        tunnel(by_udp, nh_tunnel_udp_mpls),
        tunnel(by_vxlan, nh_tunnel_vxlan),
        SetRoute{red, IpPrefix::host(machine_ip), local, Label{25}, route_label_valid},
        SetRoute{red, IpPrefix::host(far_ip), by_udp, Label{1000}, route_label_valid},
        SetMac{.vrf = red, .mac = far_mac, .nexthop = by_vxlan, .vni = Vni{77}}};
    for (const Op& op : ops) forwarder_->apply(op);
  }

  void trapped(std::uint16_t, VifId, VrfId, Bytes) override {}
  void burst_end() override {}
  void refused(const vr::Op&, vr::Result) override {
    throw std::logic_error{"bench: an operation was refused"};
  }

  boost::asio::io_context io_;
  netns::Clock clock_;
  std::unique_ptr<netns::LocalForwarder> forwarder_;
};

// A frame, sent over and over into one of the ways, until each has come to the end of it.
class Flood {
public:
  Flood(const std::string& way, const std::string& end_space, const std::string& end_device,
        Octets frame, std::function<void()> turn)
      : way_{way},
        port_{
            netns::in_space(machine, [&] { return std::make_unique<netns::PacketPort>(way, 16); })},
        arrivals_{end_space, end_device},
        frame_{std::move(frame)},
        turn_{std::move(turn)} {
    round();  // caches, page tables
  }

  // CPU time of a packet, in nanoseconds.
  double round() {
    const long wanted = arrivals_.count() + packets;
    const double start = thread_cpu_ns();
    for (long sent = 0; sent < packets; sent += burst) {
      for (long i = 0; i < burst; ++i) port_->put(frame_);
      port_->flush();
      turn_();
    }
    const double ns = (thread_cpu_ns() - start) / packets;
    // What another processor was given to finish is not awaited on our time.
    for (int tries = 0; arrivals_.count() < wanted; ++tries) {
      if (tries == 10'000)
        throw std::runtime_error{"bench: " + std::to_string(wanted - arrivals_.count()) + " of " +
                                 std::to_string(packets) + " frames did not come through " + way_};
      turn_();
      ::sched_yield();
    }
    return ns;
  }

private:
  std::string way_;
  std::unique_ptr<netns::PacketPort> port_;
  netns::Arrivals arrivals_;
  Octets frame_;
  std::function<void()> turn_;
};

// Ours and Linux's, both less what the wire from the machine costs alone.
BenchCase beside(const std::string& name, Flood ours, Flood linux, const std::string& linux_name,
                 Flood wire) {
  std::vector<double> mine, theirs;
  for (int i = 0; i < turns; ++i) {
    const double bare = wire.round();
    mine.push_back(ours.round() - bare);
    theirs.push_back(linux.round() - bare);
  }
  return in_rounds(name, "ns", mine, theirs, linux_name, no_more_than_linux);
}

struct Row {
  std::string name;
  const char* linux;
  std::string linux_name;
  Mac to;  // whose the frame is: the node's is routed, another bridged
  std::size_t size;
};

}  // namespace

std::vector<BenchCase> bench_netns(const Options& options) {
  if (::geteuid() != 0) throw EnvironmentError{"a bench makes network namespaces: run it as root"};
  const Row rows[] = {
      {"mplsoudp out, 60 octets", "router", "Linux routes into VXLAN", gateway_mac, 60},
      {"vxlan out, 60 octets", "bridge", "Linux bridges into VXLAN", far_mac, 60},
      {"mplsoudp out, 1400 octets", "router", "Linux routes into VXLAN", gateway_mac, 1400},
      {"vxlan out, 1400 octets", "bridge", "Linux bridges into VXLAN", far_mac, 1400}};
  bench::isolate();
  for (const char* space : {"machine", "far"}) make_space(space);
  make_way("nowhere");
  make_router();
  make_bridge();
  NodeAtWork node;
  std::vector<BenchCase> cases;
  for (const Row& row : rows) {
    if (!wanted(options, row.name)) continue;
    const auto nothing = [] {};
    cases.push_back(
        beside(row.name, {"node", far, "node", frame_to(row.to, row.size), [&] { node.turn(); }},
               {row.linux, far, row.linux, frame_to(row.to, row.size), nothing}, row.linux_name,
               {"nowhere", "tflab-nowhere", "in", frame_to(nobody, row.size), nothing}));
  }
  return cases;
}

}  // namespace tflab::cli
