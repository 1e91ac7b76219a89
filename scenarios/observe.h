#pragma once
// What a lab shows of itself, read from its introspect pages into values: sessions, table counts,
// routes. The same pages that ist.py asks for; nothing else of a host is ever looked at.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "control-core/introspect/tree.h"
#include "scenarios/lab.h"

namespace tflab::scenario {

// Every batch of a paged answer (next_batch), in order; empty when the node does not answer.
std::vector<introspect::Tree> batches(Pages& lab, const NodeRef& node, std::string_view request,
                                      const introspect::Query& query);

std::vector<NodeRef> nodes_of(const Pages& lab, NodeRef::Kind kind);

struct SessionRow {
  std::string on, peer, encoding, state;  // `on`: the control node or router that shows it
};
std::vector<SessionRow> sessions(Pages& lab);

// What a vrouter did not take of what its agent programmed: a fault, or a table that is full.
struct RefusalRow {
  std::string vrouter, last;  // the operation, and why
  std::uint64_t count = 0;
};
std::vector<RefusalRow> refusals(Pages& lab);  // of those that refused something

struct TableRow {
  std::string name;
  std::uint64_t prefixes = 0, paths = 0, primary = 0, secondary = 0, infeasible = 0;
  friend bool operator==(const TableRow&, const TableRow&) = default;
};
// Nothing: the node does not answer.
std::optional<std::vector<TableRow>> tables(Pages& lab, const NodeRef& control_node,
                                            std::string_view search = "");

struct PathRow {
  std::string protocol, source, next_hop, primary_table;
  std::uint32_t local_preference = 0, label = 0;
  std::vector<std::string> encap, flags, communities;
};
struct RouteRow {
  std::string table, prefix;
  std::vector<PathRow> paths;  // best first
};
std::optional<std::vector<RouteRow>> routes(Pages& lab, const NodeRef& control_node,
                                            const introspect::Query& query = {});

std::uint64_t number_of(const introspect::Tree& row, std::string_view field);
std::string string_of(const introspect::Tree& row, std::string_view field);

}  // namespace tflab::scenario
