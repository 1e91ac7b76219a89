#include "netns-lab/vm/vms.h"

#include <algorithm>
#include <chrono>
#include <fstream>
#include <set>

#include "control-core/base/text.h"
#include "netns-lab/host/names.h"
#include "netns-lab/lab/command.h"
#include "netns-lab/lab/lookout.h"
#include "netns-lab/lab/space.h"
#include "netns-lab/lab/state.h"
#include "netns-lab/vm/calls.h"
#include "netns-lab/vm/channel.h"

namespace tflab::netns {
namespace {

using nlohmann::json;

constexpr auto boot_time = std::chrono::seconds{60};

const Wire& card_of(const Space& space) {
  return *std::ranges::find_if(space.wires, [&](const Wire& wire) { return is_card(space, wire); });
}

// One of qemu's own block of addresses, the same in every run.
std::string card_mac(const std::string& vm) {
  const std::uint64_t number = fingerprint(vm);
  std::string text = "52:54:00";
  for (const unsigned shift : {16u, 8u, 0u}) text += ":" + hex(number >> shift & 0xff).substr(14);
  return text;
}

struct Split {
  Spaces here;
  std::map<std::string, Plan> inside;  // by VM
};
Split split(const Spaces& spaces) {
  Split split;
  for (const Space* space : spaces)
    if (space->vm.empty())
      split.here.push_back(space);
    else
      split.inside[space->vm].push_back(*space);
  return split;
}

// What forwards for a node that gets a VM of its own; nothing: it gets none.
std::string datapath_in_vm(const scenario::Scenario& scenario, const scenario::NodeRef& node) {
  if (node.kind == scenario::NodeRef::vrouter) return "kernel";
  const auto* router =
      node.kind == scenario::NodeRef::router ? find(scenario.physical_routers, node.name) : nullptr;
  return router && router->make == scenario::RouterMake::linux_kernel ? "linux" : "";
}

void write_text(const std::filesystem::path& file, const std::string& text) {
  std::ofstream out{file};
  if (!(out << text << std::flush)) fail("write " + file.string());
}

}  // namespace

// A machine stands where its vrouter does, at the far end of its first wire.
Plan Vms::placed(const scenario::Scenario& scenario, Plan plan) const {
  for (Space& space : plan) {
    const auto node = node_of(space.node);
    if (!node || space.wires.empty()) continue;
    if (node->kind == scenario::NodeRef::machine) space.vm = space.wires.front().far_space;
    const std::string datapath = datapath_in_vm(scenario, *node);
    if (datapath.empty()) continue;
    space.vm = space.name;
    space.program.insert(space.program.end(), {"--datapath", datapath});
    for (Wire& wire : space.wires)
      if (wire.bridged) wire.mac = card_mac(space.name);
  }
  return plan;
}

Vm& Vms::of(const Space& space) {
  return *vms_.at(space.vm);
}

void Vms::boot(const Space& space) {
  const Wire& card = card_of(space);
  ip_batch(card.far_space,
           {"tuntap add dev " + card.far_device + " mode tap",
            "link set " + card.far_device + " mtu " + std::to_string(card.mtu) + " master br0 up"},
           "make the tap of " + space.node);
  auto console = log_of(lab_, space.node);
  console.replace_extension(".console");
  vms_[space.name] = std::make_unique<Vm>(Vm::Settings{.name = space.node,
                                                       .lab = lab_,
                                                       .space = card.far_space,
                                                       .tap = card.far_device,
                                                       .mac = card.mac,
                                                       .console = console});
}

void Vms::boot_all(const Spaces& spaces) {
  const auto start = std::chrono::steady_clock::now();
  std::vector<Vm*> booting;
  for (const Space* space : spaces) {
    if (!is_vm(*space)) continue;
    boot(*space);
    booting.push_back(&of(*space));
  }
  for (Vm* vm : booting) vm->await_boot(boot_time);
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
  if (!booting.empty() && !first_boot_) first_boot_ = {booting.size(), took.count()};
}

void Vms::make(const Spaces& spaces, const std::string& owner) {
  const Split wanted = split(spaces);
  this_machine().make(wanted.here, owner);
  boot_all(spaces);
  for (const auto& [name, plan] : wanted.inside) {
    Vm& vm = *vms_.at(name);
    for (const auto& [file, content] : files_)
      vm.call("write", {{"file", file.string()}, {"content", content}});
    vm.call("make", {{"spaces", json_of(plan)}, {"owner", owner}});
  }
}

// What stands in a VM that goes, goes with it.
void Vms::take_away(const Spaces& spaces) {
  const Split going = split(spaces);
  for (const auto& [name, plan] : going.inside) {
    const auto vm = vms_.find(name);
    if (vm == vms_.end()) continue;
    if (!find(plan, vm->second->settings().name)) {
      vm->second->call("take away", {{"spaces", json_of(plan)}});
      continue;
    }
    const Vm::Settings settings = vm->second->settings();
    vms_.erase(vm);
    run({.argv = {"ip", "-n", settings.space, "link", "del", settings.tap}});
  }
  this_machine().take_away(going.here);
}

void Vms::change_routes(const Space& before, const Space& after) {
  if (after.vm.empty()) return this_machine().change_routes(before, after);
  of(after).call("reroute", {{"spaces", json_of(Plan{before, after})}});
}

void Vms::set_power(const Space& space, bool on) {
  if (space.vm.empty()) return this_machine().set_power(space, on);
  of(space).call("power", {{"spaces", json_of(Plan{space})}, {"on", on}});
}

std::map<std::string, ProcessId> Vms::start_programs(const Spaces& spaces, const std::string& lab) {
  const Split wanted = split(spaces);
  auto started = this_machine().start_programs(wanted.here, lab);
  for (const auto& [name, plan] : wanted.inside) {
    const json answer = vms_.at(name)->call("start", {{"spaces", json_of(plan)}, {"lab", lab}});
    for (const auto& [node, process] : answer.items()) started[node] = process_from(process);
  }
  return started;
}

void Vms::stop_programs(const std::vector<Program>& programs) {
  std::vector<Program> here;
  std::map<std::string, json> inside;
  for (const Program& program : programs)
    if (program.space->vm.empty())
      here.push_back(program);
    else
      inside[program.space->vm].push_back(json_of(program.process));
  this_machine().stop_programs(here);
  for (const auto& [name, processes] : inside)
    if (const auto vm = vms_.find(name); vm != vms_.end() && vm->second->running())
      vm->second->call("stop", {{"programs", processes}});
}

std::string Vms::log_tail(const Space& space, const std::string& lab) {
  if (space.vm.empty()) return this_machine().log_tail(space, lab);
  return of(space).call("log tail", {{"lab", lab}, {"node", space.node}});
}

bool Vms::alive(const Program& program) {
  if (program.space->vm.empty()) return this_machine().alive(program);
  return of(*program.space).call("alive", {{"program", json_of(program.process)}});
}

void Vms::signal(const Program& program, int number) {
  if (program.space->vm.empty()) return this_machine().signal(program, number);
  of(*program.space).call("signal", {{"program", json_of(program.process)}, {"number", number}});
}

void Vms::write(const std::filesystem::path& file, const std::string& content) {
  this_machine().write(file, content);
  files_[file] = content;
  for (const auto& [name, vm] : vms_)
    vm->call("write", {{"file", file.string()}, {"content", content}});
}

std::optional<Answer> Vms::get(const Space& space, const std::string& target) {
  if (space.vm.empty()) return this_machine().get(space, target);
  return answer_from(
      of(space).call("get", {{"space", space.name}, {"port", space.http}, {"target", target}}));
}

scenario::PingResult Vms::ping(const Space& from, const IpAddr& to, const scenario::Ping& ping) {
  if (from.vm.empty()) return this_machine().ping(from, to, ping);
  return ping_result_from(of(from).call("ping", {{"space", from.name},
                                                 {"to", to_text(to)},
                                                 {"packets", ping.packets},
                                                 {"size", ping.size},
                                                 {"dont-fragment", ping.dont_fragment},
                                                 {"hops", ping.hops},
                                                 {"over", ping.over},
                                                 {"port", ping.port}}));
}

void Vms::send(const Space& from, const std::string& device, Bytes frame) {
  if (from.vm.empty()) return this_machine().send(from, device, frame);
  of(from).call("send", {{"space", from.name}, {"device", device}, {"frame", binary(frame)}});
}

// Ports inside are looked at inside; tunnels cross the bridge out here.
std::vector<scenario::Sighting> Vms::follow(const Space& from, const std::string& device,
                                            Bytes frame, const Watched& watched) {
  Lookout lookout{frame};
  lookout.watch_tunnels(watched.underlay->name);
  std::map<std::string, json> inside;
  for (const auto& [space, port_device, name] : watched.ports)
    if (space->vm.empty())
      lookout.watch_port(space->name, port_device, name);
    else
      inside[space->vm].push_back(
          {{"space", space->name}, {"device", port_device}, {"name", name}});
  for (const auto& [vm, ports] : inside)
    vms_.at(vm)->call("watch", {{"frame", binary(frame)}, {"ports", ports}});
  send(from, device, frame);
  auto seen = lookout.seen();
  for (const auto& [vm, ports] : inside)
    for (const json& port : vms_.at(vm)->call("seen", json::object()))
      seen.push_back({.port = port});
  return seen;
}

void Vms::collect(const std::filesystem::path& folder) {
  for (const auto& [name, vm] : vms_) {
    const auto place = folder / name.substr(mark.size() + lab_.size() + 1);
    std::filesystem::create_directories(place);
    std::filesystem::copy_file(vm->settings().console, place / "console",
                               std::filesystem::copy_options::overwrite_existing);
    if (!vm->running()) continue;
    const auto said = [&](const std::vector<std::string>& argv) {
      return vm->call("run", {{"argv", argv}}).at("out").get<std::string>();
    };
    write_text(place / "dmesg", said({"dmesg"}));
    write_text(place / "tainted", said({"cat", "/proc/sys/kernel/tainted"}));
    write_text(place / "log", said({"cat", log_of(lab_, vm->settings().name).string()}));
  }
}

std::vector<std::string> missing_for_vms(const VmImage& image) {
  std::vector<std::string> lacks;
  try {
    if (!image.user_mode) run({.argv = {"qemu-system-x86_64", "--version"}});
  } catch (const std::system_error&) {
    lacks.push_back("VMs need qemu-system-x86_64, Debian package qemu-system-x86");
  }
  for (const auto& file : {image.kernel, image.initrd})
    if (!std::filesystem::exists(file))
      lacks.push_back("VMs need " + file.string() + ", which ./tflab makes for " +
                      (image.user_mode ? "bench uml" : "a run --on kernel"));
  return lacks;
}

}  // namespace tflab::netns
