#include "cli/graph_verb.h"

#include <fstream>
#include <iostream>

#include "cli/exit_code.h"
#include "cli/run.h"
#include "cli/table.h"
#include "scenarios/diagram.h"

namespace tflab::cli {
namespace {

std::string drawn(const scenario::Diagram& diagram, const std::string& format) {
  if (format == "json") return to_json(diagram).dump(2) + "\n";
  if (format == "table") return dot(diagram);
  throw UsageError{"graph prints Graphviz or -f json"};
}

}  // namespace

int graph(const Options& options) {
  const auto scenario = load_or_complain(options.files.front(), options);
  if (!scenario) return usage_error;
  const std::string text = drawn(
      scenario::diagram(*scenario, scenario::view_called(options.type).value()), options.format);
  if (options.output.empty()) {
    std::cout << text << std::flush;
    return all_hold;
  }
  std::ofstream out{options.output};
  if (!(out << text).flush()) throw EnvironmentError{"cannot write " + options.output};
  return all_hold;
}

}  // namespace tflab::cli
