#include "netns-lab/host/gobgp_host.h"

#include <sys/mman.h>

#include <chrono>
#include <stdexcept>
#include <thread>

#include "control-core/base/text.h"
#include "control-core/config/target_filtering.h"
#include "netns-lab/host/fd.h"
#include "netns-lab/host/gobgp_pages.h"
#include "netns-lab/lab/command.h"
#include "scenarios/derive.h"

namespace tflab::netns {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr int config_fd = 3;
constexpr auto readiness = seconds{15}, patience = seconds{2};

struct FamilyName {
  Family family;
  std::string_view gobgp;
};
constexpr FamilyName family_names[] = {{Family::inet, "ipv4-unicast"},
                                       {Family::inet6, "ipv6-unicast"},
                                       {Family::inet_vpn, "l3vpn-ipv4-unicast"},
                                       {Family::inet6_vpn, "l3vpn-ipv6-unicast"},
                                       {Family::evpn, "l2vpn-evpn"},
                                       {Family::route_target, "rtc"}};

std::string quoted(const std::string& text) {
  return '"' + text + '"';
}

// "target:64512:100" is 64512:100 there.
std::string bare(RouteTarget target) {
  return to_text(target).substr(std::string_view{"target:"}.size());
}

std::string list_of(const std::vector<RouteTarget>& targets) {
  std::string out;
  for (const RouteTarget target : targets) out += (out.empty() ? "" : ", ") + quoted(bare(target));
  return '[' + out + ']';
}

std::string neighbor(const config::ControlNode& router, const config::BgpPeer& peer) {
  std::string out =
      "[[neighbors]]\n  [neighbors.config]\n    neighbor-address = " +
      quoted(to_text(peer.address)) + "\n    peer-as = " + std::to_string(peer.as.raw()) +
      "\n  [neighbors.timers.config]\n    connect-retry = 2\n"
      "    idle-hold-time-after-reset = 2\n    hold-time = " +
      std::to_string(peer.hold.ns / tflab::seconds(1).ns) +
      "\n  [neighbors.transport.config]\n    remote-port = " + std::to_string(peer.port) +
      "\n    passive-mode = " + (peer.passive ? "true" : "false") + '\n';
  for (const Family family : config::families_for(router, peer))
    for (const FamilyName& row : family_names)
      if (row.family == family)
        out +=
            "  [[neighbors.afi-safis]]\n    [neighbors.afi-safis.config]\n      afi-safi-name = " +
            quoted(std::string{row.gobgp}) + '\n';
  return out;
}

std::string vrf_of(const config::Vrf& vrf) {
  return "[[vrfs]]\n  [vrfs.config]\n    name = " + quoted(vrf.name) +
         "\n    id = " + std::to_string(vrf.instance) + "\n    rd = " + quoted(to_text(vrf.rd)) +
         "\n    import-rt-list = " + list_of(vrf.import_targets) +
         "\n    export-rt-list = " + list_of(vrf.export_targets) + '\n';
}

// A file without a name: nothing is left behind, whatever ends us.
Fd in_memory(const std::string& content) {
  Fd file{check(::memfd_create("gobgpd.toml", MFD_CLOEXEC), "make a file in memory")};
  if (::write(file.get(), content.data(), content.size()) != static_cast<ssize_t>(content.size()))
    fail("write a file in memory");
  check(static_cast<int>(::lseek(file.get(), 0, SEEK_SET)), "rewind a file in memory");
  return file;
}

}  // namespace

std::string gobgp_config(const config::ControlNode& router) {
  std::string out = "[global.config]\n  as = " + std::to_string(router.as.raw()) +
                    "\n  router-id = " + quoted(to_text(router.router_id)) +
                    "\n  port = " + std::to_string(router.bgp_port) + "\n  local-address-list = [" +
                    quoted(to_text(router.address)) + "]\n";
  for (const config::Vrf& vrf : router.vrfs) out += vrf_of(vrf);
  for (const config::BgpPeer& peer : router.peers) out += neighbor(router, peer);
  return out;
}

namespace {

// Not in the VRF: gobgp would give the route no label there, and wants it to find the route again.
std::vector<std::string> rib(const char* verb, const config::Vrf& vrf, const IpPrefix& prefix) {
  return {"gobgp",
          "global",
          "rib",
          verb,
          "-a",
          "vpnv4",
          to_text(prefix),
          "label",
          std::to_string(vrf.label),
          "rd",
          to_text(vrf.rd)};
}

}  // namespace

