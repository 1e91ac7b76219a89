#include "scenarios/metrics.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <numeric>
#include <optional>

#include "control-core/config/names.h"
#include "scenarios/hardware.h"
#include "scenarios/names.h"
#include "scenarios/observe.h"

namespace tflab::scenario {
namespace {

constexpr std::string_view names[] = {
    "xmpp-sessions", "bgp-sessions", "vpn-prefixes", "routes",     "fib-routes",      "fib-tunnels",
    "messages-sent", "octets-sent",  "busy-time",    "peak-queue", "convergence-time"};
constexpr std::string_view aggregates[] = {"min", "max", "mean", "sum", "p50", "p95", "p99"};

bool selected(const std::string& selector, const NodeRef& node) {
  if (selector.empty()) return true;
  const Kind kind = node.kind == NodeRef::vrouter ? Kind::virtual_router : Kind::bgp_router;
  return Selector::parse(selector).matches(kind, node.name);
}

bool has(NodeRef::Kind kind, MetricCheck::Name metric) {
  const bool speaker = kind == NodeRef::control_node || kind == NodeRef::router;
  switch (metric) {
    case MetricCheck::routes:
      return kind == NodeRef::vrouter;
    case MetricCheck::fib_routes:
    case MetricCheck::fib_tunnels:
      return kind == NodeRef::router;
    case MetricCheck::messages_sent:
    case MetricCheck::octets_sent:
    case MetricCheck::convergence_time:
      return speaker || kind == NodeRef::vrouter;
    default:
      return speaker;
  }
}

std::vector<NodeRef> nodes_for(const MetricCheck& what, const Lab& lab) {
  std::vector<NodeRef> out;
  for (NodeRef& node : lab.nodes())
    if (has(node.kind, what.name) && selected(what.of, node)) out.push_back(std::move(node));
  return out;
}

std::optional<double> vpn_prefixes(Lab& lab, const NodeRef& node) {
  const auto rows = tables(lab, node, "bgp.l3vpn.0");
  if (!rows) return {};
  double sum = 0;
  for (const TableRow& row : *rows)
    if (row.name == "bgp.l3vpn.0") sum += static_cast<double>(row.prefixes);
  return sum;
}

// The routes of its networks; the fabric's, one for each vRouter, are not among them.
std::optional<double> network_routes(Lab& lab, const NodeRef& node) {
  const auto page = lab.page(node, "VrfListReq", {});
  if (!page) return {};
  double sum = 0;
  for (const introspect::Tree* row : introspect::all(*page, "VrfSandeshData"))
    if (number_of(*row, "ucindex") != 0 && string_of(*row, "vn") != config::ip_fabric)
      sum += static_cast<double>(number_of(*row, "uc_routes"));
  return sum;
}

// Who is up, by who shows it.
std::map<std::string, double> established(Lab& lab, std::string_view encoding) {
  std::map<std::string, double> out;
  for (const SessionRow& row : sessions(lab))
    if (row.encoding == encoding && row.state == "Established") ++out[row.on];
  return out;
}

double seconds_between(Instant from, Instant to) {
  return to > from ? static_cast<double>((to - from).ns) / 1e9 : 0.0;
}

std::function<std::optional<double>(const NodeRef&)> reader(const MetricCheck& what,
                                                            const Scenario& scenario, Lab& lab,
                                                            const Moments& moments) {
  using Read = std::function<std::optional<double>(const NodeRef&)>;
  const auto of_vitals = [&lab](auto pick) -> Read {
    return [&lab, pick](const NodeRef& node) -> std::optional<double> {
      const auto vitals = lab.vitals(node);
      if (!vitals) return {};
      return pick(*vitals);
    };
  };
  const auto of_hardware = [&](std::size_t HardwareTables::*table) -> Read {
    return [&, table](const NodeRef& node) -> std::optional<double> {
      if (find(scenario.physical_routers, node.name)->limits == TableLimits{}) return {};
      const auto needed = hardware_tables(scenario, node.name, lab);
      if (!needed) return {};
      return static_cast<double>((*needed).*table);
    };
  };
  switch (what.name) {
    case MetricCheck::xmpp_sessions:
    case MetricCheck::bgp_sessions: {
      const bool xmpp = what.name == MetricCheck::xmpp_sessions;
      return [up = established(lab, xmpp ? "XMPP" : "BGP")](
                 const NodeRef& node) -> std::optional<double> {
        const auto at = up.find(node.name);
        return at == up.end() ? 0.0 : at->second;
      };
    }
    case MetricCheck::vpn_prefixes:
      return [&lab](const NodeRef& node) { return vpn_prefixes(lab, node); };
    case MetricCheck::routes:
      return [&lab](const NodeRef& node) { return network_routes(lab, node); };
    case MetricCheck::fib_routes:
      return of_hardware(&HardwareTables::routes);
    case MetricCheck::fib_tunnels:
      return of_hardware(&HardwareTables::tunnels);
    case MetricCheck::messages_sent:
      return of_vitals([](const Vitals& v) { return static_cast<double>(v.messages_sent); });
    case MetricCheck::octets_sent:
      return of_vitals([](const Vitals& v) { return static_cast<double>(v.octets_sent); });
    case MetricCheck::busy_time:
      return of_vitals([](const Vitals& v) { return static_cast<double>(v.busy.ns) / 1e9; });
    case MetricCheck::peak_queue:
      return of_vitals([](const Vitals& v) { return static_cast<double>(v.peak_queue); });
    case MetricCheck::convergence_time:
      break;
  }
  const auto since = moments.find(what.since);
  if (since == moments.end()) return [](const NodeRef&) { return std::optional<double>{}; };
  return of_vitals(
      [from = since->second](const Vitals& v) { return seconds_between(from, v.changed); });
}

std::vector<Measurement> measured_by_node(const MetricCheck& what, const Scenario& scenario,
                                          Lab& lab, const Moments& moments) {
  const auto read = reader(what, scenario, lab, moments);
  std::vector<Measurement> out;
  for (NodeRef& node : nodes_for(what, lab))
    if (const auto value = read(node))
      out.push_back({std::move(node), std::string{names[what.name]}, *value});
  return out;
}

// A mark changes nothing.
std::string last_event(const Scenario& scenario, const Moments& moments) {
  std::string last;
  for (const Event& event : scenario.events)
    if (const auto at = moments.find(event.id); at != moments.end() &&
                                                !std::holds_alternative<Mark>(event.action) &&
                                                (last.empty() || at->second >= moments.at(last)))
      last = event.id;
  return last;
}

}  // namespace

std::vector<double> measured(const MetricCheck& what, const Scenario& scenario, Lab& lab,
                             const Moments& moments) {
  std::vector<double> out;
  for (const Measurement& each : measured_by_node(what, scenario, lab, moments))
    out.push_back(each.value);
  return out;
}

double aggregated(MetricCheck::Aggregate how, std::vector<double> values) {
  if (values.empty()) return 0;
  std::ranges::sort(values);
  // The smallest value that so many of a hundred do not exceed.
  const auto percentile = [&](double of_hundred) {
    const auto rank =
        static_cast<std::size_t>(std::ceil(of_hundred / 100 * static_cast<double>(values.size())));
    return values[std::clamp<std::size_t>(rank, 1, values.size()) - 1];
  };
  const double sum = std::accumulate(values.begin(), values.end(), 0.0);
  switch (how) {
    case MetricCheck::min:
      return values.front();
    case MetricCheck::max:
      return values.back();
    case MetricCheck::mean:
      return sum / static_cast<double>(values.size());
    case MetricCheck::sum:
      return sum;
    case MetricCheck::p50:
      return percentile(50);
    case MetricCheck::p95:
      return percentile(95);
    case MetricCheck::p99:
      return percentile(99);
  }
  return 0;
}

std::string text_of(const MetricCheck& what) {
  return std::string{aggregates[what.aggregate]} + ' ' + std::string{names[what.name]} +
         (what.of.empty() ? "" : " of " + what.of);
}

std::vector<Measurement> measurements(const Scenario& scenario, Lab& lab, const Moments& moments) {
  std::vector<Measurement> out;
  for (std::size_t name = 0; name < std::size(names); ++name) {
    MetricCheck what;
    what.name = static_cast<MetricCheck::Name>(name);
    what.since = last_event(scenario, moments);
    for (Measurement& each : measured_by_node(what, scenario, lab, moments))
      out.push_back(std::move(each));
  }
  return out;
}

Json summary_of(const Scenario& scenario, const std::vector<Measurement>& all) {
  Json out = Json::object();
  const auto row = [&](const std::string& name, MetricCheck::Name metric, bool summed,
                       const auto& counts) {
    std::vector<double> values;
    for (const Measurement& each : all)
      if (each.metric == names[metric] && counts(each.node)) values.push_back(each.value);
    if (values.empty()) return;
    Json& at = out[name];
    if (summed)
      at["sum"] = aggregated(MetricCheck::sum, values);
    else
      at["mean"] = aggregated(MetricCheck::mean, values);
    at["max"] = aggregated(MetricCheck::max, values);
  };
  const auto anybody = [](const NodeRef&) { return true; };
  const auto speaks = [](const NodeRef& node) { return node.kind != NodeRef::vrouter; };
  row("routes-per-vrouter", MetricCheck::routes, false, anybody);
  if (std::ranges::any_of(scenario.bgp_routers, [](const auto& each) {
        return each.second.type == RouterType::control_node;
      }))
    row("prefixes-per-speaker", MetricCheck::vpn_prefixes, false, anybody);
  for (const auto& [router, unused] : scenario.physical_routers)
    row("prefixes-on-" + router, MetricCheck::vpn_prefixes, true,
        [&name = router](const NodeRef& node) { return node.name == name; });
  row("messages-sent", MetricCheck::messages_sent, true, speaks);
  row("octets-sent", MetricCheck::octets_sent, true, speaks);
  if (std::ranges::any_of(scenario.bgp_routers, [](const auto& each) {
        return each.second.processor.per_update > Duration{};
      })) {
    row("busy-time", MetricCheck::busy_time, false, anybody);
    row("peak-queue", MetricCheck::peak_queue, false, anybody);
  }
  row("convergence-time", MetricCheck::convergence_time, false, anybody);
  return out;
}

std::string_view word_of(NodeRef::Kind kind) {
  constexpr std::string_view words[] = {"control-node", "virtual-router", "virtual-machine", "host",
                                        "router"};
  return words[kind];
}

}  // namespace tflab::scenario
