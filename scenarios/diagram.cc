#include "scenarios/diagram.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "control-core/base/text.h"
#include "control-core/config/compile.h"
#include "scenarios/derive.h"

namespace tflab::scenario {
namespace {

using Part = Diagram::Kind;
using Line = Diagram::Line;

// How Graphviz draws each kind. Speakers of the scenario are all bgp-routers in its ids.
struct Shape {
  std::string_view word, id, attributes;
};
constexpr Shape shapes[] = {
    {"control-node", "bgp-router", "shape=box3d"},
    {"router", "bgp-router", "shape=box3d, style=filled, fillcolor=lightgray"},
    {"neighbor", "neighbor", "shape=box3d, style=dotted"},
    {"virtual-router", "virtual-router", "shape=box"},
    {"virtual-machine", "virtual-machine", "shape=note"},
    {"host", "host", "shape=component"},
    {"underlay", "underlay", "shape=oval"},
    {"virtual-network", "virtual-network", "shape=folder"},
    {"vrf", "vrf", "shape=folder, style=filled, fillcolor=lightgray"},
    {"route-target", "route-target", "shape=oval"},
};
struct Stroke {
  std::string_view word, attributes;
};
constexpr Stroke strokes[] = {
    {"link", "color=gray"},
    {"hosts", ""},
    {"BGP", "label=\"BGP\", color=blue"},
    {"XMPP", "label=\"XMPP\", color=darkgreen, style=dashed"},
    {"exports", "dir=forward, color=darkgreen"},
    {"imports", "dir=forward, color=blue"},
};

class Drawing {
public:
  Drawing(const Scenario& scenario, View view) : scenario_{scenario} {
    out_.name = scenario.name;
    if (view == View::rt) {
      targets();
      return;
    }
    nodes();
    if (view != View::bgp) underlay();
    if (view != View::topology) sessions();
  }
  Diagram take() && { return std::move(out_); }

private:
  std::size_t add(Part kind, const std::string& name, std::vector<std::string> details = {}) {
    const auto [at, added] = index_.emplace(std::pair{kind, name}, out_.nodes.size());
    if (added) out_.nodes.push_back({kind, name, std::move(details)});
    return at->second;
  }
  void join(std::size_t from, std::size_t to, Line line) { out_.edges.push_back({from, to, line}); }

  Part kind_of(const BgpRouter& router) const {
    return router.type == RouterType::router ? Part::router : Part::control_node;
  }

  void nodes() {
    for (const auto& [name, router] : scenario_.bgp_routers)
      add(kind_of(router), name, {to_text(router.address)});
    for (const auto& [name, router] : scenario_.virtual_routers)
      add(Part::vrouter, name, {to_text(router.address)});
  }

  // Where a leaf-spine underlay joins a node to a leaf follows from addresses, so that it is one
  // thing here all the same.
  void underlay() {
    for (const auto& [name, host] : scenario_.hosts) add(Part::host, name, {to_text(host.address)});
    std::vector<std::string> details{'/' + std::to_string(scenario_.underlay_length)};
    if (scenario_.clos) details.push_back(std::to_string(scenario_.clos->leaves) + " leaves");
    const std::size_t ground = add(Part::underlay, "underlay", std::move(details));
    for (std::size_t i = 0; i < ground; ++i) join(i, ground, Line::link);
    machines();
  }

  void machines() {
    for (const auto& [name, machine] : scenario_.machines) {
      std::vector<std::string> addresses;
      for (const auto& [interface_name, interface] : machine.interfaces) {
        addresses.push_back(to_text(interface.address));
        if (interface.address6) addresses.push_back(to_text(*interface.address6));
      }
      join(add(Part::machine, name, std::move(addresses)),
           add(Part::vrouter, machine.virtual_router), Line::hosts);
    }
  }

