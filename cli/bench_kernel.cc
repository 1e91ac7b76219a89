#include "cli/bench_kernel.h"

#include <sstream>
#include <stdexcept>

#include <nlohmann/json.hpp>

#include "cli/kernel_stand.h"

namespace tflab::cli {
namespace {

// Packets 1.3 times as cheap as the kernel's own way; TCP, which others cut into packets for us, 70
// %.
constexpr double packet_goal = 1 / 1.3, stream_goal = 1 / 0.7;

std::string measured_in_a_vm() {
  const Scratch scratch;
  netns::Vm vm{{.name = "bench",
                .lab = "bench-kernel",
                .console = scratch.file("console"),
                .counts_instructions = true}};
  vm.await_boot(std::chrono::seconds{60});
  const nlohmann::json done = vm.call("run", {{"argv", {"tflab-kbench"}}});
  if (done.at("code") != 0) throw std::runtime_error{done.at("err").get<std::string>()};
  return done.at("out");
}

}  // namespace

std::vector<BenchCase> bench_kernel(const Options& options) {
  std::vector<BenchCase> cases;
  const std::string unit = netns::vm_image().user_mode ? "UML ns/" : "TCG instr/";
  std::istringstream lines{measured_in_a_vm()};
  for (std::string line; std::getline(lines, line);) {
    const auto row = nlohmann::json::parse(line);
    const std::string name = row.at("case");
    if (!wanted(options, name)) continue;
    const bool packets = row.at("unit") == "packet";
    cases.push_back(in_rounds(name, unit + row.at("unit").get<std::string>(), row.at("ours"),
                              row.at("reference"), "Linux's own",
                              packets ? packet_goal : stream_goal));
  }
  return cases;
}

}  // namespace tflab::cli
