#include "cli/replay.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iostream>

#include "cli/exit_code.h"
#include "cli/replay_capture.h"
#include "cli/replay_cases.h"
#include "recording/replay.h"
#include "recording/value.h"

namespace tflab::cli {
namespace {

using recording::Json;

bool wants_json(const Options& options) {
  return options.format == "json" || options.format == "jsonl";
}

Json to_json(const std::string& file, const recording::Report& report) {
  Json json{{"file", file},
            {"kind", report.kind},
            {"node", report.node},
            {"lives", report.lives},
            {"inputs", report.inputs},
            {"outputs", report.outputs},
            {"octets", report.octets},
            {"same", report.same()}};
  if (!report.damage.empty()) json["damage"] = report.damage;
  if (const auto& found = report.difference)
    json["difference"] = {{"line", found->line},
                          {"event", found->event},
                          {"what", found->what},
                          {"recorded", found->recorded},
                          {"replayed", found->replayed}};
  return json;
}

void print_lines(std::ostream& out, const char* title, const std::vector<std::string>& lines) {
  out << "  " << title << (lines.empty() ? " nothing\n" : "\n");
  for (const auto& line : lines) out << "    " << line << '\n';
}

void print(std::ostream& out, const std::string& file, const recording::Report& report) {
  out << file << ": " << report.kind << ' ' << report.node << ", " << report.inputs << " inputs, "
      << report.outputs << " outputs compared, " << report.octets << " octets written: "
      << (report.same()       ? "same"
          : report.difference ? "DIFFERS"
                              : "DAMAGED")
      << '\n';
  if (const auto& found = report.difference) {
    out << "  line " << found->line << ": " << found->what << "\n  after " << found->event << '\n';
    print_lines(out, "recorded:", found->recorded);
    print_lines(out, "replayed:", found->replayed);
  }
  if (!report.damage.empty()) out << "  " << report.damage << '\n';
}

int replay_recordings(const Options& options, const std::vector<std::string>& files) {
  int worst = all_hold;
  Json all = Json::array();
  for (const auto& file : files) {
    std::ifstream in{file};
    const auto report = recording::replay(in);
    if (report.difference) worst = must_failed;
    if (!report.damage.empty()) worst = std::max<int>(worst, usage_error);
    if (wants_json(options))
      all.push_back(to_json(file, report));
    else
      print(std::cout, file, report);
  }
  if (wants_json(options)) std::cout << all.dump(options.format == "json" ? 2 : -1) << '\n';
  return worst;
}

// Every file is asked before the first is played.
bool holds_recording(const std::string& file) {
  std::ifstream in{file};
  if (!in) throw UsageError{"cannot read " + file};
  std::string line;
  std::getline(in, line);
  return recording::is_recording(line);
}

}  // namespace

int replay(const Options& options) {
  std::vector<std::string> recordings, folders, captures;
  for (const auto& file : options.files) {
    if (std::filesystem::is_directory(file))
      folders.push_back(file);
    else if (std::filesystem::is_regular_file(file) && holds_recording(file))
      recordings.push_back(file);
    else  // also pipes and standard input, which can be read only once
      captures.push_back(file);
  }
  if (!folders.empty() + !recordings.empty() + !captures.empty() > 1)
    throw UsageError{"cases, recordings and captures are played apart: their answers differ"};
  if (!folders.empty()) return replay_cases(options, folders);
  if (!options.on.empty()) throw UsageError{"--on is for cases"};
  if (!recordings.empty()) return replay_recordings(options, recordings);
  return replay_captures(options, captures);
}

}  // namespace tflab::cli
