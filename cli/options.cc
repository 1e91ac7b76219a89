#include "cli/options.h"

#include <cmath>
#include <cstdlib>

namespace tflab::cli {

scenario::LoadOptions Options::load_options() const {
  scenario::LoadOptions load;
  load.overlays = overlays;
  for (const auto& set : sets) {
    const auto equals = set.find('=');
    if (set.empty() || set[0] != '/' || equals == std::string::npos)
      throw UsageError{"--set wants /json/pointer=value, not \"" + set + "\""};
    load.sets.emplace_back(set.substr(0, equals), set.substr(equals + 1));
  }
  if (seed) load.sets.emplace_back("/run/seed", std::to_string(*seed));
  if (!fidelity.empty()) load.sets.emplace_back("/run/fidelity", fidelity);
  return load;
}

double parse_duration_s(const std::string& text) {
  struct Unit {
    const char* name;
    double seconds;
  };
  static constexpr Unit units[] = {{"ms", 1e-3}, {"s", 1}, {"m", 60}, {"h", 3600}};
  char* end = nullptr;
  const double value = std::strtod(text.c_str(), &end);
  if (end != text.c_str() && std::isfinite(value) && value >= 0)
    for (const Unit& unit : units)
      if (std::string_view{end} == unit.name) return value * unit.seconds;
  throw UsageError{"\"" + text + "\" is not a duration; write 500ms, 30s, 5m or 1h"};
}

}  // namespace tflab::cli
