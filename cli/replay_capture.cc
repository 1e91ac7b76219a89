#include "cli/replay_capture.h"

#include <algorithm>
#include <iostream>

#include "cli/exit_code.h"
#include "control-core/base/text.h"
#include "pcap-replay/capture/file.h"
#include "pcap-replay/conversation/conversation.h"
#include "recording/value.h"

namespace tflab::cli {
namespace {

using conversation::Heard;
using conversation::Report;
using conversation::Said;
using recording::Json;

std::string text(const Endpoint& end) {
  const std::string address = to_text(end.address);
  return (end.address.is_v4() ? address : "[" + address + "]") + ":" + std::to_string(end.port);
}

const char* name_of(recording::Language language) {
  return language == recording::Language::bgp ? "BGP" : "XMPP";
}

Json to_json(const Said& said) {
  Json faults = Json::array();
  for (const auto& fault : said.faults)
    faults.push_back({{"offset", fault.offset}, {"packet", fault.packet}, {"why", fault.why}});
  return {{"by", text(said.by)},     {"octets", said.octets},
          {"missing", said.missing}, {"messages", said.messages},
          {"routes", said.routes},   {"withdrawn", said.withdrawn},
          {"faults", faults},        {"session_ended", said.session_ended}};
}

Json to_json(const std::string& file, const Report& report) {
  Json heard = Json::array();
  for (const Heard& one : report.conversations)
    heard.push_back({{"language", name_of(one.language)},
                     {"ends", {to_json(one.one), to_json(one.other)}},
                     {"disagreements", one.disagreements}});
  return {{"file", file},
          {"packets", report.packets},
          {"unreadable", report.unreadable},
          {"snapped", report.snapped},
          {"fault", report.fault},
          {"messages", report.messages()},
          {"faults", report.faults()},
          {"conversations", heard}};
}

void print(const Said& said) {
  std::cout << "    " << text(said.by) << " said";
  for (const auto& [name, count] : said.messages) std::cout << ' ' << count << ' ' << name;
  if (said.messages.empty()) std::cout << " nothing that was understood";
  std::cout << " (" << said.octets << " octets, " << said.routes << " routes, " << said.withdrawn
            << " withdrawn";
  if (said.missing != 0) std::cout << ", " << said.missing << " octets are not in the capture";
  std::cout << ")\n";
  for (const auto& fault : said.faults)
    std::cout << "      at " << fault.offset << ", packet " << fault.packet << ": " << fault.why
              << '\n';
}

void print(const std::string& file, const Report& report) {
  std::cout << file << ": " << report.packets << " packets, " << report.conversations.size()
            << " conversations, " << report.faults() << " faults\n";
  for (const Heard& heard : report.conversations) {
    std::cout << "  " << name_of(heard.language) << '\n';
    print(heard.one);
    print(heard.other);
    for (const auto& line : heard.disagreements) std::cout << "    DISAGREEMENT: " << line << '\n';
  }
  if (report.unreadable != 0)
    std::cout << "  " << report.unreadable << " packets are of a link that is not known here\n";
  if (report.snapped != 0) std::cout << "  " << report.snapped << " packets were cut short\n";
  if (!report.fault.empty()) std::cout << "  the file is broken " << report.fault << '\n';
}

int exit_code(const Report& report) {
  if (!report.fault.empty()) return usage_error;
  const bool disagree = std::ranges::any_of(
      report.conversations, [](const Heard& heard) { return !heard.disagreements.empty(); });
  return disagree ? must_failed : all_hold;
}

}  // namespace

int replay_captures(const Options& options, const std::vector<std::string>& files) {
  int worst = all_hold;
  Json all = Json::array();
  const bool json = options.format == "json" || options.format == "jsonl";
  for (const std::string& file : files) {
    const auto octets = capture::load(file);
    const Report report = conversation::listen(octets, {options.ports});
    worst = std::max(worst, exit_code(report));
    if (json)
      all.push_back(to_json(file, report));
    else
      print(file, report);
  }
  if (json) std::cout << all.dump(options.format == "json" ? 2 : -1) << '\n';
  return worst;
}

}  // namespace tflab::cli
