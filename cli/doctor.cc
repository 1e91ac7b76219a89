#include "cli/doctor.h"

#include <unistd.h>

#include <filesystem>
#include <iostream>

#include "cli/exit_code.h"
#include "cli/machine.h"
#include "cli/table.h"
#include "cli/version.h"
#include "netns-lab/netns_lab.h"
#include "netns-lab/vm/vms.h"

namespace tflab::cli {
namespace {

namespace fs = std::filesystem;

bool on_path(const std::string& program) {
  const char* path = std::getenv("PATH");
  std::string folders = path ? path : "/usr/bin:/bin:/usr/sbin:/sbin";
  for (std::size_t from = 0; from <= folders.size();) {
    const std::size_t to = std::min(folders.find(':', from), folders.size());
    if (access((fs::path{folders.substr(from, to - from)} / program).c_str(), X_OK) == 0)
      return true;
    from = to + 1;
  }
  return false;
}

// Programs that are only wanted for some things, and what for.
struct Helper {
  const char *program, *package, *purpose;
};
constexpr Helper helpers[] = {
    {"tshark", "tshark", "interoperability tests dissect our packets with it"},
    {"tcpdump", "tcpdump", "looking at captures by hand"},
    {"python3", "python3", "the tidy tests"},
};

}  // namespace

int doctor(const Options& options) {
  Table table{{"what", "state", "cure"}, {}};
  table.rows.push_back({"tflab", std::string{version} + " (" + std::string{commit} + ")", ""});
  table.rows.push_back({"processor", cpu_model(), ""});
  table.rows.push_back({"host sim", "ready", ""});
  const auto lacks = netns::missing();
  table.rows.push_back({"host netns", lacks.empty() ? "ready" : "not ready", ""});
  for (const auto& line : lacks) table.rows.push_back({"  lacks", line, ""});
  const auto without_vms = netns::missing_for_vms();
  table.rows.push_back({"host kernel", lacks.empty() && without_vms.empty() ? "ready" : "not ready",
                        without_vms.empty() ? "" : "./tflab run FILE --on kernel installs it"});
  for (const auto& line : without_vms) table.rows.push_back({"  lacks", line, ""});
  for (const Helper& helper : helpers) {
    const bool there = on_path(helper.program);
    table.rows.push_back({helper.program,
                          there ? "found" : "missing: " + std::string{helper.purpose},
                          there ? "" : "apt-get install " + std::string{helper.package}});
  }
  for (const auto& lab : netns::labs())
    table.rows.push_back(
        {"lab " + lab.name, lab.alive ? "alive" : "broken", lab.alive ? "" : "tflab clean"});
  print(std::cout, table, options.format);
  return lacks.empty() ? all_hold : environment_error;
}

}  // namespace tflab::cli
