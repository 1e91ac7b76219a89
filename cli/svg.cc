#include "cli/svg.h"

#include <cmath>
#include <cstdio>

namespace tflab::cli {
namespace {

std::string attribute(std::string_view name, std::string_view value) {
  return ' ' + std::string{name} + "=\"" + escaped(value) + '"';
}
std::string attribute(std::string_view name, double value) {
  return attribute(name, in_digits(value));
}

std::string joined_points(const std::vector<Svg::Point>& points) {
  std::string out;
  for (const Svg::Point& point : points)
    out += (out.empty() ? "" : " ") + in_digits(point.x) + ',' + in_digits(point.y);
  return out;
}

}  // namespace

std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) switch (c) {
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '&':
        out += "&amp;";
        break;
      case '"':
        out += "&quot;";
        break;
      case '\'':
        out += "&#39;";
        break;
      default:
        if (static_cast<unsigned char>(c) >= 0x20 || c == '\n' || c == '\t') out += c;
    }
  return out;
}

std::string in_digits(double value, int digits) {
  char text[64];
  std::snprintf(text, sizeof text, "%.*f", digits, value);
  std::string out = text;
  if (out.find('.') == std::string::npos) return out;
  out.erase(out.find_last_not_of('0') + 1);
  if (out.back() == '.') out.pop_back();
  return out == "-0" ? "0" : out;
}

Svg::Svg(std::string_view id, double width, double height, std::string_view title,
         std::string_view description) {
  const std::string own{id};
  out_ = "<svg xmlns=\"http://www.w3.org/2000/svg\" role=\"img\" viewBox=\"0 0 " +
         in_digits(width) + ' ' + in_digits(height) + '"' +
         attribute("aria-labelledby", own + "-title " + own + "-desc") + "><title" +
         attribute("id", own + "-title") + '>' + escaped(title) + "</title><desc" +
         attribute("id", own + "-desc") + '>' + escaped(description) + "</desc>\n";
}

void Svg::shape(const std::string& element, std::string_view classes, std::string_view tip) {
  out_ += '<' + element + attribute("class", classes);
  if (tip.empty()) {
    out_ += "/>\n";
    return;
  }
  out_ += "><title>" + escaped(tip) + "</title></" + element.substr(0, element.find(' ')) + ">\n";
}

void Svg::line(Point from, Point to, std::string_view classes) {
  shape("line" + attribute("x1", from.x) + attribute("y1", from.y) + attribute("x2", to.x) +
            attribute("y2", to.y),
        classes, "");
}

void Svg::bow(Point from, Point to, double rise, std::string_view classes) {
  const Point middle{(from.x + to.x) / 2, (from.y + to.y) / 2 - 2 * rise};
  shape("path" + attribute("d", "M" + joined_points({from}) + " Q" + joined_points({middle, to})),
        classes, "");
}

void Svg::path(const std::vector<Point>& points, std::string_view classes) {
  shape("polyline" + attribute("points", joined_points(points)), classes, "");
}

void Svg::area(const std::vector<Point>& points, std::string_view classes) {
  shape("polygon" + attribute("points", joined_points(points)), classes, "");
}

void Svg::box(Point corner, double width, double height, std::string_view classes,
              std::string_view tip) {
  shape("rect" + attribute("x", corner.x) + attribute("y", corner.y) + attribute("width", width) +
            attribute("height", height) + attribute("rx", 3),
        classes, tip);
}

void Svg::circle(Point center, double radius, std::string_view classes, std::string_view tip) {
  shape("circle" + attribute("cx", center.x) + attribute("cy", center.y) + attribute("r", radius),
        classes, tip);
}

void Svg::cross(Point center, double r, std::string_view classes, std::string_view tip) {
  const auto stroke = [&](double x, double y) {
    return 'M' + in_digits(center.x - x) + ' ' + in_digits(center.y - y) + 'L' +
           in_digits(center.x + x) + ' ' + in_digits(center.y + y);
  };
  shape("path" + attribute("d", stroke(r, r) + stroke(r, -r)), classes, tip);
}

void Svg::text(Point at, std::string_view text, std::string_view classes, Anchor anchor) {
  constexpr std::string_view words[] = {"start", "middle", "end"};
  out_ += "<text" + attribute("x", at.x) + attribute("y", at.y) +
          attribute("text-anchor", words[static_cast<int>(anchor)]);
  if (!classes.empty()) out_ += attribute("class", classes);
  out_ += '>' + escaped(text) + "</text>\n";
}

std::string Svg::done() && {
  return std::move(out_) + "</svg>\n";
}

double round_step(double least) {
  if (!(least > 0)) return 1;
  const double power = std::pow(10, std::floor(std::log10(least)));
  for (const double times : {1.0, 2.0, 5.0})
    if (least <= times * power * (1 + 1e-9)) return times * power;
  return 10 * power;
}

std::vector<double> Scale::ticks(unsigned about) const {
  const double step = round_step((to - from) / about);
  std::vector<double> out;
  for (double n = std::ceil(from / step - 1e-9); n * step <= to + step * 1e-9; ++n)
    out.push_back(n * step);
  return out;
}

}  // namespace tflab::cli
