#include "netns-lab/lab/state.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <thread>

#include "netns-lab/host/names.h"

namespace tflab::netns {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

json json_if_any(const std::optional<ProcessId>& process) {
  return process ? netns::json_of(*process) : json{};
}

std::optional<ProcessId> process_if_any(const json& in) {
  if (in.is_null()) return {};
  return process_from(in);
}

json whole(const State& state) {
  json programs = json::object();
  for (const auto& [node, process] : state.programs) programs[node] = netns::json_of(process);
  return {{"format", 1},
          {"lab", state.lab},
          {"scenario-file", state.scenario_file},
          {"owner", json_if_any(state.owner)},
          {"changing", json_if_any(state.changing)},
          {"programs", std::move(programs)},
          {"stopped", state.stopped},
          {"spaces", netns::json_of(state.plan)}};
}

State state_from(const json& in) {
  State state;
  in.at("lab").get_to(state.lab);
  in.at("scenario-file").get_to(state.scenario_file);
  state.owner = process_if_any(in.at("owner"));
  state.changing = process_if_any(in.at("changing"));
  for (const auto& [node, process] : in.at("programs").items())
    state.programs[node] = process_from(process);
  in.at("stopped").get_to(state.stopped);
  state.plan = plan_from(in.at("spaces"));
  return state;
}

const fs::path own_root = "/run/tflab";

// Whatever the umask: daemons that have become nobody read them.
constexpr fs::perms world_readable{0644};

fs::path lock_path(const std::string& lab) {
  return state_root() / (lab + ".lock");
}

std::string words_in(int fd) {
  char room[32]{};
  const ssize_t n = ::pread(fd, room, sizeof room - 1, 0);
  return n > 0 ? std::string{room, static_cast<std::size_t>(n)} : "unknown";
}

// A holder removes the file before it lets go, so a lock on a file that is no longer there is none.
bool still_there(const fs::path& path, int fd) {
  struct stat here {
  }, there{};
  return ::fstat(fd, &here) == 0 && ::stat(path.c_str(), &there) == 0 &&
         here.st_ino == there.st_ino && here.st_dev == there.st_dev;
}

// A folder that another command just removed is made again.
Fd open_lock(const fs::path& path) {
  for (int left = 100;; --left) {
    fs::create_directories(path.parent_path());
    Fd fd{::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600)};
    if (fd || errno != ENOENT || left == 0) {
      if (!fd) fail("open " + path.string());
      return fd;
    }
  }
}

// By its folder or its lock; empty: something else.
std::string lab_of(const fs::directory_entry& entry) {
  if (entry.is_directory()) return entry.path().filename();
  return entry.path().extension() == ".lock" ? entry.path().stem() : "";
}

}  // namespace

json json_of(const ProcessId& process) {
  return {{"pid", process.pid}, {"start", process.start}};
}
ProcessId process_from(const json& in) {
  return {in.at("pid").get<pid_t>(), in.at("start").get<std::uint64_t>()};
}

bool State::orphaned() const {
  return (owner && !alive(*owner)) || (changing && !alive(*changing));
}

fs::path state_root() {
  const char* chosen = std::getenv("TFLAB_STATE_DIR");
  return chosen && *chosen ? fs::absolute(chosen) : own_root;
}
fs::path folder_of(const std::string& lab) {
  return state_root() / lab;
}
fs::path document_of(const std::string& lab) {
  return folder_of(lab) / "scenario.json";
}
fs::path clock_of(const std::string& lab) {
  return folder_of(lab) / "clock";
}
fs::path log_of(const std::string& lab, const std::string& node) {
  std::string name = node;
  std::ranges::replace(name, ':', '-');
  return folder_of(lab) / "logs" / (name + ".log");
}

std::string ownership_mark(const std::string& lab) {
  return "tflab:" + hex(fingerprint(state_root().string())) + ":" + lab;
}

std::optional<State> load_state(const std::string& lab) {
  std::ifstream file{folder_of(lab) / "lab.json"};
  if (!file) return {};
  try {
    return state_from(json::parse(file));
  } catch (const json::exception& fault) {
    throw std::runtime_error{"cannot read " + (folder_of(lab) / "lab.json").string() + ": " +
                             fault.what()};
  }
}

void write_atomically(const fs::path& file, const std::string& content) {
  const fs::path next = file.string() + ".new";
  std::ofstream out{next, std::ios::binary | std::ios::trunc};
  if (!(out << content << std::flush)) fail("write " + next.string());
  out.close();
  fs::permissions(next, world_readable);
  fs::rename(next, file);
}

void save(const State& state) {
  fs::create_directories(folder_of(state.lab) / "logs");
  fs::permissions(folder_of(state.lab), world_readable | fs::perms{0111});
  write_atomically(folder_of(state.lab) / "lab.json", whole(state).dump(1));
}

void forget(const std::string& lab) {
  fs::remove_all(folder_of(lab));
}

std::vector<std::string> known_labs() {
  std::vector<std::string> labs;
  std::error_code none;
  for (const auto& entry : fs::directory_iterator{state_root(), none})
    if (const std::string lab = lab_of(entry); plain_name(lab)) labs.push_back(lab);
  std::ranges::sort(labs);
  labs.erase(std::ranges::unique(labs).begin(), labs.end());
  return labs;
}

std::optional<Lock> Lock::attempt(const std::string& lab) {
  const fs::path path = lock_path(lab);
  Fd fd = open_lock(path);
  if (::flock(fd.get(), LOCK_EX | LOCK_NB) != 0 || !still_there(path, fd.get())) return {};
  const std::string me = std::to_string(::getpid());
  if (::ftruncate(fd.get(), 0) != 0 || ::pwrite(fd.get(), me.data(), me.size(), 0) < 0)
    fail("write " + path.string());
  return Lock{path, std::move(fd)};
}

Lock Lock::wait(const std::string& lab) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds{10};
  for (;;) {
    if (auto lock = attempt(lab)) return std::move(*lock);
    if (std::chrono::steady_clock::now() > deadline)
      throw std::runtime_error{"cannot work on lab " + lab + ": process " +
                               words_in(open_lock(lock_path(lab)).get()) + " is changing it"};
    std::this_thread::sleep_for(std::chrono::milliseconds{20});
  }
}

Lock::~Lock() {
  if (!fd_) return;
  std::error_code none;
  fs::remove(path_, none);
  if (path_.parent_path() == own_root) fs::remove(own_root, none);  // only when it is empty
}

}  // namespace tflab::netns