std::vector<std::string> gobgp_announcement(const config::Vrf& vrf, const IpPrefix& prefix) {
  std::vector<std::string> out = rib("add", vrf, prefix);
  if (!vrf.export_targets.empty()) out.emplace_back("rt");
  for (const RouteTarget target : vrf.export_targets) out.push_back(bare(target));
  out.insert(out.end(), {"nexthop", to_text(vrf.next_hop), "origin", "igp"});
  return out;
}

std::vector<std::string> gobgp_withdrawal(const config::Vrf& vrf, const IpPrefix& prefix) {
  return rib("del", vrf, prefix);
}

namespace {

void tell(const std::vector<std::string>& argv, const IpPrefix& prefix) {
  const auto said = run({.argv = argv});
  if (said.code != 0 || !(said.out + said.err).empty())
    throw std::runtime_error{"cannot tell gobgpd of " + to_text(prefix) + ": " + said.out +
                             said.err};
}

bool has(const std::vector<IpPrefix>& prefixes, const IpPrefix& prefix) {
  return std::ranges::find(prefixes, prefix) != prefixes.end();
}

}  // namespace

GobgpHost::GobgpHost(config::ControlNode router, std::uint16_t http_port)
    : router_{std::move(router)}, http_port_{http_port} {}

GobgpHost::~GobgpHost() {
  if (daemon_) netns::stop(*daemon_, patience);
}

void GobgpHost::start() {
  launch();
  await_answer();
  for (const config::Vrf& vrf : router_.vrfs)
    for (const IpPrefix& prefix : vrf.prefixes) tell(gobgp_announcement(vrf, prefix), prefix);
}

void GobgpHost::launch() {
  const Fd config = in_memory(gobgp_config(router_));
  const pid_t pid =
      netns::start({.argv = {"gobgpd", "-f", "/proc/self/fd/" + std::to_string(config_fd), "-t",
                             "toml", "--pprof-disable", "--api-hosts", "127.0.0.1:50051"},
                    .keep = std::pair{config.get(), config_fd}});
  daemon_ = identify(pid).value_or(ProcessId{pid, 0});
}

void GobgpHost::await_answer() const {
  const auto deadline = std::chrono::steady_clock::now() + readiness;
  while (run({.argv = {"gobgp", "global"}}).code != 0) {
    if (!alive(*daemon_) || std::chrono::steady_clock::now() > deadline)
      throw std::runtime_error{"cannot talk to gobgpd: it does not answer"};
    std::this_thread::sleep_for(milliseconds{50});
  }
}

void GobgpHost::stop() {
  if (daemon_) netns::stop(*daemon_, patience);
  daemon_.reset();
}

void GobgpHost::configure(const scenario::Scenario& scenario, const std::string& name) {
  config::ControlNode next = control_node(scenario, name);
  config::ControlNode same = next;
  for (std::size_t i = 0; i < std::min(same.vrfs.size(), router_.vrfs.size()); ++i)
    same.vrfs[i].prefixes = router_.vrfs[i].prefixes;
  if (!(same == router_))
    throw std::runtime_error{"of a router played by gobgpd only prefixes can change while it runs"};
  for (std::size_t i = 0; i < router_.vrfs.size(); ++i) {
    const config::Vrf &before = router_.vrfs[i], &after = next.vrfs[i];
    for (const IpPrefix& prefix : before.prefixes)
      if (daemon_ && !has(after.prefixes, prefix)) tell(gobgp_withdrawal(before, prefix), prefix);
    for (const IpPrefix& prefix : after.prefixes)
      if (daemon_ && !has(before.prefixes, prefix)) tell(gobgp_announcement(after, prefix), prefix);
  }
  router_ = std::move(next);
}

std::optional<introspect::Tree> GobgpHost::page(const introspect::PageRequest& request) {
  if (!daemon_) return {};
  const auto ask = [](const std::vector<std::string>& words) {
    std::vector<std::string> argv{"gobgp"};
    argv.insert(argv.end(), words.begin(), words.end());
    argv.emplace_back("-j");
    return run({.argv = std::move(argv)}).out;
  };
  return gobgp_page(request.name, router_, ask);
}

}  // namespace tflab::netns
