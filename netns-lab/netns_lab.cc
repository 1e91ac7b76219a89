#include "netns-lab/netns_lab.h"

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <stdexcept>
#include <thread>

#include "netns-lab/host/names.h"
#include "netns-lab/host/packet_port.h"
#include "netns-lab/lab/build.h"
#include "netns-lab/lab/capture.h"
#include "netns-lab/lab/command.h"
#include "netns-lab/lab/http_get.h"
#include "netns-lab/lab/space.h"
#include "netns-lab/lab/standing_lab.h"
#include "netns-lab/lab/state.h"
#include "netns-lab/lab/update.h"

namespace tflab::netns {
namespace {

// The lock goes with everything else, also when something fails on the way.
void require_name(const std::string& lab) {
  if (!plain_name(lab))
    throw std::runtime_error{"cannot call a lab \"" + lab +
                             "\": letters, digits, '_', '.', '-', at most 63"};
}

State standing_state(const std::string& lab) {
  auto state = load_state(lab);
  if (!state) throw std::runtime_error{"cannot find a lab called " + lab};
  return std::move(*state);
}

const Space& space_of(const State& state, const std::string& node) {
  const Space* space = space_called(state.plan, scenario_of(state.lab), node);
  if (!space)
    throw std::runtime_error{"cannot find a node called " + node + " in lab " + state.lab};
  return *space;
}

// What another version wrote, or half of it, says nothing: its namespaces are found by their mark.
std::optional<State> readable_state(const std::string& lab) {
  try {
    return load_state(lab);
  } catch (const std::runtime_error&) {
    return {};
  }
}

bool whole(const State& state) {
  for (const Space& space : state.plan) {
    if (!space.vm.empty()) continue;  // whoever has the VMs knows
    if (!space_exists(space.name)) return false;
    const auto program = state.programs.find(space.node);
    const bool stopped = std::ranges::count(state.stopped, space.node) > 0;
    if (!space.program.empty() && !stopped &&
        (program == state.programs.end() || !alive(program->second)))
      return false;
  }
  return !state.changing;
}

const std::string trial_name = std::string{mark} + "trial-";

// Our mark on `lo`, empty when the namespace has none: then it is not ours, whatever its name.
std::string mark_of(const std::string& space) {
  const Printed printed = run({.argv = {"ip", "-n", space, "link", "show", "lo"}});
  const auto at = printed.out.find("alias ");
  if (at == std::string::npos) return {};
  return printed.out.substr(at + 6, printed.out.find_first_of(" \n", at + 6) - at - 6);
}

// One that was killed before its namespace had the mark; its name says which process made it.
bool dead_trial(const std::string& space) {
  if (!space.starts_with(trial_name)) return false;
  const std::string pid = space.substr(trial_name.size());
  return !pid.empty() && pid.find_first_not_of("0123456789") == std::string::npos &&
         !std::filesystem::exists("/proc/" + pid);
}

std::vector<std::string> strays() {
  std::vector<std::string> found;
  const std::string ours = ownership_mark("");
  for (const std::string& name : spaces_with_mark()) {
    const std::string mark = mark_of(name);
    const bool lost = mark.starts_with(ours) && !readable_state(mark.substr(ours.size()));
    if (lost || (mark.empty() && dead_trial(name))) found.push_back(name);
  }
  return found;
}

// Tries what labs are made of in a namespace that is thrown away.
class Trial {
public:
  Trial() : name_{trial_name + std::to_string(::getpid())} {}
  ~Trial() {
    if (space_exists(name_)) run({.argv = {"ip", "netns", "del", name_}});
  }

  std::vector<std::string> lacks() {
    std::vector<std::string> lacks;
    attempt(lacks, "network namespaces", [&] { ip_batch({}, {"netns add " + name_}, "try"); });
    if (!lacks.empty()) return lacks;
    attempt(lacks, "veth pairs", [&] {
      ip_batch(name_,
               {"link set lo alias " + ownership_mark("trial"),
                "link add a0 type veth peer name b0", "link set a0 up", "link set b0 up"},
               "try");
    });
    attempt(lacks, "bridges", [&] { ip_batch(name_, {"link add br0 type bridge"}, "try"); });
    attempt(lacks, "packet sockets with rings", [&] {
      in_space(name_, [] { return PacketPort{"lo", 1}.fd(); });
    });
    return lacks;
  }

private:
  template <class Try>
  void attempt(std::vector<std::string>& lacks, const std::string& what, Try thing) {
    try {
      thing();
    } catch (const std::exception& failure) {
      lacks.push_back("netns labs need " + what + ": " + failure.what());
    }
  }

