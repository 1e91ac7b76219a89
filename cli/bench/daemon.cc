#include "cli/bench/daemon.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <thread>

#include "cli/bench/wire.h"
#include "control-core/base/text.h"
#include "netns-lab/host/fd.h"

namespace tflab::bench {
namespace {

using std::string;
using Arguments = std::vector<string>;

const string us = to_text(Ip4{target_address});
const string as = std::to_string(our_as);

string client(unsigned number) {
  return to_text(Ip4{address_of(number)});
}

// A route reflector for whoever dials from the clients' addresses (docs/route-reflector.md).
string tflab_configuration(const Workload& load, const string&) {
  const string families =
      string{R"("address-families": ["inet-vpn")"} + (load.filtered ? R"(, "route-target"])" : "]");
  return R"({"tflab": 1, "name": "bench", "run": {"on": ["netns"], "until": "1h"},
"global-system-config": {"autonomous-system": )" +
         as + R"(, "ibgp-auto-mesh": false},
"bgp-routers": {"rr": {"router-type": "control-node", "address": ")" +
         us + R"(", "cluster-id": )" + std::to_string(target_address) + R"(, "xmpp-port": 0, )" +
         families +
         R"(, "dynamic-neighbors": {"172.16.0.0/12": {"route-reflector-client": true}}}}}
)";
}

// A control node for agents: the clients of the load are its virtual routers.
string agents_configuration(const Workload& load, const string&) {
  string routers;
  for (unsigned i = 0; i < load.peers; ++i)
    routers += (i ? ", " : "") + ("\"agent-" + std::to_string(i)) +
               R"(": {"virtual-router-ip-address": ")" + client(i) + "\"}";
  return R"({"tflab": 1, "name": "bench", "run": {"on": ["netns"], "until": "1h"},
"bgp-routers": {"rr": {"router-type": "control-node", "address": ")" +
         us + R"("}}, "virtual-routers": {)" + routers +
         R"(}, "virtual-networks": {"red": {"subnets": ["10.100.0.0/16"], "forwarding-mode": "l3"}}}
)";
}
Arguments tflab_arguments(const string& program, const string& file, const string&) {
  return {netns::program(program), "--config", file, "--node", "rr"};
}

string frr_configuration(const Workload& load, const string&) {
  string out = "hostname rr\nrouter bgp " + as + "\n bgp router-id " + us +
               "\n no bgp default ipv4-unicast\n bgp cluster-id " + us +
               "\n neighbor C peer-group\n neighbor C remote-as " + as +
               "\n neighbor C passive\n neighbor C update-source " + us +
               "\n neighbor C timers 60 180\n neighbor C advertisement-interval 0\n";
  for (unsigned i = 0; i < load.peers; ++i) out += " neighbor " + client(i) + " peer-group C\n";
  return out +
         " address-family ipv4 vpn\n  neighbor C activate\n  neighbor C route-reflector-client\n"
         " exit-address-family\nexit\n";
}
Arguments frr_arguments(const string& program, const string& file, const string& folder) {
  return {program,        "-f",       file,          "-Z",
          "-n",           "-S",       "-i",          folder + "/frr.pid",
          "--vty_socket", folder,     "-P",          "0",
          "-l",           us,         "--log",       "file:" + folder + "/frr.log",
          "--log-level",  "warnings", "--limit-fds", "4096"};
}

string bird_configuration(const Workload& load, const string& folder) {
  string out = "router id " + us + ";\nlog \"" + folder +
               "/bird.log\" { warning, error, fatal, bug, auth };\nprotocol device {}\n"
               "ipv4 table igp4;\nprotocol static under4 { ipv4 { table igp4; }; "
               "route 172.16.0.0/12 via \"lo\"; }\nvpn4 table vpntab4;\n"
               "template bgp rrc {\n  local " +
               us + " as " + as + ";\n  rr client; rr cluster id " + us +
               ";\n  passive yes; multihop;\n  hold time 180;\n"
               "  vpn4 mpls { table vpntab4; igp table igp4; import all; export all; };\n}\n";
  for (unsigned i = 0; i < load.peers; ++i)
    out += "protocol bgp c" + std::to_string(i) + " from rrc { neighbor " + client(i) + " as " +
           as + "; }\n";
  return out;
}
Arguments bird_arguments(const string& program, const string& file, const string& folder) {
  return {program, "-f", "-c", file, "-s", folder + "/bird.ctl", "-P", folder + "/bird.pid"};
}

string openbgpd_configuration(const Workload& load, const string& folder) {
  string out = "AS " + as + "\nrouter-id " + us + "\nlisten on " + us +
               "\nfib-update no\nholdtime 180\nsocket \"" + folder +
               "/bgpd.sock\" restricted\nnexthop qualify via default\ngroup \"clients\" {\n"
               "  remote-as " +
               as + "\n  local-address " + us + "\n  passive\n  route-reflector " + us +
               "\n  announce IPv4 none\n  announce IPv6 none\n  announce IPv4 vpn\n";
  for (unsigned i = 0; i < load.peers; ++i)
    out += "  neighbor " + client(i) + " { descr \"c" + std::to_string(i) + "\" }\n";
  return out + "}\nallow from ibgp\nallow to ibgp\n";
}
Arguments openbgpd_arguments(const string& program, const string& file, const string&) {
  return {program, "-d", "-f", file};
}

string gobgp_configuration(const Workload& load, const string&) {
  string out = "[global.config]\n  as = " + as + "\n  router-id = \"" + us +
               "\"\n  port = 179\n  local-address-list = [\"" + us + "\"]\n";
  for (unsigned i = 0; i < load.peers; ++i) {
    out += "[[neighbors]]\n  [neighbors.config]\n    neighbor-address = \"" + client(i) +
           "\"\n    peer-as = " + as +
           "\n  [neighbors.transport.config]\n    passive-mode = true\n    local-address = \"" +
           us +
           "\"\n  [neighbors.route-reflector.config]\n    route-reflector-client = true\n"
           "    route-reflector-cluster-id = \"" +
           us +
           "\"\n  [[neighbors.afi-safis]]\n    [neighbors.afi-safis.config]\n"
           "      afi-safi-name = \"l3vpn-ipv4-unicast\"\n";
    if (load.filtered)
      out +=
          "  [[neighbors.afi-safis]]\n    [neighbors.afi-safis.config]\n"
          "      afi-safi-name = \"rtc\"\n";
  }
  return out;
}
Arguments gobgp_arguments(const string& program, const string& file, const string&) {
  return {program,           "-f", file,  "-t", "toml", "--api-hosts", "127.0.0.1:50051",
          "--pprof-disable", "-l", "warn"};
}

// A listener on the port, in /proc/net/tcp of our namespace: local address, port, state 0A.
bool listening(std::uint16_t port) {
  char local[8];
  std::snprintf(local, sizeof local, ":%04X ", unsigned{port});
  for (const char* sockets : {"/proc/self/net/tcp", "/proc/self/net/tcp6"}) {
    std::ifstream lines{sockets};
    for (string line; std::getline(lines, line);)
      if (line.find(local) != string::npos && line.find(" 0A ") != string::npos) return true;
  }
  return false;
}

template <class Condition>
bool within(std::chrono::seconds patience, Condition condition) {
  const auto end = std::chrono::steady_clock::now() + patience;
  while (std::chrono::steady_clock::now() < end) {
    if (condition()) return true;
    std::this_thread::sleep_for(std::chrono::milliseconds{20});
  }
  return false;
}

string last_words(const string& log_file) {
  string last;
  std::ifstream log{log_file};
  for (string line; std::getline(log, line);)
    if (!line.empty()) last = line;
  return last.empty() ? "it said nothing" : last;
}

}  // namespace

const std::vector<Kind>& kinds() {
  // FRR joins its update groups by a timer that grows with the peers; it is given the time.
  static const std::vector<Kind> all = {
      {"tflab", "tflab-control", bgp_port, true, 1, tflab_configuration, tflab_arguments},
      {"FRR", "/usr/lib/frr/bgpd", bgp_port, true, 8, frr_configuration, frr_arguments},
      {"BIRD", "/usr/sbin/bird", bgp_port, true, 1, bird_configuration, bird_arguments},
      {"OpenBGPD", "/usr/sbin/bgpd", bgp_port, false, 1, openbgpd_configuration,
       openbgpd_arguments},
      {"GoBGP", "/usr/bin/gobgpd", bgp_port, true, 1, gobgp_configuration, gobgp_arguments},
  };
  return all;
}

const Kind& control_node() {
  static const Kind agents = {"tflab", "tflab-control",      xmpp_port,      true,
                              1,       agents_configuration, tflab_arguments};
  return agents;
}

bool installed(const Kind& kind) {
  return kind.program[0] != '/' || ::access(kind.program, X_OK) == 0;
}

Daemon::Daemon(const Kind& kind, const Workload& load, const string& folder) : kind_{kind} {
  const string file = folder + "/" + kind.name + ".conf";
  std::ofstream{file} << kind.configuration(load, folder);
  ::chmod(file.c_str(), 0600);  // OpenBGPD insists
  const string log_file = folder + "/" + kind.name + ".log";
  const netns::Fd log{::open(log_file.c_str(), O_CREAT | O_WRONLY | O_TRUNC | O_CLOEXEC, 0600)};
  netns::Launch launch;
  launch.argv = kind.arguments(kind.program, file, folder);
  launch.out = launch.err = log.get();
  launch.own_session = true;
  const pid_t pid = netns::start(launch);
  const auto process = netns::identify(pid);
  if (!process || !within(std::chrono::seconds{20}, [&] { return listening(kind.port); })) {
    if (process) netns::stop(*process, std::chrono::seconds{1});
    throw std::runtime_error{string{kind.name} + " did not start: " + last_words(log_file)};
  }
  process_ = *process;
}

Daemon::~Daemon() {
  netns::stop(process_, std::chrono::seconds{4});
  within(std::chrono::seconds{10}, [this] { return !listening(kind_.port); });
}

}  // namespace tflab::bench
