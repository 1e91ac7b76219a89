#include "cli/charts.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "cli/svg.h"
#include "scenarios/metrics.h"

namespace tflab::cli {
namespace {

constexpr double chart_width = 960, chart_left = 60, chart_right = 940;
constexpr std::string_view series_classes[] = {"one", "two", "three"};

double greatest(const std::vector<std::vector<std::size_t>>& counts) {
  std::size_t out = 0;
  for (const auto& series : counts)
    for (const std::size_t count : series) out = std::max(out, count);
  return static_cast<double>(out);
}

void draw_legend(Svg& svg, const std::vector<Series>& all) {
  double x = chart_left;
  for (std::size_t i = 0; i < all.size(); ++i) {
    svg.box({x, 6}, 12, 12, series_classes[i]);
    svg.text({x + 18, 16}, all[i].name);
    x += 40 + 7 * static_cast<double>(all[i].name.size());
  }
}

std::string bin_name(const Bins& bins, std::size_t bin) {
  const double from = bins.first + bins.width * static_cast<double>(bin);
  if (bins.width == 1 && from == std::floor(from)) return in_digits(from, 0);
  const int digits = bins.width < 0.01 ? 6 : bins.width < 1 ? 3 : 1;
  return in_digits(from, digits) + " to " + in_digits(from + bins.width, digits);
}

// Marks that would cover each other, as one.
struct Bubble {
  double x;
  std::vector<const TimeMark*> marks;
  std::string kind() const {
    constexpr std::string_view worst_first[] = {"failed", "should-failed", "passed", "event"};
    for (const std::string_view kind : worst_first)
      for (const TimeMark* mark : marks)
        if (mark->kind == kind) return std::string{kind};
    return "skipped";
  }
  std::string name() const {
    return marks.size() == 1 ? marks.front()->name
                             : marks.front()->name + " +" + std::to_string(marks.size() - 1);
  }
  std::string tip() const {
    constexpr std::size_t most = 12;
    std::string out;
    for (std::size_t i = 0; i < marks.size() && i < most; ++i)
      out += (i != 0 ? "\n" : "") + in_digits(marks[i]->at_s, 3) + " s  " + marks[i]->name + ": " +
             marks[i]->what;
    return marks.size() > most ? out + "\n..." : out;
  }
};

std::vector<Bubble> bubbles_of(const Lane& lane, const Scale& time) {
  constexpr double apart = 12;
  std::vector<const TimeMark*> marks;
  for (const TimeMark& mark : lane.marks) marks.push_back(&mark);
  std::ranges::stable_sort(marks, {}, &TimeMark::at_s);
  std::vector<Bubble> out;
  for (const TimeMark* mark : marks) {
    const double x = time.at(mark->at_s);
    if (out.empty() || x - out.back().x > apart) out.push_back({x, {}});
    out.back().marks.push_back(mark);
  }
  return out;
}

class TimelineDrawing {
public:
  TimelineDrawing(std::string_view id, const std::vector<Lane>& lanes,
                  const std::vector<Curve>& curves, double last)
      : time_{0, last, chart_left, chart_right - 40},
        bottom_{static_cast<double>(lanes.size()) * lane_height +
                static_cast<double>(curves.size()) * curve_height + 20},
        svg_{id, chart_width, bottom_ + 36, "What happened when",
             "Events and verdicts of expectations on the scenario's clock, in seconds; below, "
             "where it was counted, messages sent each second. The same stands in the tables."} {
    for (const double tick : time_.ticks(8)) {
      svg_.line({time_.at(tick), 10}, {time_.at(tick), bottom_}, "rule");
      svg_.text({time_.at(tick), bottom_ + 16}, in_digits(tick, 3), "faint", Svg::Anchor::middle);
    }
    svg_.text({chart_right, bottom_ + 16}, "s", "faint", Svg::Anchor::end);
    svg_.line({chart_left, bottom_}, {chart_right, bottom_}, "axis");
    for (const Lane& lane : lanes) draw(lane);
    for (const Curve& curve : curves) draw(curve);
  }
  std::string done() && { return std::move(svg_).done(); }

private:
  static constexpr double lane_height = 88, curve_height = 110;

  void draw(const Lane& lane) {
    svg_.text({0, y_ + 12}, lane.name, "faint");
    const double middle = y_ + 66;
    svg_.line({chart_left, middle}, {chart_right, middle}, "rule");
    double taken[3] = {};  // where each row of names is free again
    for (const Bubble& bubble : bubbles_of(lane, time_)) {
      draw(bubble, middle);
      constexpr std::size_t most = 28;
      std::string name = bubble.name();
      if (name.size() > most) name = name.substr(0, most - 1) + "…";
      for (double& row : taken) {
        const double width = 6.2 * static_cast<double>(name.size());
        const double start = std::min(bubble.x - 4, chart_right - width);
        if (start < row) continue;
        row = start + width + 8;
        svg_.text({start, middle - 12 - 13 * static_cast<double>(&row - taken)}, name);
        break;
      }
    }
    y_ += lane_height;
  }

  void draw(const Bubble& bubble, double y) {
    const std::string kind = bubble.kind(), classes = "mark " + kind, tip = bubble.tip();
    const double size = bubble.marks.size() == 1 ? 4 : 6;
    if (kind == "failed" || kind == "should-failed")
      svg_.cross({bubble.x, y}, size, classes, tip);
    else if (kind == "event")
      svg_.box({bubble.x - 2, y - size - 2}, 4, 2 * size + 4, classes, tip);
    else
      svg_.circle({bubble.x, y}, size, classes, tip);
  }

