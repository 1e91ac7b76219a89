#include "cli/bench/vswitch.h"

#include <fcntl.h>
#include <sched.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <thread>

#include "cli/signals.h"
#include "netns-lab/host/fd.h"
#include "netns-lab/lab/command.h"

namespace tflab::bench {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;
using Words = std::vector<std::string>;

constexpr const char* vswitchd = "/usr/lib/openvswitch-switch-dpdk/ovs-vswitchd-dpdk";
const std::string run_folder = "/run/tflab-ovs";
const std::string database_at = "unix:" + run_folder + "/db.sock";
const std::string control_at = run_folder + "/control", log_file = run_folder + "/log";

// The reason is in the log; ovs-vsctl only says that there is one.
std::string last_error() {
  std::ifstream log{log_file};
  std::string error;
  for (std::string line; std::getline(log, line);)
    if (line.find("|ERR|") != std::string::npos || line.find("|EMER|") != std::string::npos)
      error = line;
  return error;
}

std::string told(Words argv, const std::string& input = "") {
  const netns::Printed printed = netns::run({.argv = std::move(argv), .input = input});
  if (printed.code != 0 || !printed.err.empty())
    throw std::runtime_error{"Open vSwitch cannot be set up: " + printed.err + last_error()};
  return printed.out;
}

void configure(Words words) {
  words.insert(words.begin(), {"ovs-vsctl", "--db=" + database_at, "--retry", "--timeout=30"});
  told(std::move(words));
}
std::string asked(Words words) {
  words.insert(words.begin(), {"ovs-appctl", "--target=" + control_at});
  return told(std::move(words));
}
void add_flows(const std::string& bridge, const std::string& flows) {
  told({"ovs-ofctl", "add-flows", "unix:" + run_folder + "/" + bridge + ".mgmt", "-"}, flows);
}

// The first processor that we may use, as a mask.
std::string one_processor() {
  cpu_set_t ours;
  CPU_ZERO(&ours);
  ::sched_getaffinity(0, sizeof ours, &ours);
  int first = 0;
  while (first < 63 && !CPU_ISSET(first, &ours)) ++first;
  char text[24];
  std::snprintf(text, sizeof text, "0x%llx", 1ull << first);
  return text;
}

fs::path polling_thread(pid_t pid) {
  for (const auto& task : fs::directory_iterator{"/proc/" + std::to_string(pid) + "/task"}) {
    std::string name;
    std::ifstream{task.path() / "comm"} >> name;
    if (name.starts_with("pmd")) return task.path();
  }
  throw std::runtime_error{"Open vSwitch has no thread that polls: " + last_error()};
}

Words make_database() {
  const std::string file = run_folder + "/conf.db";
  told({"ovsdb-tool", "create", file, "/usr/share/openvswitch/vswitch.ovsschema"});
  return {"/usr/sbin/ovsdb-server", file, "--remote=p" + database_at,
          "--unixctl=" + run_folder + "/database"};
}

// It finds there how to start DPDK, which it does once.
Words make_configuration() {
  configure({"--no-wait", "init", "--", "set", "Open_vSwitch", ".", "other_config:dpdk-init=true",
             "other_config:dpdk-extra=--no-huge --legacy-mem --no-pci -m 1024",
             "other_config:pmd-cpu-mask=" + one_processor()});
  return {vswitchd, database_at, "--unixctl=" + control_at};
}

// Frames that a tunnel has wrapped leave by a second bridge, which has the tunnel's own address.
void make_bridges() {
  const auto bridge = [](const std::string& name) {
    configure(
        {"add-br", name, "--", "set", "bridge", name, "datapath_type=netdev", "fail_mode=secure"});
  };
  bridge("tflab-in");
  bridge("tflab-out");
  // A null device that is not told so makes frames, too.
  configure({"add-port", "tflab-out", "tflab-sink", "--", "set", "Interface", "tflab-sink",
             "type=dpdk", "ofport_request=1", "options:dpdk-devargs=net_null0,copy=0,no-rx=1"});
  configure({"add-port", "tflab-in", "tflab-vxlan", "--", "set", "Interface", "tflab-vxlan",
             "type=vxlan", "ofport_request=2", "options:remote_ip=8.0.0.3", "options:key=5000"});
  // Its devices outlive a switch that is killed; the next one takes them over.
  netns::ip_batch("", {"addr replace 8.0.0.2/24 dev tflab-out", "link set tflab-out up"},
                  "give a tunnel its address");
  asked({"tnl/neigh/set", "tflab-out", "8.0.0.3", "0e:02:02:02:02:02"});
  add_flows("tflab-out", "in_port=LOCAL,actions=output:1\n");
}

void begin(const Switching& work) {
  add_flows("tflab-in", work.flows);
  configure({"add-port", "tflab-in", "tflab-source", "--", "set", "Interface", "tflab-source",
             "type=dpdk", "ofport_request=1",
             "options:dpdk-devargs=net_pcap0,rx_pcap=" + work.capture + ",infinite_rx=1"});
}

}  // namespace

