#include "pcap-replay/forwarding/verify.h"

#include <algorithm>
#include <utility>

#include "pcap-replay/forwarding/dissect.h"
#include "recording/op_fields.h"

namespace tflab::forwarding {
namespace {

bool tunnelled(const std::vector<Field>& fields) {
  return std::ranges::any_of(fields,
                             [](const Field& field) { return field.name.starts_with("inner."); });
}

bool masked(const std::string& name, bool in_tunnel, const std::vector<Mask>& masks) {
  for (const Mask mask : masks) {
    if (mask == Mask::outer_ip_id && in_tunnel && name == "ip4.id") return true;
    if (mask == Mask::entropy_port && in_tunnel && name == "udp.src") return true;
    if (mask == Mask::transport_checksums &&
        (name.ends_with("udp.checksum") || name.ends_with("tcp.checksum")))
      return true;
  }
  return false;
}

std::vector<Sent> sorted_by_place(std::vector<Sent> all) {
  std::ranges::stable_sort(all, {}, &Sent::place);
  return all;
}

class Check {
public:
  Check(const Case& one, Played played, Order order)
      : case_{one}, played_{std::move(played)}, order_{order} {
    verdict_.folder = one.folder;
  }

  Verdict run() {
    if (played_.refused) return refused(*played_.refused);
    verdict_.arrivals = case_.arrivals.size();
    verdict_.sent = std::move(played_.sent);
    verdict_.moved = std::move(played_.moved);
    verdict_.accepted_before = case_.expected && case_.counters;
    if (!verdict_.accepted_before)
      differ("has no " + std::string{case_.expected ? "counters.json" : "expect.pcapng"} +
             " yet: --update writes it");
    if (case_.expected && order_ == Order::in_order)
      compare_packets(*case_.expected, verdict_.sent);
    if (case_.expected && order_ == Order::by_place)
      compare_packets(sorted_by_place(*case_.expected), sorted_by_place(verdict_.sent));
    if (case_.counters) compare_counters(*case_.counters);
    return std::move(verdict_);
  }

private:
  void differ(std::string what) { verdict_.differences.push_back(std::move(what)); }

  Verdict refused(const Played::Refusal& refusal) {
    verdict_.refused = true;
    differ("tables.json: operation " + std::to_string(refusal.op) + " is refused (" +
           recording::write(refusal.why).get<std::string>() +
           "): " + recording::write(case_.tables.ops.at(refusal.op)).dump());
    return std::move(verdict_);
  }

  void compare_packets(const std::vector<Sent>& wanted, const std::vector<Sent>& got) {
    const std::size_t both = std::min(wanted.size(), got.size());
    for (std::size_t i = 0; i < both; ++i) compare(i, wanted[i], got[i]);
    for (std::size_t i = both; i < wanted.size(); ++i)
      differ(packet(i) + ": missing, to " + wanted[i].place + ": " + one_line(wanted[i].frame));
    for (std::size_t i = both; i < got.size(); ++i)
      differ(packet(i) + ": not expected, to " + got[i].place + ": " + one_line(got[i].frame));
    verdict_.packets = std::max(wanted.size(), got.size());
  }
  void compare(std::size_t i, const Sent& wanted, const Sent& got) {
    if (wanted.place != got.place)
      differ(packet(i) + ": to " + got.place + ", wanted to " + wanted.place);
    for (const std::string& field : differing_fields(wanted.frame, got.frame, case_.tables.masks))
      differ(packet(i) + " to " + got.place + ": " + field);
  }
  static std::string packet(std::size_t i) { return "packet " + std::to_string(i + 1); }

  void compare_counters(const Counters& wanted) {
    for (const auto& [name, by] : wanted) {
      const auto got = verdict_.moved.find(name);
      if (got == verdict_.moved.end() || got->second != by)
        differ("counter " + name + ": moved by " +
               std::to_string(got == verdict_.moved.end() ? 0 : got->second) + ", wanted " +
               std::to_string(by));
    }
    for (const auto& [name, by] : verdict_.moved)
      if (!wanted.contains(name))
        differ("counter " + name + ": moved by " + std::to_string(by) + ", wanted not at all");
    verdict_.counters = wanted.size();
  }

  const Case& case_;
  Played played_;
  Order order_;
  Verdict verdict_;
};

}  // namespace

std::vector<std::string> differing_fields(Bytes wanted, Bytes got, const std::vector<Mask>& masks) {
  if (std::ranges::equal(wanted, got)) return {};
  const auto want = dissect(wanted), have = dissect(got);
  const bool in_tunnel = tunnelled(want);
  std::vector<std::string> lines;
  bool any_masked = false;
  for (std::size_t i = 0; i < std::max(want.size(), have.size()); ++i) {
    if (i >= want.size() || i >= have.size() || want[i].name != have[i].name) {
      // From here on they are different packets: name what is there, once.
      lines.push_back(
          (i < have.size() ? have[i].name + " " + have[i].value : "nothing") + " where " +
          (i < want.size() ? want[i].name + " " + want[i].value : "nothing") + " was wanted");
      break;
    }
    if (want[i].value == have[i].value) continue;
    if (masked(want[i].name, in_tunnel, masks))
      any_masked = true;
    else
      lines.push_back(want[i].name + " is " + have[i].value + ", wanted " + want[i].value);
  }
  if (lines.empty() && !any_masked) lines.push_back("octets differ that belong to no field");
  return lines;
}

Played play(const Case& one) {
  Played out;
  Stand stand{one.tables.limits};
  for (std::size_t i = 0; i < one.tables.ops.size(); ++i)
    if (const vr::Result result = stand.apply(one.tables.ops[i]); result != vr::Result::done) {
      out.refused = {i, result};
      return out;
    }
  const Counters before = stand.counters();
  for (const Arrival& each : one.arrivals) stand.receive(each.in, each.time_ns, each.frame);
  out.sent = stand.take_sent();
  out.moved = moved(before, stand.counters());
  return out;
}

Verdict judge(const Case& one, Played played, Order order) {
  return Check{one, std::move(played), order}.run();
}

}  // namespace tflab::forwarding
