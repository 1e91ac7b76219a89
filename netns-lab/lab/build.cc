#include "netns-lab/lab/build.h"

#include <fcntl.h>
#include <poll.h>
#include <csignal>

#include <algorithm>
#include <deque>
#include <filesystem>
#include <fstream>
#include <set>
#include <stdexcept>

#include "netns-lab/host/names.h"
#include "netns-lab/lab/command.h"
#include "netns-lab/lab/space.h"
#include "netns-lab/lab/state.h"

namespace tflab::netns {
namespace {

using Lines = std::vector<std::string>;

constexpr int ready_fd = 3;
constexpr auto readiness = std::chrono::seconds{20};
constexpr auto patience = std::chrono::seconds{3};

void append(Lines& lines, const Lines& more) {
  lines.insert(lines.end(), more.begin(), more.end());
}

// Both ends come into the world where they belong and never pass through the host's namespace.
std::string veth_line(const Space& space, const Wire& wire) {
  const std::string mtu = " mtu " + std::to_string(wire.mtu);
  return "link add " + wire.device + " netns " + space.name + mtu +
         (wire.mac.empty() ? "" : " address " + wire.mac) + " type veth peer name " +
         wire.far_device + " netns " + wire.far_space + mtu;
}

// A VM's card is there when the VM is.
std::string card_line(const Space& space, const Wire& wire) {
  return "link set " + wire.device + " netns " + space.name + " mtu " + std::to_string(wire.mtu);
}

void make_spaces_and_wires(const Spaces& spaces) {
  Lines lines;
  for (const Space* space : spaces) lines.push_back("netns add " + space->name);
  for (const Space* space : spaces)
    for (const Wire& wire : space->wires)
      lines.push_back(is_card(*space, wire) ? card_line(*space, wire) : veth_line(*space, wire));
  ip_batch({}, lines, "make network namespaces");
}

// Nothing of the host's settings leaks in: a new namespace inherits its IPv4 ones.
void settle_kernel(const Space& space) {
  const std::string no_ipv6 = space.ipv6 ? "0" : "1";
  set_network_values(space.name, {{"ipv4/ip_forward", "0"},
                                  {"ipv4/conf/all/rp_filter", "0"},
                                  {"ipv4/conf/default/rp_filter", "0"},
                                  {"ipv4/conf/all/accept_redirects", "0"},
                                  {"ipv4/conf/all/send_redirects", "0"},
                                  {"ipv4/conf/default/send_redirects", "0"},
                                  {"ipv6/conf/all/disable_ipv6", no_ipv6},
                                  {"ipv6/conf/default/disable_ipv6", no_ipv6},
                                  {"ipv6/conf/all/accept_ra", "0"},
                                  {"ipv6/conf/default/accept_ra", "0"}});
}

// A bare end is for a packet socket: no ARP by the kernel, up. Its MAC differs from the addresses
// frames are sent to, so the kernel's own stack takes them for somebody else's; a real card must be
// told to take those in.
Lines bare(const std::string& device) {
  return {"link set " + device + " arp off promisc on up"};
}

Lines far_lines(const Wire& wire) {
  if (!wire.bridged) return bare(wire.far_device);
  return {"link set " + wire.far_device + " master br0 up"};
}

Lines inside(const Space& space, const std::string& owner) {
  Lines lines{"link set lo alias " + owner, "link set lo up"};
  for (const Wire& wire : space.wires)
    if (wire.bare) append(lines, bare(wire.device));
  append(lines, space.setup);
  for (const std::string& route : space.routes) lines.push_back("route replace " + route);
  return lines;
}

void configure_inside(const Spaces& spaces, const std::string& owner) {
  std::map<std::string, Lines> lines;
  std::map<std::string, std::vector<std::string>> devices;
  for (const Space* space : spaces) {
    append(lines[space->name], inside(*space, owner));
    for (const Wire& wire : space->wires) {
      devices[space->name].push_back(wire.device);
      if (is_card(*space, wire)) continue;
      append(lines[wire.far_space], far_lines(wire));
      devices[wire.far_space].push_back(wire.far_device);
    }
  }
  for (const auto& [name, wanted] : devices) disable_offload(name, wanted);
  for (const auto& [name, wanted] : lines)
    ip_batch(name, wanted, "set up the interfaces of " + name);
}

std::vector<std::string> underlay_ports(const Space& underlay, const Spaces& spaces) {
  std::vector<std::string> ports;
  for (const Space* space : spaces)
    for (const Wire& wire : space->wires)
      if (wire.bridged && wire.far_space == underlay.name) ports.push_back(wire.far_device);
  return ports;
}

struct Starting {
  const Space* space;
  ProcessId process;
  Fd ready;
};

Starting start_program(const Space& space, const std::string& lab) {
  const auto log = log_of(lab, space.node);
  std::filesystem::create_directories(log.parent_path());
  const Fd out{check(::open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644),
                     "open " + log.string())};
  const Fd null{check(::open("/dev/null", O_RDONLY | O_CLOEXEC), "open /dev/null")};
  int ends[2];
  check(::pipe2(ends, O_CLOEXEC), "make a pipe");
  Fd ready{ends[0]}, tell{ends[1]};
  Launch launch{.argv = space.program,
                .space = space.name,
                .in = null.get(),
                .out = out.get(),
                .err = out.get(),
                .environment = {{"TFLAB_LAB", lab}, {"TFLAB_READY_FD", std::to_string(ready_fd)}},
                .own_session = true,
                .keep = std::pair{tell.get(), ready_fd}};
  launch.argv.front() = program(launch.argv.front());
  const pid_t pid = start(launch);
  const auto process = identify(pid);
  return {&space, process.value_or(ProcessId{pid, 0}), std::move(ready)};
}

// A byte: it is ready, and on its own from now on. End of file: it died.
void await(const Starting& starting, const std::string& lab,
           std::chrono::steady_clock::time_point deadline) {
  const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
      deadline - std::chrono::steady_clock::now());
  pollfd wanted{starting.ready.get(), POLLIN, 0};
  char byte = 0;
  if (::poll(&wanted, 1, static_cast<int>(std::max<std::int64_t>(left.count(), 0))) > 0 &&
      ::read(starting.ready.get(), &byte, 1) == 1)
    return;
  throw std::runtime_error{"cannot start " + starting.space->program.front() + " for " +
                           starting.space->node + ": " + log_tail(lab, starting.space->node)};
}