Vswitch::Folder::Folder() {
  fs::create_directories(run_folder);
}
Vswitch::Folder::~Folder() {
  std::error_code ignored;
  fs::remove_all(run_folder, ignored);
}

Vswitch::Daemon::Daemon(const std::vector<std::string>& argv) {
  const netns::Fd log{::open(log_file.c_str(), O_CREAT | O_WRONLY | O_APPEND | O_CLOEXEC, 0600)};
  const pid_t pid = netns::start({.argv = argv,
                                  .out = log.get(),
                                  .err = log.get(),
                                  .environment = {{"OVS_RUNDIR", run_folder}},
                                  .own_session = true});
  const auto started = netns::identify(pid);
  if (!started) throw std::runtime_error{argv.front() + " ended at once: " + last_error()};
  process = *started;
}
// Its state dies with it: nothing has to be put in order.
Vswitch::Daemon::~Daemon() {
  netns::signal(process, SIGKILL);
  netns::wait_gone(process, 10s);
}

bool Vswitch::installed() {
  return ::access(vswitchd, X_OK) == 0;
}

Vswitch::Vswitch(const Switching& work)
    : database_{make_database()}, switch_{make_configuration()} {
  make_bridges();
  begin(work);
  await(work.action);
}

void Vswitch::await(const std::string& action) const {
  for (int tries = 0; tries < 100; ++tries) {
    if (asked({"dpctl/dump-flows"}).find(action) != std::string::npos) return;
    std::this_thread::sleep_for(100ms);
  }
  throw std::runtime_error{"Open vSwitch does not do " + action + ": " + last_error()};
}

double Vswitch::round() {
  if (cli::stop_signal() != 0) throw std::runtime_error{"the bench was ended"};
  netns::signal(switch_.process, SIGCONT);
  std::this_thread::sleep_for(50ms);
  const Spent before = spent();
  std::this_thread::sleep_for(500ms);
  const Spent after = spent();
  netns::signal(switch_.process, SIGSTOP);
  const double frames = after.frames - before.frames;
  if (frames <= 0) throw std::runtime_error{"Open vSwitch sends nothing: " + last_error()};
  return (after.cpu_ns - before.cpu_ns) / frames;
}

Vswitch::Spent Vswitch::spent() const {
  Spent so_far{};
  const std::string ports = asked({"dpctl/show", "-s"});
  const std::string mark = "TX packets:";
  const std::size_t at = ports.find(mark, ports.find(" tflab-sink "));
  if (at != std::string::npos)
    so_far.frames = std::strtod(ports.c_str() + at + mark.size(), nullptr);
  std::ifstream{polling_thread(switch_.process.pid) / "schedstat"} >> so_far.cpu_ns;
  return so_far;
}

}  // namespace tflab::bench
