#include <gmock/gmock.h>

#include "cli/charts.h"
#include "cli/report.h"
#include "cli/results.h"
#include "cli/run_page.h"
#include "cli/svg.h"
#include "cli/topology_chart.h"
#include "scenarios/diagram.h"

namespace tflab::cli {
namespace {

using scenario::Diagram;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

std::size_t count_of(const std::string& text, const std::string& what) {
  std::size_t count = 0;
  for (auto at = text.find(what); at != std::string::npos; at = text.find(what, at + 1)) ++count;
  return count;
}

TEST(Drawings, names_are_text_and_never_markup) {
  EXPECT_EQ(escaped("<a href=\"x\">'&\x01</a>"),
            "&lt;a href=&quot;x&quot;&gt;&#39;&amp;&lt;/a&gt;");
  Svg svg{"id", 10, 10, "<title>", "a & b"};
  svg.text({1, 2}, "<script>");
  svg.box({1, 2}, 3, 4, "one", "\"tip\"");
  const std::string text = std::move(svg).done();
  EXPECT_THAT(text, Not(HasSubstr("<script>")));
  EXPECT_THAT(text, HasSubstr(">&lt;title&gt;</title>"));
  EXPECT_THAT(text, HasSubstr("<title>&quot;tip&quot;</title></rect>"));
}

TEST(Drawings, figures_are_short) {
  EXPECT_EQ(in_digits(3), "3");
  EXPECT_EQ(in_digits(2.5), "2.5");
  EXPECT_EQ(in_digits(-0.01), "0");
  EXPECT_EQ(in_digits(100, 0), "100");
}

TEST(Drawings, ticks_are_round) {
  const Scale scale{0, 47, 0, 100};
  EXPECT_THAT(scale.ticks(5), ElementsAre(0, 10, 20, 30, 40));
  EXPECT_EQ(scale.at(47), 100);
}

TEST(Histograms, whole_values_have_whole_bins) {
  const Bins bins = binned({{"sim", {3, 3, 5}}, {"netns", {4}}}, 24);
  EXPECT_EQ(bins.first, 3);
  EXPECT_EQ(bins.width, 1);
  EXPECT_THAT(bins.counts, ElementsAre(ElementsAre(2u, 0u, 1u), ElementsAre(0u, 1u, 0u)));
}

TEST(Histograms, many_values_share_few_bins_and_none_is_lost) {
  Series series{"sim", {}};
  for (int i = 0; i < 5000; ++i) series.values.push_back(i);
  const Bins bins = binned({series}, 24);
  EXPECT_LE(bins.counts.front().size(), 24u);
  std::size_t sum = 0;
  for (const std::size_t count : bins.counts.front()) sum += count;
  EXPECT_EQ(sum, 5000u);
}

TEST(Histograms, one_value_is_one_bar) {
  for (const double value : {0.0, 7.0, 0.25}) {
    const std::string svg = histogram("h", "Routes", "routes", {{"sim", {value}}});
    EXPECT_EQ(count_of(svg, "class=\"one\""), 1u) << value;
    EXPECT_THAT(svg, Not(HasSubstr("nan")));
  }
}

TEST(Histograms, of_nothing_are_nothing) {
  EXPECT_EQ(histogram("h", "Routes", "routes", {}), "");
  EXPECT_EQ(histogram("h", "Routes", "routes", {{"sim", {}}}), "");
}

TEST(Timelines, marks_at_one_moment_become_one_and_the_worst_shows) {
  const std::string svg =
      timeline("t",
               {{"expectations",
                 {{10, "passed", "a", ""}, {10, "failed", "b", ""}, {90, "passed", "c", ""}}}},
               {});
  EXPECT_EQ(count_of(svg, "class=\"mark failed\""), 1u);
  EXPECT_EQ(count_of(svg, "class=\"mark passed\""), 1u);
  EXPECT_THAT(svg, HasSubstr(">a +1<"));
}

// `vrouters` on pairs of `controls` control nodes, one after the other.
Diagram cloud(std::size_t controls, std::size_t vrouters) {
  Diagram out;
  for (std::size_t i = 0; i < controls; ++i)
    out.nodes.push_back({Diagram::Kind::control_node, "cn" + std::to_string(i)});
  for (std::size_t i = 0; i < vrouters; ++i) {
    for (const std::size_t to : {i % controls, (i + 1) % controls})
      out.edges.push_back({to, out.nodes.size(), Diagram::Line::xmpp});
    out.nodes.push_back({Diagram::Kind::vrouter, "v" + std::to_string(i)});
  }
  return out;
}

TEST(Topologies, draw_every_node_of_a_small_lab) {
  const TopologyChart chart = topology_chart(cloud(3, 10));
  EXPECT_FALSE(chart.gathered);
  EXPECT_EQ(count_of(chart.svg, "class=\"node virtual-router\""), 10u + 1) << "and the key";
  EXPECT_EQ(chart.table.rows.size(), 13u);
}

TEST(Topologies, gather_vrouters_of_a_large_lab_by_pair_of_control_nodes) {
  const TopologyChart chart = topology_chart(cloud(5, 5000));
  EXPECT_TRUE(chart.gathered);
  EXPECT_EQ(count_of(chart.svg, "class=\"node virtual-router\""), 5u + 1);
  EXPECT_EQ(count_of(chart.svg, ">1000 vRouters<"), 5u);
  EXPECT_THAT(chart.table.rows.back(),
              ElementsAre("1000 vRouters", "virtual-router", testing::_, "0", "2000"));
  EXPECT_EQ(chart.table.rows.front().back(), "2000") << "sessions of a control node";
}

TEST(Topologies, the_smallest_groups_are_one_when_there_are_too_many) {
  const TopologyChart chart = topology_chart(cloud(50, 5000));
  EXPECT_EQ(count_of(chart.svg, ">100 vRouters<"), 36u);
  EXPECT_EQ(count_of(chart.svg, ">1400 vRouters<"), 1u);
  EXPECT_EQ(chart.table.rows.size(), 100u) << "the table has them all";
}

TEST(Diagrams, names_cannot_leave_their_quotes_in_dot) {
  Diagram diagram{"a\"b", {{Diagram::Kind::host, "x\"]; evil [\\", {"1\"2"}}}, {}};
  const std::string text = dot(diagram);
  EXPECT_THAT(text, HasSubstr(R"(graph "scenario a\"b" {)"));
  EXPECT_THAT(
      text, HasSubstr(R"("host x\"]; evil [\\" [shape=component, label="x\"]; evil [\\\n1\"2"];)"));
}

TEST(Diagrams, targets_lead_from_networks_to_who_imports_them) {
  scenario::Scenario small;
  config::Network red;
  red.name = "default-domain:default-project:red";
  red.instance = 1;
  red.export_targets = {*parse_target("target:64512:1")};
  config::Network blue = red;
  blue.name = "default-domain:default-project:blue";
  blue.instance = 2;
  std::swap(blue.import_targets, blue.export_targets);
  small.networks = {red, blue};
  small.virtual_routers = {{"compute1", {}}, {"compute2", {}}};
  scenario::Machine machine;
  machine.virtual_router = "compute2";
  machine.interfaces.emplace_back("eth0", scenario::Interface{blue.name, {}, {}, {}, {}});
  small.machines.emplace_back("vm1", machine);
  const std::string edges = to_json(diagram(small, scenario::View::rt))["edges"].dump();
  EXPECT_EQ(edges, R"([{"from":"virtual-network default-domain:default-project:red",)"
                   R"("to":"route-target target:64512:1","kind":"exports"},)"
                   R"({"from":"route-target target:64512:1","to":"virtual-router compute2",)"
                   R"("kind":"imports"}])");
}

RunResult named(const std::string& name) {
  RunResult out;
  out.scenario.name = name;
  return out;
}

TEST(ReportPage, of_an_empty_run_says_so) {
  const std::string page = report_html(named("empty"));
  EXPECT_THAT(page, HasSubstr("The scenario has no nodes."));
  EXPECT_THAT(page, HasSubstr("Nothing happened"));
  EXPECT_THAT(page, HasSubstr("Nothing was measured."));
  EXPECT_THAT(page, HasSubstr("</html>"));
}

TEST(ReportPage, escapes_what_scenarios_and_nodes_say) {
  RunResult run = named("<b>");
  scenario::Finding finding;
  finding.id = "<i>";
  finding.got = "a & <u>";
  finding.verdict = scenario::Verdict::failed;
  run.outcomes.push_back({scenario::HostKind::sim, {finding}, {{{}, "<i>", "a & <u>"}}});
  const std::string page = report_html(run);
  EXPECT_THAT(page, HasSubstr("&lt;b&gt;"));
  EXPECT_THAT(page, HasSubstr("<td class=\"failed\">failed</td>"));
  for (const char* raw : {"<b>", "<i>", "<u>", "& "}) EXPECT_THAT(page, Not(HasSubstr(raw)));
}

TEST(ReportPage, measurements_of_each_host_are_a_series) {
  RunResult run = named("two");
  for (const auto kind : {scenario::HostKind::sim, scenario::HostKind::netns}) {
    run.outcomes.push_back({kind});
    run.measurements[std::string{host_name(kind)}] = {
        {{scenario::NodeRef::vrouter, "compute1"}, "routes", 12},
        {{scenario::NodeRef::vrouter, "compute2"}, "routes", 12}};
  }
  const std::string page = report_html(run);
  EXPECT_THAT(page, HasSubstr("sim: 2 at 12"));
  EXPECT_THAT(page, HasSubstr("netns: 2 at 12"));
}

TEST(Summary, says_what_vrouters_refused) {
  RunResult result;
  EXPECT_THAT(summary_text(result, false), Not(HasSubstr("refused")));
  result.refusals["sim"] = {{"compute1", "set-route 10.0.0.3/32: no room", 3},
                            {"compute2", "set-route 10.0.0.4/32: no room", 4}};
  EXPECT_THAT(summary_text(result, false),
              HasSubstr("refused  sim  7 operations, by 2 vRouters; the last by compute1: "
                        "set-route 10.0.0.3/32: no room\n"));
  EXPECT_EQ(to_json(result)["refused_operations"]["sim"]["compute2"]["count"], 4);
}

TEST(Summary, says_how_long_vms_took_to_be_ready) {
  RunResult result;
  EXPECT_THAT(summary_text(result, false), Not(HasSubstr("ready")));
  EXPECT_TRUE(to_json(result)["boot"].is_null());
  result.boot = {2, 1.98};
  EXPECT_THAT(summary_text(result, false), HasSubstr("2 VMs ready after 2.0 s\n"));
  EXPECT_EQ(to_json(result)["boot"], (scenario::Json{{"vms", 2}, {"ready_s", 1.98}}));
  result.boot->vms = 1;
  EXPECT_THAT(summary_text(result, false), HasSubstr("1 VM ready after 2.0 s\n"));
}

}  // namespace
}  // namespace tflab::cli
