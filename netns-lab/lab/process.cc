#include "netns-lab/lab/process.h"

#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <csignal>

#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <thread>

#include "netns-lab/lab/space.h"

namespace tflab::netns {
namespace {

// The fields of /proc/PID/stat after the name, which may itself hold blanks and parentheses.
std::vector<std::string> stat_fields(pid_t pid) {
  std::ifstream file{"/proc/" + std::to_string(pid) + "/stat"};
  std::string line;
  std::getline(file, line);
  const auto end = line.rfind(')');
  if (end == std::string::npos) return {};
  std::istringstream rest{line.substr(end + 1)};
  std::vector<std::string> fields;
  for (std::string field; rest >> field;) fields.push_back(field);
  return fields;
}

std::optional<std::uint64_t> start_of(const std::vector<std::string>& fields) {
  if (fields.size() < 20) return {};
  return std::strtoull(fields[19].c_str(), nullptr, 10);
}

Fd open_process(pid_t pid) {
  return Fd{static_cast<int>(::syscall(SYS_pidfd_open, pid, 0))};
}

// The descriptor is taken first and the start time compared after: from then on it cannot be
// another process.
Fd open_process(const ProcessId& process) {
  Fd fd = open_process(process.pid);
  if (!fd || identify(process.pid) != process) return {};
  return fd;
}

bool wait_readable(int fd, std::chrono::milliseconds patience) {
  pollfd wanted{fd, POLLIN, 0};
  return ::poll(&wanted, 1, static_cast<int>(patience.count())) > 0;
}

std::vector<std::string> environment_of(const Launch& launch) {
  std::vector<std::string> all;
  for (char** at = environ; *at; ++at) {
    const std::string_view entry{*at};
    bool replaced = false;
    for (const auto& [name, value] : launch.environment) replaced |= entry.starts_with(name + "=");
    if (!replaced) all.emplace_back(entry);
  }
  for (const auto& [name, value] : launch.environment) all.push_back(name + "=" + value);
  return all;
}

std::vector<char*> pointers(std::vector<std::string>& texts) {
  std::vector<char*> out;
  for (std::string& text : texts) out.push_back(text.data());
  out.push_back(nullptr);
  return out;
}

void place(int from, int to) {
  if (from >= 0) ::dup2(from, to);
}

struct Child {
  const Launch& launch;
  char* const* argv;
  char* const* envp;
  int space, report;
  pid_t parent;
};

// Between fork and exec only calls that are safe there: the parent may have threads.
[[noreturn]] void become(const Child& child) {
  const Launch& launch = child.launch;
  sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  for (const int number : {SIGPIPE, SIGINT, SIGTERM, SIGHUP}) ::signal(number, SIG_DFL);
  if (launch.die_with_us) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (::getppid() != child.parent) ::_exit(127);  // it died before it could be tied to us
  }
  if (launch.own_session) ::setsid();
  if (child.space < 0 || ::setns(child.space, CLONE_NEWNET) == 0) {
    place(launch.in, 0);
    place(launch.out, 1);
    place(launch.err, 2);
    if (launch.keep) place(launch.keep->first, launch.keep->second);
    ::execvpe(child.argv[0], child.argv, child.envp);
  }
  const int error = errno;
  [[maybe_unused]] const auto told = ::write(child.report, &error, sizeof error);
  ::_exit(127);
}

}  // namespace

std::optional<ProcessId> identify(pid_t pid) {
  const auto fields = stat_fields(pid);
  const auto start = start_of(fields);
  if (!start || fields[0] == "Z" || fields[0] == "X") return {};
  return ProcessId{pid, *start};
}

ProcessId self() {
  return identify(::getpid()).value();
}

bool alive(const ProcessId& process) {
  return identify(process.pid) == process;
}

bool signal(const ProcessId& process, int number) {
  const Fd fd = open_process(process);
  return fd && ::syscall(SYS_pidfd_send_signal, fd.get(), number, nullptr, 0) == 0;
}

// A child of ours is gone when it has been reaped. That can be later than its death: while a tracer
// (the leak checker of a sanitized build is one) still holds it, its parent cannot.
bool wait_gone(const ProcessId& process, std::chrono::milliseconds patience) {
  const auto deadline = std::chrono::steady_clock::now() + patience;
  if (start_of(stat_fields(process.pid)) != process.start) return true;
  if (const Fd fd = open_process(process.pid); fd && !wait_readable(fd.get(), patience))
    return false;
  while (::waitpid(process.pid, nullptr, WNOHANG) == 0) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds{1});
  }
  return true;
}

void wait_or_kill(const ProcessId& process, std::chrono::milliseconds patience) {
  if (wait_gone(process, patience)) return;
  signal(process, SIGKILL);
  wait_gone(process, std::chrono::seconds{5});
}

void stop(const ProcessId& process, std::chrono::milliseconds patience) {
  signal(process, SIGTERM);
  wait_or_kill(process, patience);
}

pid_t start(const Launch& launch) {
  const Fd space = launch.space.empty() ? Fd{} : open_space(launch.space);
  auto arguments = launch.argv;
  auto variables = environment_of(launch);
  const auto argv = pointers(arguments), envp = pointers(variables);
  int ends[2];
  check(::pipe2(ends, O_CLOEXEC), "make a pipe");
  Fd report{ends[0]}, reporter{ends[1]};

  const Child child{launch, argv.data(), envp.data(), space.get(), reporter.get(), ::getpid()};
  const pid_t pid = check(::fork(), "start a process");
  if (pid == 0) become(child);
  reporter.reset();
  int error = 0;
  if (::read(report.get(), &error, sizeof error) == sizeof error) {
    ::waitpid(pid, nullptr, 0);
    fail("run " + launch.argv.front(), error);
  }
  return pid;
}

int exit_code(pid_t child) {
  int status = 0;
  while (::waitpid(child, &status, 0) < 0)
    if (errno != EINTR) fail("wait for process " + std::to_string(child));
  return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

std::string program(const std::string& name) {
  namespace fs = std::filesystem;
  std::error_code none;
  const fs::path here = fs::read_symlink("/proc/self/exe", none).parent_path();
  const char* chosen = std::getenv("TFLAB_BIN_DIR");
  for (const fs::path& folder : {fs::path{chosen ? chosen : ""}, here, here / "../bin",
                                 here / "../netns-lab", fs::path{TFLAB_BUILT_IN}})
    if (!folder.empty() && fs::exists(folder / name, none)) return folder / name;
  throw std::runtime_error{"cannot find the program " + name + " beside this one"};
}

}  // namespace tflab::netns