void kill_inside(const Spaces& spaces) {
  std::vector<ProcessId> left;
  for (const Space* space : spaces)
    for (const ProcessId& process : our_processes_in(space->name)) left.push_back(process);
  for (const ProcessId& process : left) signal(process, SIGKILL);
  for (const ProcessId& process : left) wait_gone(process, patience);
}

}  // namespace

void refuse_foreign(const Spaces& spaces) {
  for (const Space* space : spaces)
    if (space_exists(space->name))
      throw std::runtime_error{"cannot make the network namespace " + space->name +
                               ": somebody else's is there already"};
}

void make(const Spaces& spaces, const std::string& owner) {
  if (spaces.empty()) return;
  make_spaces_and_wires(spaces);
  for (const Space* space : spaces) settle_kernel(*space);
  configure_inside(spaces, owner);
}

// The kernel removes a dead namespace's devices some time later; where the far end is in a
// namespace that stays, it has to be gone now, because a new wire may want its name.
void take_away(const Spaces& spaces) {
  kill_inside(spaces);
  std::set<std::string> going;
  for (const Space* space : spaces) going.insert(space->name);
  std::map<std::string, Lines> ends;
  Lines lines;
  for (const Space* space : spaces) {
    if (!space_exists(space->name)) continue;
    lines.push_back("netns del " + space->name);
    for (const Wire& wire : space->wires)
      if (!going.contains(wire.far_space) && space_exists(wire.far_space))
        ends[wire.far_space].push_back("link del " + wire.far_device);
  }
  for (const auto& [name, wanted] : ends) {
    std::string input;
    for (const std::string& line : wanted) input += line + "\n";
    run({.argv = {"ip", "-n", name, "-force", "-batch", "-"}, .input = input});  // may be gone
  }
  ip_batch({}, lines, "remove network namespaces");
}

void separate(const Space& underlay, const Spaces& all, const Spaces& apart) {
  Lines lines;
  for (const std::string& port : underlay_ports(underlay, all))
    lines.push_back("link set " + port + " master br0");
  // A bridge has the smallest MTU of its ports unless it was given one.
  if (!apart.empty()) {
    const unsigned mtu = apart.front()->wires.front().mtu;
    lines.push_back("link add br1 mtu " + std::to_string(mtu) +
                    " type bridge stp_state 0 mcast_snooping 0 forward_delay 0");
    lines.emplace_back("link set br1 up");
  }
  for (const std::string& port : underlay_ports(underlay, apart))
    lines.push_back("link set " + port + " master br1");
  // Of an earlier partition.
  run({.argv = {"ip", "-n", underlay.name, "link", "del", "br1"}});
  ip_batch(underlay.name, lines, "separate the underlay");
}

void plug(const Space& underlay, const Space& node, bool in) {
  Lines lines;
  for (const std::string& port : underlay_ports(underlay, {&node}))
    lines.push_back("link set " + port + (in ? " up" : " down"));
  ip_batch(underlay.name, lines, "plug or unplug " + node.node);
}

void change_routes(const Space& before, const Space& after) {
  Lines lines;
  for (const std::string& route : before.routes)
    if (!std::ranges::count(after.routes, route)) lines.push_back("route del " + route);
  for (const std::string& route : after.routes)
    if (!std::ranges::count(before.routes, route)) lines.push_back("route replace " + route);
  ip_batch(after.name, lines, "change the routes of " + after.node);
}

void set_power(const Space& space, bool on) {
  Lines lines;
  if (on) {
    lines = space.setup;
    for (const std::string& route : space.routes) lines.push_back("route replace " + route);
  } else {
    for (const Wire& wire : space.wires) {
      lines.push_back("link set " + wire.device + " down");
      lines.push_back("addr flush dev " + wire.device);
    }
  }
  ip_batch(space.name, lines, std::string{on ? "switch on " : "switch off "} + space.node);
}

std::map<std::string, ProcessId> start_programs(const Spaces& spaces, const std::string& lab) {
  std::deque<Starting> starting;
  for (const Space* space : spaces)
    if (!space->program.empty()) starting.push_back(start_program(*space, lab));
  const auto deadline = std::chrono::steady_clock::now() + readiness;
  std::map<std::string, ProcessId> programs;
  for (const Starting& one : starting) {
    await(one, lab, deadline);
    programs[one.space->node] = one.process;
  }
  return programs;
}

void stop_programs(const std::vector<ProcessId>& programs) {
  for (const ProcessId& program : programs) signal(program, SIGTERM);
  for (const ProcessId& program : programs) wait_or_kill(program, patience);
}

std::string log_tail(const std::string& lab, const std::string& node) {
  std::ifstream file{log_of(lab, node)};
  std::deque<std::string> last;
  for (std::string line; std::getline(file, line);) {
    last.push_back(line);
    if (last.size() > 3) last.pop_front();
  }
  std::string text;
  for (const std::string& line : last) text += (text.empty() ? "" : "; ") + line;
  return text.empty() ? "it said nothing" : text;
}

}  // namespace tflab::netns
