#pragma once
// A regression case as a folder: tables.json, in.pcapng (or in.pcap, gzip'ed or not),
// expect.pcapng, counters.json, why.md. How one is made and read: pcap-replay/README.md.

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "pcap-replay/forwarding/stand.h"
#include "vrouter-core/ops/op.h"

namespace tflab::forwarding {

// Fields that may differ. The first two are never compared in what this core put in front: the id
// of the outer IP header counts up, and the port only has to belong to the flow.
enum class Mask : std::uint8_t {
  outer_ip_id,
  entropy_port,
  transport_checksums  // of captures whose checksums were left to hardware
};

struct Tables {
  std::string base;  // another such file, from this one's folder: its operations come first
  std::vector<vr::Op> ops;
  vr::Limits limits{};
  std::map<std::string, VifId> interfaces;  // names in the capture; "vif3" needs no entry
  std::optional<VifId> in;                  // for captures whose interfaces have no names
  std::vector<Mask> masks{Mask::outer_ip_id, Mask::entropy_port};
  friend bool operator==(const Tables&, const Tables&) = default;
};

struct Arrival {
  VifId in;
  std::int64_t time_ns = 0;
  std::vector<std::byte> frame;
  friend bool operator==(const Arrival&, const Arrival&) = default;
};

struct Case {
  std::string folder;
  Tables tables;
  std::vector<Arrival> arrivals;
  // Nothing: the case was never accepted.
  std::optional<std::vector<Sent>> expected;
  std::optional<Counters> counters;
};

// Folders below `root` (itself too) that hold a tables.json, sorted.
std::vector<std::string> find_cases(const std::string& root);

// Throws CaseFault with file and reason.
struct CaseFault {
  std::string what;
};
Case load_case(const std::string& folder);

// A case as one text, on its way from where it was recorded to where it is kept.
std::string to_json(const Case& one);
Case case_from(const std::string& json);

// Writes expect.pcapng and counters.json.
void accept(const std::string& folder, const std::vector<Sent>& sent, const Counters& counters);
// The frames of a capture, each with the interface it came in on.
std::vector<Arrival> read_arrivals(const std::string& capture, const Tables& tables);
// Writes tables.json and in.pcapng of a new case.
void create(const std::string& folder, const Tables& tables, const std::vector<Arrival>& arrivals);

}  // namespace tflab::forwarding
