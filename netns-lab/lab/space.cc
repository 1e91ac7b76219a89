#include "netns-lab/lab/space.h"

#include <fcntl.h>
#include <linux/ethtool.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <algorithm>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "netns-lab/host/names.h"

namespace tflab::netns {
namespace {

namespace fs = std::filesystem;

const fs::path folder = "/run/netns";

struct stat status_of(const fs::path& path) {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) return {};
  return status;
}

void set_feature(int socket, const std::string& device, std::uint32_t command) {
  ethtool_value value{command, 0};
  ifreq request{};
  device.copy(request.ifr_name, IFNAMSIZ - 1);
  request.ifr_data = reinterpret_cast<char*>(&value);
  if (::ioctl(socket, SIOCETHTOOL, &request) != 0 && errno != EOPNOTSUPP)
    fail("switch off the offloads of " + device);
}

bool carries_mark(const fs::path& process) {
  std::ifstream file{process / "environ", std::ios::binary};
  const std::string environment{std::istreambuf_iterator<char>{file}, {}};
  return environment.starts_with("TFLAB_LAB=") ||
         environment.find(std::string{'\0'} + "TFLAB_LAB=") != std::string::npos;
}

bool is_number(const std::string& text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

}  // namespace

Fd open_space(const std::string& name) {
  return Fd{check(::open((folder / name).c_str(), O_RDONLY | O_CLOEXEC),
                  "open the network namespace " + name)};
}

bool space_exists(const std::string& name) {
  return status_of(folder / name).st_ino != 0;
}

std::vector<std::string> spaces_with_mark() {
  std::vector<std::string> names;
  std::error_code none;
  for (const auto& entry : fs::directory_iterator{folder, none})
    if (entry.path().filename().string().starts_with(mark))
      names.push_back(entry.path().filename());
  std::ranges::sort(names);
  return names;
}

void enter(const Fd& space) {
  check(::setns(space.get(), CLONE_NEWNET), "enter a network namespace");
}

void set_network_values(const std::string& name,
                        const std::vector<std::pair<std::string, std::string>>& values) {
  in_space(name, [&] {
    for (const auto& [key, value] : values) {
      const fs::path path = "/proc/sys/net/" + key;
      if (!fs::exists(path)) continue;
      std::ofstream file{path};
      if (!(file << value << std::flush)) fail("set " + key + " in " + name);
    }
    return true;
  });
}

void disable_offload(const std::string& name, const std::vector<std::string>& devices) {
  in_space(name, [&] {
    const Fd socket{check(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), "open a socket")};
    for (const std::string& device : devices)
      for (const std::uint32_t command :
           {ETHTOOL_STXCSUM, ETHTOOL_STSO, ETHTOOL_SGSO, ETHTOOL_SGRO})
        set_feature(socket.get(), device, command);
    return true;
  });
}

std::vector<ProcessId> our_processes_in(const std::string& name) {
  std::vector<ProcessId> found;
  const ino_t wanted = status_of(folder / name).st_ino;
  if (wanted == 0) return found;
  std::error_code none;
  for (const auto& entry : fs::directory_iterator{"/proc", none}) {
    const std::string number = entry.path().filename();
    if (!is_number(number) || status_of(entry.path() / "ns/net").st_ino != wanted) continue;
    if (!carries_mark(entry.path())) continue;
    if (const auto process = identify(static_cast<pid_t>(std::stol(number))))
      if (process->pid != ::getpid()) found.push_back(*process);
  }
  return found;
}

}  // namespace tflab::netns
