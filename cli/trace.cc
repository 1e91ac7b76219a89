#include "cli/trace.h"

#include <charconv>
#include <iomanip>
#include <iostream>

#include "cli/exit_code.h"
#include "pcap-replay/forwarding/case.h"
#include "pcap-replay/forwarding/dissect.h"
#include "recording/op_fields.h"
#include "vrouter-core/base/drop.h"

namespace tflab::cli {
namespace {

using forwarding::Arrival;
using forwarding::Case;
using forwarding::Sent;
using recording::Json;

struct Walk final : vr::StepSink {
  std::vector<vr::Step> steps;
  std::vector<Sent> sent;
  void take(const vr::Step& step) override { steps.push_back(step); }
};

std::string_view drop_text(vr::Drop why) {
  return vr::drop_names[static_cast<std::size_t>(why)].scenario;
}

bool ends_as(const vr::Step& step, std::string_view verdict) {
  return std::string_view{step.verdict}.find(verdict) != std::string_view::npos;
}

// What is known of the packet, and why it ended here.
std::string details(const vr::Step& step) {
  std::string out = std::to_string(step.octets) + " octets, vrf " + std::to_string(step.vrf.raw());
  if (step.nexthop.raw() != 0) out += ", nexthop " + std::to_string(step.nexthop.raw());
  if (step.tunnelled) out += ", out of a tunnel";
  if (step.bridged) out += ", bridged";
  if (step.in_flow) out += ", in a flow";
  if (ends_as(step, "drop")) out += ", because of " + std::string{drop_text(step.drop)};
  if (ends_as(step, "transmit")) out += ", to " + forwarding::place_of(step.out);
  if (ends_as(step, "punt"))
    out += ", because of " + recording::write(step.trap).get<std::string>();
  return out;
}

void print(std::ostream& out, std::size_t number, const Arrival& arrival, const Walk& walk) {
  out << "frame " << number << " on " << forwarding::place_of(arrival.in) << ": "
      << forwarding::one_line(arrival.frame) << '\n';
  for (const vr::Step& step : walk.steps)
    out << "  " << std::left << std::setw(24) << step.stage << std::setw(18) << step.verdict
        << details(step) << '\n';
  for (const Sent& sent : walk.sent)
    out << "sent to " << sent.place << ": " << forwarding::one_line(sent.frame) << '\n';
  if (walk.sent.empty()) out << "nothing was sent\n";
}

Json to_json(std::size_t number, const Arrival& arrival, const Walk& walk) {
  Json out{{"frame", number},
           {"in", forwarding::place_of(arrival.in)},
           {"what", forwarding::one_line(arrival.frame)},
           {"steps", Json::array()},
           {"sent", Json::array()}};
  for (const vr::Step& step : walk.steps) {
    Json row{{"stage", step.stage},           {"verdict", step.verdict},
             {"octets", step.octets},         {"vrf", step.vrf.raw()},
             {"nexthop", step.nexthop.raw()}, {"tunnelled", step.tunnelled},
             {"bridged", step.bridged},       {"in-flow", step.in_flow}};
    if (ends_as(step, "drop")) row["drop-reason"] = drop_text(step.drop);
    if (ends_as(step, "transmit")) row["out"] = forwarding::place_of(step.out);
    if (ends_as(step, "punt")) row["trap"] = recording::write(step.trap);
    out["steps"].push_back(std::move(row));
  }
  for (const Sent& sent : walk.sent)
    out["sent"].push_back({{"to", sent.place}, {"what", forwarding::one_line(sent.frame)}});
  return out;
}

// Frames count from 1, as packets do wherever captures are shown.
std::size_t frame_number(const std::string& word, std::size_t frames) {
  std::size_t number = 0;
  const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), number);
  if (error != std::errc{} || end != word.data() + word.size() || number == 0 || number > frames)
    throw UsageError{"\"" + word + "\" is no frame: the case has frames 1 to " +
                     std::to_string(frames)};
  return number;
}

// Those before it are played first: what the core has learned from them may decide.
Walk walked(const Case& one, std::size_t number) {
  forwarding::Stand stand{one.tables.limits};
  for (const vr::Op& op : one.tables.ops) stand.apply(op);
  for (std::size_t i = 0; i + 1 < number; ++i)
    stand.receive(one.arrivals[i].in, one.arrivals[i].time_ns, one.arrivals[i].frame);
  stand.take_sent();
  Walk walk;
  const Arrival& arrival = one.arrivals[number - 1];
  stand.trace(arrival.in, arrival.time_ns, arrival.frame, walk);
  walk.sent = stand.take_sent();
  return walk;
}

}  // namespace

int trace(const Options& options) {
  try {
    const Case one = forwarding::load_case(options.name);
    if (one.arrivals.empty()) throw UsageError{options.name + ": no frame comes in"};
    const std::size_t number =
        options.words.empty() ? 1 : frame_number(options.words[0], one.arrivals.size());
    const Arrival& arrival = one.arrivals[number - 1];
    const Walk walk = walked(one, number);
    if (options.format == "json")
      std::cout << to_json(number, arrival, walk).dump(2) << '\n';
    else
      print(std::cout, number, arrival, walk);
    return all_hold;
  } catch (const forwarding::CaseFault& fault) {
    std::cerr << "tflab: " << fault.what << '\n';
    return usage_error;
  }
}

}  // namespace tflab::cli
