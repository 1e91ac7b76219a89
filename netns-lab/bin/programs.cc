#include "netns-lab/bin/programs.h"

#include <iostream>
#include <string_view>
#include <utility>

namespace {

using Main = int (*)(int, char**);

constexpr std::pair<std::string_view, Main> programs[] = {
    {"tflab-control", tflab::control_program}, {"tflab-vrouter", tflab::vrouter_program},
    {"tflab-gobgp", tflab::gobgp_program},     {"tflab-echo", tflab::echo_program},
    {"tflab-guest", tflab::guest_program},     {"tflab-kbench", tflab::kbench_program}};

}  // namespace

int main(int argc, char** argv) {
  std::string_view name = argc > 0 ? argv[0] : "";
  name.remove_prefix(name.rfind('/') + 1);
  for (const auto& [its_name, program] : programs)
    if (its_name == name) return program(argc, argv);
  std::cerr << name << ": no program of a lab is called so\n";
  return 2;
}
