#include "pcap-replay/forwarding/case.h"

#include <algorithm>
#include <filesystem>
#include <stdexcept>

#include "control-core/base/text.h"
#include "pcap-replay/capture/file.h"
#include "pcap-replay/capture/link.h"
#include "pcap-replay/capture/reader.h"
#include "pcap-replay/capture/writer.h"
#include "recording/op_fields.h"

namespace tflab::recording {

// clang-format off
template <> struct Names<forwarding::Mask> {
  using enum forwarding::Mask;
  static constexpr NameOf<forwarding::Mask> list[] = {{outer_ip_id, "outer-ip-id"}, {entropy_port, "entropy-port"},
                                                      {transport_checksums, "transport-checksums"}};
};
template <> struct Fields<vr::Limits> {
  using T = vr::Limits;
  static constexpr std::tuple list{Field{"vifs", &T::vifs}, Field{"vrfs", &T::vrfs},
                                   Field{"nexthops", &T::nexthops}, Field{"labels", &T::labels},
                                   Field{"routes4", &T::routes4}, Field{"routes6", &T::routes6}, Field{"machines", &T::machines}, Field{"macs", &T::macs}, Field{"vnis", &T::vnis}, Field{"member_groups", &T::member_groups}, Field{"flows", &T::flows}, Field{"held_flows", &T::held_flows}, Field{"fragments", &T::fragments}, Field{"held_pieces", &T::held_pieces}, Field{"mirrors", &T::mirrors}, Field{"qos_maps", &T::qos_maps}, Field{"flow_seed", &T::flow_seed}};
};
template <> struct Fields<forwarding::Tables> {
  using T = forwarding::Tables;
  static constexpr std::tuple list{Field{"base", &T::base}, Key{"ops", &T::ops}, Field{"limits", &T::limits},
                                   Field{"interfaces", &T::interfaces}, Field{"in", &T::in},
                                   Field{"masks", &T::masks}};
};
template <> struct Fields<forwarding::Arrival> {
  using T = forwarding::Arrival;
  static constexpr std::tuple list{Key{"in", &T::in}, Key{"time-ns", &T::time_ns}, Key{"frame", &T::frame}};
};
template <> struct Fields<forwarding::Sent> {
  using T = forwarding::Sent;
  static constexpr std::tuple list{Key{"place", &T::place}, Key{"time-ns", &T::time_ns}, Key{"frame", &T::frame}};
};
template <> struct Fields<forwarding::Case> {
  using T = forwarding::Case;
  static constexpr std::tuple list{Field{"folder", &T::folder}, Key{"tables", &T::tables}, Key{"arrivals", &T::arrivals},
                                   Key{"expected", &T::expected}, Key{"counters", &T::counters}};
};
// clang-format on

}  // namespace tflab::recording