  void draw(const Curve& curve) {
    double most = 1;
    for (const auto& [end, height] : curve.ends) most = std::max(most, height);
    const Scale height{0, most, y_ + curve_height - 14, y_ + 24};
    svg_.text({0, y_ + 12}, curve.name, "faint");
    for (const double tick : height.ticks(3)) {
      svg_.line({chart_left, height.at(tick)}, {chart_right, height.at(tick)}, "rule");
      svg_.text({chart_left - 6, height.at(tick) + 4}, in_digits(tick), "faint", Svg::Anchor::end);
    }
    std::vector<Svg::Point> steps;
    double x = time_.at(0);
    for (const auto& [end, value] : curve.ends) {
      steps.push_back({x, height.at(value)});
      x = time_.at(end);
      steps.push_back({x, height.at(value)});
    }
    std::vector<Svg::Point> under = steps;
    under.insert(under.begin(), {time_.at(0), height.at(0)});
    under.push_back({x, height.at(0)});
    svg_.area(under, "under");
    svg_.path(steps, "curve");
    y_ += curve_height;
  }

  Scale time_;
  double bottom_, y_ = 10;
  Svg svg_;
};

}  // namespace

Bins binned(const std::vector<Series>& all, std::size_t most) {
  std::vector<double> values;
  for (const Series& series : all)
    values.insert(values.end(), series.values.begin(), series.values.end());
  Bins out;
  if (values.empty()) return out;
  const auto [least, greatest_value] = std::ranges::minmax(values);
  const bool whole = std::ranges::all_of(values, [](double v) { return v == std::floor(v); });
  const double range = greatest_value - least;
  out.width = round_step(range / static_cast<double>(most - 1));
  if (range == 0 && !whole) out.width = round_step(std::abs(least) / 10);
  if (whole) out.width = std::max(out.width, 1.0);
  out.first = std::floor(least / out.width) * out.width;
  const auto bin_of = [&](double value) {
    return static_cast<std::size_t>(std::max(0.0, std::floor((value - out.first) / out.width)));
  };
  for (const Series& series : all) {
    auto& counts = out.counts.emplace_back(bin_of(greatest_value) + 1);
    for (const double value : series.values) ++counts[bin_of(value)];
  }
  return out;
}

std::string histogram(std::string_view id, std::string_view title, std::string_view unit,
                      const std::vector<Series>& all) {
  const Bins bins = binned(all, 24);
  if (bins.counts.empty()) return "";
  constexpr double top = 30, bottom = 200;
  Svg svg{id, chart_width, bottom + 40, title,
          "How many nodes have how many: bars over " + std::string{unit} +
              ". The table below tells least, median, mean, 95th percentile and most."};
  if (all.size() > 1) draw_legend(svg, all);
  const Scale count{0, greatest(bins.counts), bottom, top};
  for (const double tick : count.ticks(4)) {
    if (tick != std::floor(tick)) continue;
    svg.line({chart_left, count.at(tick)}, {chart_right, count.at(tick)}, "rule");
    svg.text({chart_left - 6, count.at(tick) + 4}, in_digits(tick), "faint", Svg::Anchor::end);
  }
  svg.text({0, 16}, "nodes", "faint");
  const std::size_t n = bins.counts.front().size();
  const double room = (chart_right - chart_left) / static_cast<double>(n);
  const double each = std::min(room * 0.84, 90.0) / static_cast<double>(all.size());
  std::size_t longest = 0;
  for (std::size_t bin = 0; bin < n; ++bin) longest = std::max(longest, bin_name(bins, bin).size());
  const auto names_apart =
      static_cast<std::size_t>(std::ceil((6.2 * static_cast<double>(longest) + 8) / room));
  for (std::size_t bin = 0; bin < n; ++bin) {
    const double middle = chart_left + room * (static_cast<double>(bin) + 0.5);
    double x = middle - each * static_cast<double>(all.size()) / 2;
    for (std::size_t i = 0; i < all.size(); ++i, x += each) {
      const double value = static_cast<double>(bins.counts[i][bin]);
      if (value == 0) continue;
      svg.box({x, count.at(value)}, each, bottom - count.at(value), series_classes[i],
              (all.size() > 1 ? all[i].name + ": " : "") + in_digits(value, 0) + " at " +
                  bin_name(bins, bin));
    }
    if (bin % names_apart == 0)
      svg.text({middle, bottom + 16}, bin_name(bins, bin), "faint", Svg::Anchor::middle);
  }
  svg.line({chart_left, bottom}, {chart_right, bottom}, "axis");
  svg.text({chart_right, bottom + 34}, unit, "faint", Svg::Anchor::end);
  return std::move(svg).done();
}

Table distribution_table(const std::vector<Series>& all) {
  using scenario::aggregated;
  using scenario::MetricCheck;
  Table table{{"", "nodes", "min", "median", "mean", "p95", "max"}, {}};
  for (const Series& series : all) {
    std::vector<std::string> row{series.name, std::to_string(series.values.size())};
    for (const auto how : {MetricCheck::min, MetricCheck::p50, MetricCheck::mean, MetricCheck::p95,
                           MetricCheck::max})
      row.push_back(series.values.empty() ? "" : in_digits(aggregated(how, series.values), 3));
    table.rows.push_back(std::move(row));
  }
  return table;
}

std::string timeline(std::string_view id, const std::vector<Lane>& lanes,
                     const std::vector<Curve>& curves) {
  double last = 0;
  for (const Lane& lane : lanes)
    for (const TimeMark& mark : lane.marks) last = std::max(last, mark.at_s);
  for (const Curve& curve : curves)
    if (!curve.ends.empty()) last = std::max(last, curve.ends.back().first);
  return TimelineDrawing{id, lanes, curves, last > 0 ? last : 1}.done();
}

}  // namespace tflab::cli
