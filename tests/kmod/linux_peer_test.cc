// Somebody else's data plane at the other end: Linux's own MPLS, FOU, GRE, VXLAN and VRF, in a
// namespace that plays a router of the fabric. Machines are namespaces too, with all their
// offloads.

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <thread>

#include "netns-lab/lab/space.h"
#include "tests/dsl/bytes.h"
#include "tests/kmod/kernel_node.h"

namespace tflab::kmod_test {
namespace {

using namespace vr;

const std::string router = "tflab-router", machine = "tflab-vm1", far = "tflab-far";

// What arrives at one device, as a capture file on standard output: kmod.py gives it to tshark.
class Capture {
public:
  Capture(const std::string& space, const std::string& device) {
    const auto open = [&] { return std::make_unique<netns::PacketPort>(device, 64); };
    port_ = space.empty() ? open() : netns::in_space(space, open);
  }
  void print(const std::string& name) {
    Octets file;  // the format of libpcap, Ethernet (link type 1)
    put(file, {0xa1b2c3d4, 0x00020004, 0, 0, 65535, 1});
    port_->read(64, [&](netns::PacketPort::Burst frames) {
      for (const auto buffer : frames) {
        const auto frame = buffer.subspan(netns::PacketPort::headroom);
        const auto size = static_cast<std::uint32_t>(frame.size());
        put(file, {0, 0, size, size});
        file.insert(file.end(), frame.begin(), frame.end());
      }
    });
    std::printf("@@ pcap %s %s\n", name.c_str(), test::to_hex(file).c_str());
  }

private:
  using Octets = std::vector<std::byte>;
  static void put(Octets& to, std::initializer_list<std::uint32_t> numbers) {
    for (const std::uint32_t n : numbers) dsl::put(to, n, 4);
  }
  std::unique_ptr<netns::PacketPort> port_;
};

// Sends so many octets over one TCP connection; how many arrived as they were sent.
std::size_t transferred(const std::string& from, const std::string& to, const std::string& address,
                        std::size_t size) {
  sockaddr_in at{};
  at.sin_family = AF_INET;
  at.sin_port = htons(5001);
  ::inet_pton(AF_INET, address.c_str(), &at.sin_addr);
  const auto* where = reinterpret_cast<const sockaddr*>(&at);
  const auto listening = netns::in_space(to, [&] {
    netns::Fd socket{netns::check(::socket(AF_INET, SOCK_STREAM, 0), "open a socket")};
    const int yes = 1;
    ::setsockopt(socket.get(), SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    const timeval patience{5, 0};
    ::setsockopt(socket.get(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    netns::check(::bind(socket.get(), where, sizeof at), "bind");
    netns::check(::listen(socket.get(), 1), "listen");
    return socket;
  });
  std::thread sender{[&] {
    const auto out =
        netns::in_space(from, [] { return netns::Fd{::socket(AF_INET, SOCK_STREAM, 0)}; });
    const timeval patience{5, 0};
    ::setsockopt(out.get(), SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
    if (::connect(out.get(), where, sizeof at) != 0) return;
    std::vector<unsigned char> octets(size);
    for (std::size_t i = 0; i < size; ++i) octets[i] = static_cast<unsigned char>(i * 7 + i / 251);
    for (std::size_t sent = 0; sent < size;) {
      const ssize_t n = ::send(out.get(), octets.data() + sent, size - sent, MSG_NOSIGNAL);
      if (n <= 0) return;
      sent += static_cast<std::size_t>(n);
    }
  }};
  const netns::Fd in{::accept(listening.get(), nullptr, nullptr)};
  std::size_t good = 0;
  std::vector<unsigned char> some(65536);
  for (ssize_t n = 1; n > 0;) {
    n = in ? ::recv(in.get(), some.data(), some.size(), 0) : 0;
    for (ssize_t i = 0; i < n; ++i, ++good)
      if (some[static_cast<std::size_t>(i)] != static_cast<unsigned char>(good * 7 + good / 251))
        n = 0;
  }
  sender.join();
  return good;
}

class KmodLinuxPeer : public vr::Node {
protected:
  void SetUp() override {
    Node::SetUp();
    make_router();
    make_machines();
    kmod = std::make_unique<netns::Kmod>(io, clock, owner);
  }
  void program() {
    for (const Op& op : node.snapshot()) kmod->apply(op);
    kmod->attach(eth0, "to-router");
    kmod->attach(vm1, "to-vm1");
    kmod->settle();
    EXPECT_TRUE(owner.refusals.empty());
  }
  void TearDown() override {
    kmod.reset();
    // The kernel takes a namespace's devices away when it has time; the next test wants these
    // names.
    ip({"link del to-router", "link del to-vm1", "netns del " + router, "netns del " + machine,
        "netns del " + far});
  }

  void make_router() {
    ip({"netns add " + router, "netns add " + machine, "netns add " + far});
    netns::set_network_values(router, {{"ipv4/ip_forward", "1"},
                                       {"mpls/platform_labels", "3000"},
                                       {"ipv6/conf/all/disable_ipv6", "1"},
                                       {"ipv6/conf/default/disable_ipv6", "1"}});
    ip({"link add to-router type veth peer name eth0 netns " + router, "link set to-router up",
        "link add cust type veth peer name eth0 netns " + far, "link set cust netns " + router});
    netns::ip_batch(router,
                    {"link set lo up", "link set eth0 address " + peer_mac + " up",
                     "addr add " + peer_ip + "/16 dev eth0",
                     "neigh add " + node_ip + " lladdr " + node_mac + " dev eth0 nud permanent",
                     "link add vrf1 type vrf table 10", "link set vrf1 up",
                     "link set cust master vrf1 up", "addr add 10.99.0.254/24 dev cust",
                     "route add " + remote_ip + "/32 vrf vrf1 via 10.99.0.1",
                     "route add " + remote_gre_ip + "/32 vrf vrf1 via 10.99.0.1",
                     "fou add port 6635 ipproto 137",
                     "link add mudp type ipip mode mplsip local " + peer_ip + " remote " + node_ip +
                         " ttl 64 encap fou encap-sport auto encap-dport 6635",
                     "link add mgre type gre local " + peer_ip + " remote " + node_ip + " ttl 64",
                     "link set mudp up", "link set mgre up"},
                    "make a router");
    for (const std::string label : {"1000", "2000"})
      netns::run_or_fail(
          {.argv = {"ip", "-f", "mpls", "route", "add", label, "dev", "vrf1"}, .space = router},
          "bind a label");
    netns::set_network_values(router,
                              {{"mpls/conf/mudp/input", "1"}, {"mpls/conf/mgre/input", "1"}});
  }
  void make_machines() {
    for (const std::string& space : {machine, far})
      netns::set_network_values(space, {{"ipv6/conf/all/disable_ipv6", "1"}});
    netns::ip_batch(
        far,
        {"link set lo up", "link set eth0 up", "addr add 10.99.0.1/24 dev eth0",
         "addr add " + remote_ip + "/32 dev lo", "addr add " + remote_gre_ip + "/32 dev lo",
         "route add default via 10.99.0.254 src " + remote_ip},
        "make a far machine");
    ip({"link add to-vm1 type veth peer name eth0 netns " + machine, "link set to-vm1 up"});
    netns::ip_batch(machine,
                    {"link set lo up", "link set eth0 address " + vm1_mac + " mtu 1400 up",
                     "addr add " + vm1_ip + "/16 dev eth0"},
                    "make a machine");
  }
  void back_by(const std::string& device) {
    netns::ip_batch(router,
                    {"route replace " + vm1_ip + "/32 vrf vrf1 encap mpls 25 dev " + device},
                    "lead back");
  }
  static std::string pinged(const std::string& space, const std::string& from,
                            const std::string& to) {
    const auto done =
        netns::run({.argv = {"ping", "-n", "-c", "3", "-i", "0.1", "-W", "2", "-I", from, to},
                    .space = space});
    return done.code == 0 ? "" : done.out + done.err;
  }
  void goes_both_ways(const std::string& address, const std::string& name) {
    Capture there{router, "eth0"}, here{"", "to-router"};
    EXPECT_EQ(pinged(machine, vm1_ip, address), "");
    EXPECT_EQ(pinged(far, address, vm1_ip), "");
    there.print(name + "-ours");
    here.print(name + "-theirs");
    EXPECT_EQ(transferred(machine, far, address, 2'000'000), 2'000'000u);
    EXPECT_EQ(transferred(far, machine, vm1_ip, 2'000'000), 2'000'000u);
  }

  boost::asio::io_context io;
  netns::Clock clock;
  Owner owner;
  std::unique_ptr<netns::Kmod> kmod;
};

TEST_F(KmodLinuxPeer, mpls_over_udp) {
  program();
  back_by("mudp");
  goes_both_ways(remote_ip, "udp");
}

TEST_F(KmodLinuxPeer, mpls_over_gre) {
  program();
  back_by("mgre");
  goes_both_ways(remote_gre_ip, "gre");
}

TEST_F(KmodLinuxPeer, vxlan) {
  const NexthopId l2_vm1{20}, by_vxlan{22}, into_red_l2{27};
  const Vni vni{5000};
  const std::string router_mac = "02:aa:00:00:00:09", router_inside = "10.47.255.20";
  node.must(SetNexthop{.nexthop = l2_vm1,
                       .type = NexthopType::encap,
                       .vrf = red,
                       .out = vm1,
                       .family = NexthopFamily::bridge});
  node.must(SetNexthop{.nexthop = by_vxlan,
                       .type = NexthopType::tunnel,
                       .flags = nh_valid | nh_tunnel_vxlan,
                       .out = eth0,
                       .dst = dsl::mac(peer_mac),
                       .src = dsl::mac(node_mac),
                       .sip = dsl::ip4(node_ip),
                       .dip = dsl::ip4(peer_ip)});
  node.must(SetNexthop{.nexthop = into_red_l2,
                       .type = NexthopType::vrf_translate,
                       .vrf = red,
                       .family = NexthopFamily::bridge});
  vif(vm1, VifType::virt, vif_l3 | vif_l2, red, vr_mac, vm1_ip);
  node.must(BindVni{vni, into_red_l2});
  node.must(SetMac{.vrf = red, .mac = dsl::mac(vm1_mac), .nexthop = l2_vm1});
  node.must(SetMac{.vrf = red, .mac = dsl::mac(router_mac), .nexthop = by_vxlan, .vni = vni});
  program();
  netns::ip_batch(router,
                  {"link add vx0 address " + router_mac + " type vxlan id 5000 local " + peer_ip +
                       " remote " + node_ip + " dstport 4789 noudpcsum dev eth0",
                   "link set vx0 up", "addr add " + router_inside + "/24 dev vx0",
                   "neigh add " + vm1_ip + " lladdr " + vm1_mac + " dev vx0 nud permanent"},
                  "make a VXLAN");
  netns::ip_batch(
      machine, {"neigh add " + router_inside + " lladdr " + router_mac + " dev eth0 nud permanent"},
      "know");
  Capture there{router, "eth0"}, here{"", "to-router"};
  EXPECT_EQ(pinged(machine, vm1_ip, router_inside), "");
  EXPECT_EQ(pinged(router, router_inside, vm1_ip), "");
  there.print("vxlan-ours");
  here.print("vxlan-theirs");
  EXPECT_EQ(transferred(machine, router, router_inside, 2'000'000), 2'000'000u);
  EXPECT_EQ(transferred(router, machine, vm1_ip, 2'000'000), 2'000'000u);
}

}  // namespace
}  // namespace tflab::kmod_test
