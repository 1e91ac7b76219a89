#pragma once
// The names of a document by kind, the selectors that pick among them, and short names. References
// are checked against names before any object is read, so that order in the file does not matter.

#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "scenarios/model.h"

namespace tflab::scenario {

enum class Kind : std::uint8_t {
  bgp_router,
  physical_router,
  virtual_router,
  host,
  virtual_network,
  network_policy,
  security_group,
  service_health_check,
  forwarding_class,
  qos_config,
  logical_router,
  virtual_machine
};

struct KindRow {
  Kind kind;
  std::string_view word;        // in selectors: virtual-network
  std::string_view collection;  // in files: virtual-networks
  bool qualified;               // names have domain and project
  bool changes;                 // events may add, remove
  bool patched;                 // ... and patch them
};

// clang-format off
inline constexpr std::array<KindRow, 12> kind_rows = {{
    {Kind::bgp_router,      "bgp-router",      "bgp-routers",      false, false, false},
    {Kind::physical_router, "physical-router", "physical-routers", false, false, false},
    {Kind::virtual_router,  "virtual-router",  "virtual-routers",  false, false, false},
    {Kind::host,            "host",            "hosts",            false, false, false},
    {Kind::virtual_network, "virtual-network", "virtual-networks", true,  true,  true},
    {Kind::network_policy,  "network-policy",  "network-policies", true,  true,  true},
    {Kind::security_group,  "security-group",  "security-groups",  true,  true,  true},
    {Kind::service_health_check, "service-health-check", "service-health-checks", true, true, true},
    {Kind::forwarding_class, "forwarding-class", "forwarding-classes", false, true, true},
    {Kind::qos_config,      "qos-config",      "qos-configs",      true,  true,  true},
    {Kind::logical_router,  "logical-router",  "logical-routers",  true,  true,  true},
    {Kind::virtual_machine, "virtual-machine", "virtual-machines", false, true,  false},
}};
// clang-format on

constexpr const KindRow& row_of(Kind kind) {
  return kind_rows[static_cast<std::size_t>(kind)];
}
const KindRow* row_of_collection(std::string_view collection);

// "red" -> "default-domain:default-project:red"; full names stay as they are.
std::string full_name(std::string_view name);
std::string full_name(Kind kind, std::string_view name);  // of the kinds that are qualified
bool good_full_name(std::string_view name);

class Names {
public:
  Names();  // the built-in networks
  // Names of all collections of `objects` (a document, or the objects of an add event).
  void add(const Json& objects);
  void add(Kind kind, std::string name);
  const std::vector<std::string>& all(Kind kind) const {
    return all_[static_cast<std::size_t>(kind)].in_order;
  }
  bool has(Kind kind, std::string_view name) const;
  // Also finds short names; sentences say what is missing and what may have been meant.
  std::string missing(Kind kind, std::string_view name) const;

private:
  struct List {
    std::vector<std::string> in_order;
    std::set<std::string, std::less<>> index;
  };
  std::array<List, kind_rows.size()> all_;
};

struct Match {
  Kind kind;
  std::string name;
  friend bool operator==(const Match&, const Match&) = default;
};

// "kind:glob", or a bare name, which then must mean one object only. Globs know * ? and [a-z].
struct Selector {
  std::optional<Kind> kind;
  std::string glob;

  static Selector parse(std::string_view text);
  std::vector<Match> matches(const Names& names) const;
  bool matches(Kind kind, std::string_view name) const;
};
bool glob_matches(std::string_view glob, std::string_view name);

// Key of a collection of the document under which an object of this full name stands.
std::optional<std::string> key_of(const Json& document, Kind kind, std::string_view name);

}  // namespace tflab::scenario