  void sessions() {
    for (const auto& [name, router] : scenario_.bgp_routers)
      for (const config::BgpPeer& peer : peers_of(scenario_, name)) {
        const BgpRouter* other = find(scenario_.bgp_routers, peer.name);
        if (other != nullptr && peer.name < name) continue;  // both ends list it
        join(add(kind_of(router), name),
             other != nullptr ? add(kind_of(*other), peer.name)
                              : add(Part::neighbor, peer.name, {to_text(peer.address)}),
             Line::bgp);
      }
    for (const auto& [name, router] : scenario_.virtual_routers)
      for (const std::string& control : router.control_nodes)
        if (const BgpRouter* node = find(scenario_.bgp_routers, control))
          join(add(kind_of(*node), control), add(Part::vrouter, name), Line::xmpp);
  }

  // A vRouter imports what the networks of its ports import.
  std::map<std::string_view, std::set<std::string_view>> vrouters_by_network() const {
    std::map<std::string_view, std::set<std::string_view>> out;
    for (const auto& [name, machine] : scenario_.machines)
      for (const auto& [interface_name, interface] : machine.interfaces) {
        out[interface.network].insert(machine.virtual_router);
        for (const config::FloatingIp& floating : interface.floating_ips)
          out[floating.network].insert(machine.virtual_router);
      }
    return out;
  }

  void exports(std::size_t from, const std::vector<RouteTarget>& to) {
    for (const RouteTarget& target : to)
      join(from, add(Part::target, to_text(target)), Line::exports);
  }
  void imports(const std::vector<RouteTarget>& from, std::size_t to) {
    for (const RouteTarget& target : from) {
      const std::size_t at = add(Part::target, to_text(target));
      if (seen_.insert({at, to}).second) join(at, to, Line::imports);
    }
  }

  void targets() {
    const auto users = vrouters_by_network();
    for (const config::Instance& instance : config::compile(fabric_of(scenario_))) {
      if (instance.imports.empty() && instance.exports.empty()) continue;
      exports(add(Part::network, instance.network), instance.exports);
      if (const auto those = users.find(instance.network); those != users.end())
        for (const std::string_view name : those->second)
          imports(instance.imports, add(Part::vrouter, std::string{name}));
    }
    for (const auto& [name, router] : scenario_.physical_routers)
      for (const config::Vrf& vrf : router.vrfs) {
        exports(add(Part::vrf, name + '/' + vrf.name), vrf.export_targets);
        imports(vrf.import_targets, add(Part::router, name));
      }
  }

