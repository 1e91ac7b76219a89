#include "netns-lab/vm/vm.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <csignal>

#include <cstdlib>
#include <deque>
#include <fstream>
#include <stdexcept>

#include "netns-lab/vm/channel.h"

namespace tflab::netns {
namespace {

namespace fs = std::filesystem;
using std::chrono::steady_clock;

constexpr int line_fd = 3;
constexpr auto answering_time = std::chrono::seconds{60};
constexpr std::size_t last_lines = 24;  // a panic with its trace

// Where another hypervisor is in between, /dev/kvm opens and then every instruction of the guest is
// emulated, slower than qemu does it.
std::string accelerator() {
  for (const char* module : {"/sys/module/kvm_intel", "/sys/module/kvm_amd"})
    if (fs::exists(module) && ::access("/dev/kvm", R_OK | W_OK) == 0) return "kvm";
  return "tcg,thread=multi";
}

// A guest that measures the time stamp counter against the PIT hangs when its processor is taken
// away meanwhile, so it is told; and it must not doubt the counter later for the same reason.
std::string clock_parameters() {
  std::ifstream file{"/proc/cpuinfo"};
  for (std::string line; std::getline(file, line);)
    if (line.starts_with("cpu MHz")) {
      const double mhz = std::strtod(line.c_str() + line.find(':') + 1, nullptr);
      return " tsc_early_khz=" + std::to_string(static_cast<long>(mhz * 1000)) + " tsc=reliable";
    }
  return "";
}

std::string state_parameter() {
  const char* state = std::getenv("TFLAB_STATE_DIR");
  return state ? " TFLAB_STATE_DIR=" + fs::absolute(state).string() : "";
}

// The kernel would try each of its ciphers before it starts us: more instructions than all else.
std::string kernel_parameters(const Vm::Settings& settings) {
  const std::string gigahertz = " tsc_early_khz=1000000 tsc=reliable";
  return "console=ttyS0 quiet panic=-1 cryptomgr.notests TFLAB_LINE=/dev/vport0p1"
         " TFLAB_DRIVERS=virtio_mmio,virtio_console,virtio_net" +
         (settings.counts_instructions ? gigahertz : clock_parameters()) + state_parameter();
}

// Frames stay as they are on a wire: nothing is left for a card to finish or to put together.
constexpr const char* plain_frames =
    ",csum=off,gso=off,guest_csum=off,guest_tso4=off,guest_tso6=off,guest_ecn=off,guest_ufo=off,"
    "host_tso4=off,host_tso6=off,host_ecn=off,host_ufo=off";

std::vector<std::string> card(const Vm::Settings& settings) {
  if (settings.tap.empty()) return {};
  return {"-netdev", "tap,id=card,ifname=" + settings.tap + ",script=no,downscript=no", "-device",
          "virtio-net-device,netdev=card,mac=" + settings.mac + plain_frames};
}

std::vector<std::string> processor(const Vm::Settings& settings) {
  if (!settings.counts_instructions) return {"-accel", accelerator()};
  return {"-accel", "tcg,thread=single", "-icount", "shift=0,sleep=off"};
}

std::vector<std::string> qemu(const Vm::Settings& settings) {
  std::vector<std::string> all = {"qemu-system-x86_64",
                                  "-cpu",
                                  "max",
                                  "-M",
                                  "microvm",
                                  "-m",
                                  "256",
                                  "-nodefaults",
                                  "-no-reboot",
                                  "-display",
                                  "none",
                                  "-chardev",
                                  "file,id=console,path=" + settings.console.string(),
                                  "-serial",
                                  "chardev:console",
                                  "-device",
                                  "virtio-serial-device",
                                  "-chardev",
                                  "socket,id=line,fd=" + std::to_string(line_fd),
                                  "-device",
                                  "virtserialport,chardev=line",
                                  "-kernel",
                                  settings.image.kernel.string(),
                                  "-initrd",
                                  settings.image.initrd.string(),
                                  "-append",
                                  kernel_parameters(settings)};
  for (const auto& more : {processor(settings), card(settings)})
    all.insert(all.end(), more.begin(), more.end());
  return all;
}

// The kernel as a program, and each process of the machine as one of ours that it traces: in a
// namespace of processes, so that none survives it, and with a /run of its own for what it writes
// down. It polls its console, and no file can be polled.
std::vector<std::string> user_mode_linux(const Vm::Settings& settings) {
  std::vector<std::string> all = {
      "unshare",
      "--mount",
      "--pid",
      "--fork",
      "--kill-child",
      "sh",
      "-c",
      "mount -t tmpfs tmpfs /run && \"$@\" | cat " + std::to_string(line_fd) + ">&-",
      "sh",
      settings.image.kernel.string(),
      "initrd=" + settings.image.initrd.string(),
      "mem=512M",
      "uml_dir=/run",
      "quiet",
      "noreboot",
      "ssl0=fd:" + std::to_string(line_fd),
      "TFLAB_LINE=/dev/ttyS0" + state_parameter()};
  if (!settings.tap.empty())
    all.push_back("vec0:transport=tap,ifname=" + settings.tap +
                  ",depth=128,gro=0,mac=" + settings.mac);
  return all;
}

std::vector<std::string> command_line(const Vm::Settings& settings) {
  return settings.image.user_mode ? user_mode_linux(settings) : qemu(settings);
}

std::string end_of(const fs::path& console) {
  std::ifstream file{console};
  std::deque<std::string> last;
  for (std::string line; std::getline(file, line);) {
    if (!line.empty() && line.back() == '\r') line.pop_back();
    if (!line.empty()) last.push_back(line);
    if (last.size() > last_lines) last.pop_front();
  }
  std::string text;
  for (const std::string& line : last) text += "\n  " + line;
  return text.empty() ? " nothing" : text;
}

}  // namespace

VmImage vm_image() {
  const char* chosen = std::getenv("TFLAB_VM_DIR");
  const fs::path folder = chosen ? fs::path{chosen} : fs::path{TFLAB_VM_BUILT_IN};
  const bool user_mode = fs::exists(folder / "linux");
  return {folder / (user_mode ? "linux" : "vmlinux"), folder / "initrd", user_mode};
}

VmImage uml_image() {
  const fs::path folder = TFLAB_UML_BUILT_IN;
  return {folder / "linux", folder / "initrd", true};
}

Vm::Vm(Settings settings) : settings_{std::move(settings)} {
  int ends[2];
  check(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), "make a socket pair");
  line_ = Fd{ends[0]};
  const Fd theirs{ends[1]};
  const Fd null{check(::open("/dev/null", O_RDONLY | O_CLOEXEC), "open /dev/null")};
  const Fd out{
      check(::open(settings_.console.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644),
            "open " + settings_.console.string())};
  const pid_t pid = start({.argv = command_line(settings_),
                           .space = settings_.space,
                           .in = null.get(),
                           .out = out.get(),
                           .err = out.get(),
                           .environment = {{"TFLAB_LAB", settings_.lab}},
                           .own_session = true,
                           .keep = std::pair{theirs.get(), line_fd}});
  process_ = identify(pid).value_or(ProcessId{pid, 0});
}

Vm::~Vm() {
  signal(process_, SIGKILL);
  wait_gone(process_, std::chrono::seconds{5});
}

// The line of a VM that dies ends a moment before its process does.
void Vm::give_up(const std::string& silence) const {
  const std::string what = wait_gone(process_, std::chrono::seconds{1}) ? "died" : silence;
  throw std::runtime_error{"cannot use the VM " + settings_.name + ": it " + what +
                           "; its console ended with" + end_of(settings_.console)};
}

void Vm::await_boot(std::chrono::seconds patience) {
  if (receive_message(line_.get(), steady_clock::now() + patience)) return;
  give_up("did not boot in " + std::to_string(patience.count()) + " s");
}

nlohmann::json Vm::call(const std::string& what, nlohmann::json arguments) {
  arguments["call"] = what;
  send_message(line_.get(), arguments);
  auto reply = receive_message(line_.get(), steady_clock::now() + answering_time);
  if (!reply) give_up("does not answer");
  if (const auto error = reply->find("error"); error != reply->end())
    throw std::runtime_error{settings_.name + ": " + error->get<std::string>()};
  return std::move(reply->at("value"));
}

}  // namespace tflab::netns
