#include "scenarios/metrics.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <numeric>
#include <optional>

#include "control-core/config/names.h"
#include "scenarios/names.h"
#include "scenarios/observe.h"

namespace tflab::scenario {
namespace {

constexpr std::string_view names[] = {"xmpp-sessions", "bgp-sessions",  "vpn-prefixes",
                                      "routes",        "messages-sent", "octets-sent",
                                      "busy-time",     "peak-queue",    "convergence-time"};
constexpr std::string_view aggregates[] = {"min", "max", "mean", "sum", "p50", "p95", "p99"};

bool selected(const std::string& selector, const NodeRef& node) {
  if (selector.empty()) return true;
  const Kind kind = node.kind == NodeRef::vrouter ? Kind::virtual_router : Kind::bgp_router;
  return Selector::parse(selector).matches(kind, node.name);
}

std::vector<NodeRef> nodes_for(const MetricCheck& what, const Lab& lab) {
  std::vector<NodeRef> out;
  for (NodeRef& node : lab.nodes()) {
    const bool speaker = node.kind == NodeRef::control_node || node.kind == NodeRef::router;
    const bool of_speakers = what.name <= MetricCheck::vpn_prefixes ||
                             what.name == MetricCheck::busy_time ||
                             what.name == MetricCheck::peak_queue;
    const bool has = what.name == MetricCheck::routes ? node.kind == NodeRef::vrouter
                     : of_speakers                    ? speaker
                                                      : speaker || node.kind == NodeRef::vrouter;
    if (has && selected(what.of, node)) out.push_back(std::move(node));
  }
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

std::function<std::optional<double>(const NodeRef&)> reader(const MetricCheck& what, Lab& lab,
                                                            const Moments& moments) {
  using Read = std::function<std::optional<double>(const NodeRef&)>;
  const auto of_vitals = [&lab](auto pick) -> Read {
    return [&lab, pick](const NodeRef& node) -> std::optional<double> {
      const auto vitals = lab.vitals(node);
      if (!vitals) return {};
      return pick(*vitals);
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

MetricCheck about(MetricCheck::Name name, std::string of = {}, std::string since = {}) {
  MetricCheck out;
  out.name = name;
  out.of = std::move(of);
  out.since = std::move(since);
  return out;
}

}  // namespace

std::vector<double> measured(const MetricCheck& what, const Scenario&, Lab& lab,
                             const Moments& moments) {
  const auto read = reader(what, lab, moments);
  std::vector<double> out;
  for (const NodeRef& node : nodes_for(what, lab))
    if (const auto value = read(node)) out.push_back(*value);
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

Json summary_of(const Scenario& scenario, Lab& lab, const Moments& moments) {
  Json out = Json::object();
  const auto row = [&](const std::string& name, MetricCheck what, bool summed) {
    const auto values = measured(what, scenario, lab, moments);
    if (values.empty()) return;
    Json& at = out[name];
    if (summed)
      at["sum"] = aggregated(MetricCheck::sum, values);
    else
      at["mean"] = aggregated(MetricCheck::mean, values);
    at["max"] = aggregated(MetricCheck::max, values);
  };
  const auto nodes = [](const Named<BgpRouter>& all, RouterType type) {
    return std::ranges::any_of(all, [&](const auto& each) { return each.second.type == type; });
  };
  row("routes-per-vrouter", about(MetricCheck::routes), false);
  if (nodes(scenario.bgp_routers, RouterType::control_node))
    row("prefixes-per-speaker", about(MetricCheck::vpn_prefixes), false);
  for (const auto& [name, router] : scenario.physical_routers)
    row("prefixes-on-" + name, about(MetricCheck::vpn_prefixes, "bgp-router:" + name), true);
  row("messages-sent", about(MetricCheck::messages_sent, "bgp-router:*"), true);
  row("octets-sent", about(MetricCheck::octets_sent, "bgp-router:*"), true);
  if (std::ranges::any_of(scenario.bgp_routers, [](const auto& each) {
        return each.second.processor.per_update > Duration{};
      })) {
    row("busy-time", about(MetricCheck::busy_time), false);
    row("peak-queue", about(MetricCheck::peak_queue), false);
  }
  std::string last;
  for (const Event& event : scenario.events)  // a mark changes nothing
    if (const auto at = moments.find(event.id); at != moments.end() &&
                                                !std::holds_alternative<Mark>(event.action) &&
                                                (last.empty() || at->second >= moments.at(last)))
      last = event.id;
  if (!last.empty()) row("convergence-time", about(MetricCheck::convergence_time, "", last), false);
  return out;
}

}  // namespace tflab::scenario