  const Scenario& scenario_;
  Diagram out_;
  std::map<std::pair<Part, std::string>, std::size_t> index_;
  std::set<std::pair<std::size_t, std::size_t>> seen_;  // imports, which several networks may share
};

// Inside a quoted Graphviz string.
std::string escaped_for_dot(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out;
}

std::string id_of(const Diagram::Node& node) {
  return '"' + std::string{shapes[static_cast<std::size_t>(node.kind)].id} + ' ' +
         escaped_for_dot(node.name) + '"';
}

std::string label_of(const Diagram::Node& node) {
  std::string out = escaped_for_dot(node.name);
  for (const std::string& detail : node.details) out += "\\n" + escaped_for_dot(detail);
  return out;
}

// What a vRouter is joined to, and how: those of equal bonds are gathered.
using Bonds = std::set<std::pair<std::size_t, Line>>;

std::map<Bonds, std::size_t> vrouters_by_bonds(const Diagram& diagram) {
  std::vector<Bonds> bonds(diagram.nodes.size());
  for (const Diagram::Edge& edge : diagram.edges) {
    bonds[edge.from].insert({edge.to, edge.line});
    bonds[edge.to].insert({edge.from, edge.line});
  }
  std::map<Bonds, std::size_t> out;
  for (std::size_t i = 0; i < diagram.nodes.size(); ++i)
    if (diagram.nodes[i].kind == Part::vrouter) out[bonds[i]] += diagram.nodes[i].stands_for;
  return out;
}

}  // namespace

std::optional<View> view_called(std::string_view word) {
  if (word == "topology") return View::topology;
  if (word == "bgp") return View::bgp;
  if (word == "rt") return View::rt;
  return {};
}

std::string_view to_text(Diagram::Kind kind) {
  return shapes[static_cast<std::size_t>(kind)].word;
}
std::string_view to_text(Diagram::Line line) {
  return strokes[static_cast<std::size_t>(line)].word;
}

Diagram diagram(const Scenario& scenario, View view) {
  return Drawing{scenario, view}.take();
}

Diagram gathered(const Diagram& whole, std::size_t most) {
  const auto by_bonds = vrouters_by_bonds(whole);
  std::vector<std::pair<Bonds, std::size_t>> groups{by_bonds.begin(), by_bonds.end()};
  std::ranges::stable_sort(groups, std::greater{}, &std::pair<Bonds, std::size_t>::second);
  std::pair<Bonds, std::size_t> others;
  for (; groups.size() > most; groups.pop_back()) {
    others.first.insert(groups.back().first.begin(), groups.back().first.end());
    others.second += groups.back().second;
  }
  if (others.second != 0) groups.push_back(std::move(others));

  Diagram out;
  out.name = whole.name;
  std::vector<std::size_t> moved(whole.nodes.size());
  for (std::size_t i = 0; i < whole.nodes.size(); ++i) {
    moved[i] = out.nodes.size();
    if (whole.nodes[i].kind != Part::vrouter) out.nodes.push_back(whole.nodes[i]);
  }
  for (const Diagram::Edge& edge : whole.edges)
    if (whole.nodes[edge.from].kind != Part::vrouter && whole.nodes[edge.to].kind != Part::vrouter)
      out.edges.push_back({moved[edge.from], moved[edge.to], edge.line});
  for (const auto& [bonds, count] : groups) {
    std::vector<std::string> with;
    for (const auto& [node, line] : bonds) {
      out.edges.push_back({moved[node], out.nodes.size(), line});
      with.push_back(whole.nodes[node].name);
    }
    out.nodes.push_back({Part::vrouter,
                         std::to_string(count) + (count == 1 ? " vRouter" : " vRouters"),
                         std::move(with), count});
  }
  return out;
}

std::string dot(const Diagram& diagram) {
  std::string out = "graph \"scenario " + escaped_for_dot(diagram.name) +
                    "\" {\n  node [fontname=\"sans-serif\"];\n";
  for (const Diagram::Node& node : diagram.nodes)
    out += "  " + id_of(node) + " [" +
           std::string{shapes[static_cast<std::size_t>(node.kind)].attributes} + ", label=\"" +
           label_of(node) + "\"];\n";
  for (const Diagram::Edge& edge : diagram.edges) {
    const std::string_view attributes = strokes[static_cast<std::size_t>(edge.line)].attributes;
    out += "  " + id_of(diagram.nodes[edge.from]) + " -- " + id_of(diagram.nodes[edge.to]);
    if (!attributes.empty()) out += " [" + std::string{attributes} + ']';
    out += ";\n";
  }
  return out + "}\n";
}

Json to_json(const Diagram& diagram) {
  Json nodes = Json::array(), edges = Json::array();
  const auto end = [&](std::size_t at) {
    const Diagram::Node& node = diagram.nodes[at];
    return std::string{shapes[static_cast<std::size_t>(node.kind)].id} + ' ' + node.name;
  };
  for (std::size_t i = 0; i < diagram.nodes.size(); ++i) {
    const Diagram::Node& node = diagram.nodes[i];
    nodes.push_back({{"id", end(i)},
                     {"kind", to_text(node.kind)},
                     {"name", node.name},
                     {"details", node.details}});
  }
  for (const Diagram::Edge& edge : diagram.edges)
    edges.push_back({{"from", end(edge.from)}, {"to", end(edge.to)}, {"kind", to_text(edge.line)}});
  return {{"name", diagram.name}, {"nodes", std::move(nodes)}, {"edges", std::move(edges)}};
}

}  // namespace tflab::scenario
