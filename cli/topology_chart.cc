#include "cli/topology_chart.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "cli/svg.h"

namespace tflab::cli {
namespace {

using scenario::Diagram;

constexpr std::size_t most_single = 60;  // nodes; beyond, vRouters are gathered
constexpr std::size_t most_groups = 36;

std::size_t row_of(Diagram::Kind kind) {
  if (kind == Diagram::Kind::vrouter) return 2;
  return kind == Diagram::Kind::control_node ? 1 : 0;
}

// A host name without its domain, and no longer than its box.
std::string short_name(const std::string& name, double width) {
  const std::string first = name.substr(0, name.find('.'));
  const auto most = static_cast<std::size_t>(std::max(4.0, width / 6.4));
  return first.size() <= most ? first : first.substr(0, most - 1) + "…";
}

struct TopologyLayout {
  static constexpr double width = 960, box_height = 26, gap = 10;
  struct Place {
    double x = 0, y = 0, width = 0;  // of the middle of the box
  };
  std::vector<Place> places;
  double height = 0;

  explicit TopologyLayout(const Diagram& diagram) : places(diagram.nodes.size()) {
    std::vector<std::size_t> rows[3];
    for (std::size_t i = 0; i < diagram.nodes.size(); ++i)
      rows[row_of(diagram.nodes[i].kind)].push_back(i);
    double y = 10;
    for (const auto& row : rows) {
      if (row.empty()) continue;
      const bool bows = row_of(diagram.nodes[row.front()].kind) != 2;
      y = put(row, bows && row.size() > 1 ? y + bow_room(row.size()) : y, diagram) + 70;
    }
    height = std::max(60.0, y - 50);
  }

  // How high a session between two of a row bows, and what the outermost two need.
  static double rise(double apart) { return 18 + 90 * apart / width; }
  static double bow_room(std::size_t nodes) {
    return rise(width - width / static_cast<double>(nodes)) + 6;
  }

private:
  double put(const std::vector<std::size_t>& row, double y, const Diagram& diagram) {
    std::size_t longest = 0;
    for (const std::size_t node : row)
      longest = std::max(
          longest, diagram.nodes[node].name.substr(0, diagram.nodes[node].name.find('.')).size());
    const std::size_t fit = longest <= 8 ? 15 : longest <= 12 ? 10 : 7;
    const std::size_t lines = (row.size() + fit - 1) / fit;
    const std::size_t a_line = (row.size() + lines - 1) / lines;
    const double room = width / static_cast<double>(a_line);
    for (std::size_t i = 0; i < row.size(); ++i) {
      const std::size_t in_line = std::min(a_line, row.size() - i / a_line * a_line);
      const double start = (width - room * static_cast<double>(in_line)) / 2;
      places[row[i]] = {start + room * (static_cast<double>(i % a_line) + 0.5),
                        y + static_cast<double>(i / a_line) * (box_height + 16) + box_height / 2,
                        std::min(room - gap, 150.0)};
    }
    return y + static_cast<double>(lines) * (box_height + 16);
  }
};

void draw_edge(Svg& svg, const TopologyLayout& layout, const Diagram::Edge& edge) {
  const auto &from = layout.places[edge.from], &to = layout.places[edge.to];
  const std::string_view classes = edge.line == Diagram::Line::bgp ? "bgp" : "xmpp";
  constexpr double half = TopologyLayout::box_height / 2;
  if (from.y == to.y) {
    svg.bow({from.x, from.y - half}, {to.x, to.y - half},
            TopologyLayout::rise(std::abs(from.x - to.x)), classes);
    return;
  }
  const double down = from.y < to.y ? half : -half;
  svg.line({from.x, from.y + down}, {to.x, to.y - down}, classes);
}

void draw_node(Svg& svg, const TopologyLayout::Place& place, const Diagram::Node& node) {
  std::string tip = node.name;
  for (const std::string& detail : node.details) tip += "\n" + detail;
  svg.box({place.x - place.width / 2, place.y - TopologyLayout::box_height / 2}, place.width,
          TopologyLayout::box_height, "node " + std::string{to_text(node.kind)}, tip);
  svg.text({place.x, place.y + 4}, short_name(node.name, place.width), "", Svg::Anchor::middle);
}

void draw_key(Svg& svg, double y) {
  svg.line({0, y}, {30, y}, "bgp");
  svg.text({36, y + 4}, "BGP");
  svg.line({80, y}, {110, y}, "xmpp");
  svg.text({116, y + 4}, "XMPP");
  double x = 180;
  for (const auto& [classes, word] : {std::pair{"node router", "ASIC router"},
                                      {"node control-node", "control node"},
                                      {"node virtual-router", "vRouter"}}) {
    svg.box({x, y - 7}, 24, 14, classes);
    svg.text({x + 30, y + 4}, word);
    x += 120;
  }
}

Table table_of(const Diagram& diagram) {
  Table table{{"node", "kind", "address, or control nodes", "BGP sessions", "XMPP sessions"}, {}};
  std::vector<std::size_t> bgp(diagram.nodes.size()), xmpp(diagram.nodes.size());
  for (const Diagram::Edge& edge : diagram.edges) {
    auto& sessions = edge.line == Diagram::Line::bgp ? bgp : xmpp;
    const std::size_t count =
        diagram.nodes[edge.from].stands_for * diagram.nodes[edge.to].stands_for;
    sessions[edge.from] += count;
    sessions[edge.to] += count;
  }
  for (std::size_t i = 0; i < diagram.nodes.size(); ++i) {
    const Diagram::Node& node = diagram.nodes[i];
    std::string details;
    for (const std::string& detail : node.details)
      details += (details.empty() ? "" : ", ") + detail;
    table.rows.push_back({node.name, std::string{to_text(node.kind)}, details,
                          std::to_string(bgp[i]), std::to_string(xmpp[i])});
  }
  return table;
}

}  // namespace

TopologyChart topology_chart(const Diagram& sessions) {
  TopologyChart out;
  out.gathered = sessions.nodes.size() > most_single;
  const Diagram shown = out.gathered ? gathered(sessions, most_groups) : sessions;
  out.table = table_of(out.gathered ? gathered(sessions, sessions.nodes.size()) : sessions);
  if (shown.nodes.empty()) return out;
  const TopologyLayout layout{shown};
  Svg svg{"topology", TopologyLayout::width, layout.height + 24, "Sessions of " + shown.name,
          std::to_string(sessions.nodes.size()) + " nodes and " +
              std::to_string(sessions.edges.size()) +
              " configured sessions: BGP between speakers, drawn solid, XMPP from vRouters to "
              "control nodes, dashed. The table below lists them."};
  for (const Diagram::Edge& edge : shown.edges) draw_edge(svg, layout, edge);
  for (std::size_t i = 0; i < shown.nodes.size(); ++i)
    draw_node(svg, layout.places[i], shown.nodes[i]);
  draw_key(svg, layout.height + 12);
  out.svg = std::move(svg).done();
  return out;
}

}  // namespace tflab::cli
