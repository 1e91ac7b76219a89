#include "cli/explain.h"

#include "cli/table.h"

namespace tflab::cli {
namespace {

using introspect::text_of;
using introspect::Tree;

std::string elements(const Tree& row, std::string_view name) {
  std::string out;
  if (const Tree* list = introspect::find(row, name))
    for (const Tree& element : list->children) out += (out.empty() ? "" : ", ") + element.text;
  return out;
}

void print_path(std::ostream& out, const Tree& path) {
  out << "  path via " << text_of(path, "next_hop") << ": " << text_of(path, "standing")
      << "\n    brought by " << text_of(path, "brought_by") << " at " << text_of(path, "since")
      << '\n';
  if (const auto from = text_of(path, "copied_from"); !from.empty()) {
    const std::string targets = elements(path, "by_targets");
    out << "    copied from " << from << (targets.empty() ? "" : " because of " + targets) << '\n';
  }
  if (const std::string to = elements(path, "copied_to"); !to.empty())
    out << "    copied to " << to << '\n';
}

void print_audience(std::ostream& out, const Tree& row) {
  out << "  " << text_of(row, "kind") << ' ' << text_of(row, "name") << ": ";
  if (text_of(row, "told") == "true")
    out << "told\n";
  else
    out << "not told: " << text_of(row, "why") << '\n';
}

// One line for each path and each who may be told.
void add_rows(Table& table, const std::string& node, const Tree& route) {
  const auto row = [&](std::string what, std::string who, std::string state, std::string why) {
    table.rows.push_back({node, std::string{text_of(route, "routing_table")},
                          std::string{text_of(route, "prefix")}, std::move(what), std::move(who),
                          std::move(state), std::move(why)});
  };
  for (const Tree* path : introspect::all(route, "ShowPathExplain"))
    row("path", std::string{text_of(*path, "brought_by")}, std::string{text_of(*path, "standing")},
        elements(*path, "by_targets"));
  for (const Tree* each : introspect::all(route, "ShowAudienceExplain"))
    row(std::string{text_of(*each, "kind")}, std::string{text_of(*each, "name")},
        text_of(*each, "told") == "true" ? "told" : "not told", std::string{text_of(*each, "why")});
}

bool is(const Tree& route, const std::string& table, const std::string& prefix) {
  return text_of(route, "routing_table") == table && text_of(route, "prefix") == prefix;
}

}  // namespace

void explain(std::ostream& out, const Options& options, Pages& pages) {
  if (options.words.size() != 2)
    throw UsageError{"explain wants TABLE PREFIX, as `tflab show route show` prints them"};
  const std::string &wanted = options.words[0], &prefix = options.words[1];
  Table table{{"node", "table", "prefix", "what", "who", "state", "why"}, {}};
  bool found = false;
  for (const scenario::NodeRef& node : pages.nodes()) {
    if (node.kind != scenario::NodeRef::control_node) continue;
    if (!options.of.empty() && !glob(options.of, node.name)) continue;
    // A finished run has kept the whole page; a live node is not asked for more than this.
    auto page =
        pages.page(node, "ShowRouteExplainReq", {{"routing_table", wanted}, {"prefix", prefix}});
    if (!page) page = pages.page(node, "ShowRouteExplainReq", {});
    if (!page) continue;
    for (const Tree* route : introspect::all(*page, "ShowRouteExplain")) {
      if (!is(*route, wanted, prefix)) continue;
      found = true;
      add_rows(table, node.name, *route);
      if (options.format != "table") continue;
      out << node.name << ": " << wanted << ' ' << prefix << '\n';
      for (const Tree* path : introspect::all(*route, "ShowPathExplain")) print_path(out, *path);
      for (const Tree* row : introspect::all(*route, "ShowAudienceExplain"))
        print_audience(out, *row);
    }
  }
  if (!found) throw UsageError{"no control node here has " + prefix + " in " + wanted};
  if (options.format != "table") print(out, table, options.format);
}

}  // namespace tflab::cli
