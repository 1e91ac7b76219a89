#include "pcap-replay/forwarding/verify.h"

#include <algorithm>

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

class Check {
public:
  explicit Check(const Case& one) : case_{one} { verdict_.folder = one.folder; }

  Verdict run() {
    Stand stand{case_.tables.limits};
    if (!apply_all(stand)) return std::move(verdict_);
    const Counters before = stand.counters();
    for (const Arrival& one : case_.arrivals) stand.receive(one.in, one.time_ns, one.frame);
    verdict_.arrivals = case_.arrivals.size();
    verdict_.sent = stand.take_sent();
    verdict_.moved = moved(before, stand.counters());
    verdict_.accepted_before = case_.expected && case_.counters;
    if (!verdict_.accepted_before)
      differ("has no " + std::string{case_.expected ? "counters.json" : "expect.pcapng"} +
             " yet: --update writes it");
    if (case_.expected) compare_packets(*case_.expected);
    if (case_.counters) compare_counters(*case_.counters);
    return std::move(verdict_);
  }

private:
  void differ(std::string what) { verdict_.differences.push_back(std::move(what)); }

  bool apply_all(Stand& stand) {
    for (std::size_t i = 0; i < case_.tables.ops.size(); ++i) {
      const vr::Result result = stand.apply(case_.tables.ops[i]);
      if (result == vr::Result::done) continue;
      verdict_.refused = true;
      differ("tables.json: operation " + std::to_string(i) + " is refused (" +
             recording::write(result).get<std::string>() +
             "): " + recording::write(case_.tables.ops[i]).dump());
      return false;
    }
    return true;
  }

  void compare_packets(const std::vector<Sent>& wanted) {
    const std::vector<Sent>& got = verdict_.sent;
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

Verdict verify(const Case& one) {
  return Check{one}.run();
}

}  // namespace tflab::forwarding