  std::string name_;
};

bool runs(const std::vector<std::string>& argv) {
  try {
    return run({.argv = argv}).code == 0;
  } catch (const std::system_error&) {
    return false;
  }
}

}  // namespace

Changes deploy(const scenario::Scenario& scenario, const std::string& lab_name, Life life,
               Ground& ground) {
  require_name(lab_name);
  const Lock lock = Lock::wait(lab_name);
  auto state = load_state(lab_name);
  if (state && state->orphaned()) {  // in pieces: what is left of it is no base for a difference
    raze(lab_name, this_machine());
    state.reset();
  }
  if (!state) {
    state.emplace();
    state->lab = lab_name;
    if (life == Life::with_caller) state->owner = self();
  }
  try {
    return update(*state, scenario, true, ground);
  } catch (...) {
    raze(lab_name, ground);
    throw;
  }
}

std::unique_ptr<scenario::Lab> attach(const std::string& lab_name,
                                      const std::string& capture_folder, Ground& ground) {
  return std::make_unique<StandingLab>(lab_name, capture_folder, ground);
}

void destroy(const std::string& lab_name, Ground& ground) {
  require_name(lab_name);
  const Lock lock = Lock::wait(lab_name);
  raze(lab_name, ground);
}

std::vector<std::string> clean(bool all) {
  std::vector<std::string> gone;
  for (const std::string& lab : known_labs()) {
    const auto lock = Lock::attempt(lab);
    if (!lock) continue;  // somebody alive is working on it
    const auto state = readable_state(lab);
    if (!all && state && !state->orphaned()) continue;
    const bool there = std::filesystem::exists(folder_of(lab));
    raze(lab, this_machine());
    if (there) gone.push_back("lab " + lab);
  }
  for (const std::string& name : strays()) {
    Space stray{.node = name, .name = name};
    take_away({&stray});
    gone.push_back("network namespace " + name);
  }
  return gone;
}

std::vector<LabInfo> labs() {
  std::vector<LabInfo> found;
  for (const std::string& lab : known_labs()) {
    const auto state = readable_state(lab);
    if (!state) continue;
    LabInfo info{.name = lab,
                 .scenario_file = state->scenario_file,
                 .document = document_of(lab).string(),
                 .alive = whole(*state)};
    for (const Space& space : state->plan)
      if (const auto node = node_of(space.node)) info.nodes.push_back(node->name);
    found.push_back(std::move(info));
  }
  return found;
}

int exec(const std::string& lab_name, const std::string& node,
         const std::vector<std::string>& command) {
  const State state = standing_state(lab_name);
  const Space& space = space_of(state, node);
  if (!space.vm.empty())
    throw std::runtime_error{"cannot run a command in " + node + ": it is inside a VM"};
  const auto old = ::signal(SIGINT, SIG_IGN);  // Ctrl-C is for the command
  const pid_t child = start({.argv = command,
                             .space = space.name,
                             .environment = {{"TFLAB_LAB", lab_name}, {"TFLAB_NODE", space.node}}});
  const int code = exit_code(child);
  ::signal(SIGINT, old);
  return code;
}

void capture(const std::string& lab_name, const std::string& node,
             const std::string& interface_name, const std::string& file, const std::string& filter,
             const std::function<bool()>& stop) {
  const State state = standing_state(lab_name);
  const Space& space = space_of(state, node);
  const Capture running{capture_point(space, interface_name), file, filter};
  while (!stop()) std::this_thread::sleep_for(std::chrono::milliseconds{50});
}

Recorded record(const std::string& lab_name, const std::string& node,
                const std::function<bool()>& stop) {
  const State state = standing_state(lab_name);
  const Space& space = space_of(state, node);
  if (!space.vm.empty()) throw std::runtime_error{"cannot record " + node + ": it is inside a VM"};
  const auto ask = [&](const char* target) {
    const auto answer = http_get(space.name, vrouter_http, target);
    if (!answer) throw std::runtime_error{"cannot record " + node + ": it runs no vRouter"};
    if (answer->status != 200)
      throw std::runtime_error{"cannot record " + node + ": " + answer->body};
    return answer->body;
  };
  ask("/record");
  while (!stop()) std::this_thread::sleep_for(std::chrono::milliseconds{50});
  const std::string told = ask("/recorded");
  const std::size_t line = told.find('\n');
  return {forwarding::case_from(told.substr(line + 1)), told.substr(0, line)};
}

std::vector<std::string> missing() {
  if (::geteuid() != 0) return {"netns labs need root: run this as root"};
  std::vector<std::string> lacks;
  if (!runs({"ip", "-V"})) lacks.push_back("netns labs need ip(8), Debian package iproute2");
  if (!runs({"ping", "-V"}))
    lacks.push_back("netns labs need ping(8), Debian package iputils-ping");
  return lacks.empty() ? Trial{}.lacks() : lacks;
}

}  // namespace tflab::netns