namespace tflab::forwarding {
namespace {

namespace fs = std::filesystem;
using recording::Json;

Bytes bytes_of(const std::string& text) {
  return std::as_bytes(std::span{text});
}

std::string text_of(const std::string& path) {
  const auto octets = capture::load(path);
  return {reinterpret_cast<const char*>(octets.data()), octets.size()};
}

template <class T>
void read_json(const std::string& path, T& into) {
  try {
    recording::read(Json::parse(text_of(path)), into);
  } catch (const Json::parse_error& error) {
    throw CaseFault{path + ": octet " + std::to_string(error.byte) + ": not JSON"};
  } catch (const recording::Unreadable& fault) {
    throw CaseFault{path + ": " + fault.what()};
  }
}

// A list of operations is read more easily with one a line.
std::string laid_out(const Json& tables) {
  std::string text = "{\n";
  for (const auto& [key, value] : tables.items()) {
    if (text.size() > 2) text += ",\n";
    text += "  " + Json(key).dump() + ": ";
    if (key != "ops") {
      text += value.dump();
      continue;
    }
    text += "[";
    for (const Json& op : value) text += (&op == &value.front() ? "\n    " : ",\n    ") + op.dump();
    text += "\n  ]";
  }
  return text + "\n}\n";
}

// The operations of the file that a case stands on are put in front of its own.
void read_tables(const std::string& path, Tables& into) {
  read_json(path, into);
  if (into.base.empty()) return;
  Tables below;
  read_json((fs::path{path}.parent_path() / into.base).string(), below);
  if (!below.base.empty()) throw CaseFault{path + ": its base stands on another base"};
  into.ops.insert(into.ops.begin(), below.ops.begin(), below.ops.end());
}

std::string existing(const std::string& folder, const std::string& stem) {
  for (const char* suffix : {".pcapng", ".pcap", ".pcapng.gz", ".pcap.gz"})
    if (fs::exists(folder + '/' + stem + suffix)) return folder + '/' + stem + suffix;
  return {};
}

std::optional<VifId> vif_named(const Tables& tables, const std::string& name) {
  if (const auto known = tables.interfaces.find(name); known != tables.interfaces.end())
    return known->second;
  if (name.starts_with("vif"))
    if (const auto number = parse_u32(name.substr(3)); number && *number < 1u << 16)
      return VifId{static_cast<std::uint16_t>(*number)};
  return name.empty() ? tables.in : std::nullopt;
}

// Calls each(packet, interface) for every packet; a fault of the file is the case's.
template <class Each>
void each_packet(const std::string& path, Each each) {
  const auto octets = capture::load(path);
  capture::Reader reader{octets};
  while (const auto packet = reader.next()) each(*packet, reader.interfaces()[packet->interface]);
  if (reader.fault()) throw CaseFault{path + ": " + to_text(*reader.fault())};
}

std::vector<Sent> read_expected(const std::string& path) {
  std::vector<Sent> expected;
  each_packet(path, [&](const capture::Packet& packet, const capture::Interface& interface) {
    expected.push_back(
        {interface.name, packet.time_ns, {packet.bytes.begin(), packet.bytes.end()}});
  });
  return expected;
}

}  // namespace

std::vector<Arrival> read_arrivals(const std::string& path, const Tables& tables) {
  std::vector<Arrival> arrivals;
  each_packet(path, [&](const capture::Packet& packet, const capture::Interface& interface) {
    const auto in = vif_named(tables, interface.name);
    if (!in)
      throw CaseFault{path + ": " +
                      (interface.name.empty()
                           ? "its interface has no name; tables.json must say \"in\""
                           : "interface \"" + interface.name +
                                 "\" is neither vif<number> nor in tables.json's \"interfaces\"")};
    if (interface.link != capture::LinkType::ethernet)
      throw CaseFault{path + ": " + to_text(interface.link) + " is no Ethernet"};
    arrivals.push_back({*in, packet.time_ns, {packet.bytes.begin(), packet.bytes.end()}});
  });
  return arrivals;
}

std::vector<std::string> find_cases(const std::string& root) {
  std::vector<std::string> folders;
  if (fs::exists(root + "/tables.json")) folders.push_back(root);
  if (!fs::is_directory(root)) return folders;
  for (const auto& entry : fs::recursive_directory_iterator(root))
    if (entry.is_directory() && fs::exists(entry.path() / "tables.json"))
      folders.push_back(entry.path().string());
  std::ranges::sort(folders);
  return folders;
}

Case load_case(const std::string& folder) {
  try {
    Case made{.folder = folder, .tables = {}, .arrivals = {}, .expected = {}, .counters = {}};
    read_tables(folder + "/tables.json", made.tables);
    const std::string in = existing(folder, "in"), expected = existing(folder, "expect");
    if (in.empty()) throw CaseFault{folder + ": has no in.pcapng and no in.pcap"};
    made.arrivals = read_arrivals(in, made.tables);
    if (!expected.empty()) made.expected = read_expected(expected);
    if (fs::exists(folder + "/counters.json"))
      read_json(folder + "/counters.json", made.counters.emplace());
    return made;
  } catch (const std::runtime_error& error) {  // of the operating system
    throw CaseFault{error.what()};
  }
}

std::string to_json(const Case& one) {
  return recording::write(one).dump();
}

Case case_from(const std::string& json) {
  try {
    Case made{.folder = {}, .tables = {}, .arrivals = {}, .expected = {}, .counters = {}};
    recording::read(Json::parse(json), made);
    return made;
  } catch (const Json::parse_error&) {
    throw CaseFault{"the answer is not JSON"};
  } catch (const recording::Unreadable& fault) {
    throw CaseFault{fault.what()};
  }
}

void accept(const std::string& folder, const std::vector<Sent>& sent, const Counters& counters) {
  capture::Writer out;
  for (const Sent& one : sent) out.packet(one.place, one.time_ns, one.frame);
  for (const char* suffix : {".pcap", ".pcapng.gz", ".pcap.gz"})
    fs::remove(folder + "/expect" + suffix);
  capture::store(folder + "/expect.pcapng", out.file());
  capture::store(folder + "/counters.json", bytes_of(recording::write(counters).dump(1) + '\n'));
}

void create(const std::string& folder, const Tables& tables, const std::vector<Arrival>& arrivals) {
  fs::create_directories(folder);
  capture::Writer in;
  for (const Arrival& one : arrivals) in.packet(place_of(one.in), one.time_ns, one.frame);
  capture::store(folder + "/in.pcapng", in.file());
  capture::store(folder + "/tables.json", bytes_of(laid_out(recording::write(tables))));
}

}  // namespace tflab::forwarding
