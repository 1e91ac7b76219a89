#include "netns-lab/vm/calls.h"

#include <filesystem>
#include <map>
#include <memory>
#include <stdexcept>

#include "control-core/base/text.h"
#include "netns-lab/lab/build.h"
#include "netns-lab/lab/command.h"
#include "netns-lab/lab/lookout.h"
#include "netns-lab/lab/ping.h"
#include "netns-lab/lab/send_frame.h"
#include "netns-lab/lab/state.h"
#include "netns-lab/vm/channel.h"
#include "netns-lab/vm/play.h"

namespace tflab::netns {
namespace {

using nlohmann::json;

json make_spaces(const json& in) {
  const Plan plan = plan_from(in.at("spaces"));
  make(all_of(plan), in.at("owner"));
  return {};
}

json take_spaces_away(const json& in) {
  const Plan plan = plan_from(in.at("spaces"));
  take_away(all_of(plan));
  return {};
}

json reroute(const json& in) {
  const Plan spaces = plan_from(in.at("spaces"));
  change_routes(spaces.at(0), spaces.at(1));
  return {};
}

json switch_power(const json& in) {
  set_power(plan_from(in.at("spaces")).at(0), in.at("on"));
  return {};
}

json start_all(const json& in) {
  const Plan plan = plan_from(in.at("spaces"));
  json started = json::object();
  for (const auto& [node, process] : start_programs(all_of(plan), in.at("lab")))
    started[node] = json_of(process);
  return started;
}

json stop_all(const json& in) {
  std::vector<ProcessId> programs;
  for (const json& process : in.at("programs")) programs.push_back(process_from(process));
  stop_programs(programs);
  return {};
}

json is_alive(const json& in) {
  return alive(process_from(in.at("program")));
}

json send_signal(const json& in) {
  return signal(process_from(in.at("program")), in.at("number"));
}

json write_file(const json& in) {
  const std::filesystem::path file = in.at("file").get<std::string>();
  std::filesystem::create_directories(file.parent_path());
  write_atomically(file, in.at("content"));
  return {};
}

json get_page(const json& in) {
  return json_of(http_get(in.at("space"), in.at("port"), in.at("target")));
}

json ping_somebody(const json& in) {
  const auto to = parse_ip(in.at("to").get<std::string>());
  return json_of(ping_from(in.at("space"), to.value(),
                           {{},
                            {},
                            in.at("packets"),
                            in.at("size"),
                            in.at("dont-fragment"),
                            in.at("hops"),
                            in.at("over"),
                            in.at("port")}));
}

json send_octets(const json& in) {
  send_frame(in.at("space"), in.at("device"), octets_from(in.at("frame")));
  return {};
}

// For one frame, from "watch" until "seen".
struct Watch {
  explicit Watch(std::vector<std::byte> octets) : frame{std::move(octets)} {}
  std::vector<std::byte> frame;
  Lookout lookout{frame};
};
std::unique_ptr<Watch>& watch() {
  static std::unique_ptr<Watch> one;
  return one;
}

json begin_watch(const json& in) {
  watch() = std::make_unique<Watch>(octets_from(in.at("frame")));
  for (const json& port : in.at("ports"))
    watch()->lookout.watch_port(port.at("space"), port.at("device"), port.at("name"));
  return {};
}

json end_watch(const json&) {
  if (!watch()) throw std::logic_error{"nothing is watched for"};
  json ports = json::array();
  for (const scenario::Sighting& one : watch()->lookout.seen()) ports.push_back(one.port);
  watch().reset();
  return ports;
}

json last_words(const json& in) {
  return log_tail(in.at("lab"), in.at("node"));
}

json run_command(const json& in) {
  const Printed printed = run({.argv = in.at("argv")});
  return {{"code", printed.code}, {"out", printed.out}, {"err", printed.err}};
}

const std::map<std::string, json (*)(const json&)> calls{
    {"make", make_spaces},    {"take away", take_spaces_away},
    {"reroute", reroute},     {"start", start_all},
    {"stop", stop_all},       {"alive", is_alive},
    {"signal", send_signal},  {"write", write_file},
    {"get", get_page},        {"ping", ping_somebody},
    {"send", send_octets},    {"play", played},
    {"log tail", last_words}, {"run", run_command},
    {"power", switch_power},  {"watch", begin_watch},
    {"seen", end_watch}};

}  // namespace

json json_of(const std::optional<Answer>& answer) {
  if (!answer) return nullptr;
  return {{"status", answer->status}, {"body", answer->body}};
}
std::optional<Answer> answer_from(const json& in) {
  if (in.is_null()) return {};
  return Answer{in.at("status"), in.at("body")};
}

// What counters moved is told outside, from pages.
json json_of(const scenario::PingResult& result) {
  return {{"sent", result.sent},
          {"received", result.received},
          {"ttl", result.ttl ? json(*result.ttl) : json()},
          {"path-mtu", result.path_mtu ? json(*result.path_mtu) : json()},
          {"expired-at", result.expired_at ? json(to_text(*result.expired_at)) : json()}};
}
scenario::PingResult ping_result_from(const json& in) {
  scenario::PingResult result;
  in.at("sent").get_to(result.sent);
  in.at("received").get_to(result.received);
  if (!in.at("ttl").is_null()) result.ttl = in.at("ttl").get<unsigned>();
  if (!in.at("path-mtu").is_null()) result.path_mtu = in.at("path-mtu").get<unsigned>();
  if (!in.at("expired-at").is_null())
    result.expired_at = parse_ip(in.at("expired-at").get<std::string>());
  return result;
}

json reply_to(const json& call) {
  try {
    return {{"value", calls.at(call.at("call"))(call)}};
  } catch (const std::exception& failure) {
    return {{"error", failure.what()}};
  }
}

}  // namespace tflab::netns
