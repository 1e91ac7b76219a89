#include "cli/bench_kernel.h"

#include <sstream>
#include <stdexcept>

#include <nlohmann/json.hpp>

#include "cli/kernel_stand.h"
#include "cli/machine.h"
#include "netns-lab/vm/vms.h"

namespace tflab::cli {
namespace {

// Packets 1.3 times as cheap as the kernel's own way; TCP, which others cut into packets for us, 70
// %.
constexpr double packet_goal = 1 / 1.3, stream_goal = 1 / 0.7;

// Rounds of tflab-kbench and how long they are: a clock that counts instructions needs few.
struct VmMeasure {
  const char* unit;
  const char *rounds, *times;
};
constexpr VmMeasure in_instructions{"TCG instr/", "3", "1"}, in_nanoseconds{"UML ns/", "9", "20"};

std::string measured_in_a_vm(const netns::VmImage& image, const VmMeasure& measure) {
  complain_about(netns::missing_for_vms(image), "VMs");
  const Scratch scratch;
  netns::Vm vm{{.name = "bench",
                .lab = "bench-kernel",
                .console = scratch.file("console"),
                .image = image,
                .counts_instructions = true}};
  vm.await_boot(std::chrono::seconds{60});
  const nlohmann::json done =
      vm.call("run", {{"argv", {"tflab-kbench", measure.rounds, measure.times}}});
  if (done.at("code") != 0) throw std::runtime_error{done.at("err").get<std::string>()};
  return done.at("out");
}

std::vector<BenchCase> cases_in(const netns::VmImage& image, const Options& options) {
  const VmMeasure& measure = image.user_mode ? in_nanoseconds : in_instructions;
  std::vector<BenchCase> cases;
  std::istringstream lines{measured_in_a_vm(image, measure)};
  for (std::string line; std::getline(lines, line);) {
    const auto row = nlohmann::json::parse(line);
    const std::string name = row.at("case");
    if (!wanted(options, name)) continue;
    const bool packets = row.at("unit") == "packet";
    cases.push_back(in_rounds(name, measure.unit + row.at("unit").get<std::string>(),
                              row.at("ours"), row.at("reference"), "Linux's own",
                              packets ? packet_goal : stream_goal));
  }
  return cases;
}

}  // namespace

std::vector<BenchCase> bench_kernel(const Options& options) {
  return cases_in(netns::vm_image(), options);
}
std::vector<BenchCase> bench_uml(const Options& options) {
  return cases_in(netns::uml_image(), options);
}

}  // namespace tflab::cli
