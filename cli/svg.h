#pragma once
// Drawing with words: shapes of one inline SVG image. Colours and sizes of text are classes of the
// page it stands in (page.cc), so that a drawing is light or dark with it.

#include <string>
#include <string_view>
#include <vector>

namespace tflab::cli {

// For HTML and SVG, in texts and in attributes. Control characters, which neither may hold, go.
std::string escaped(std::string_view text);

// Coordinates and figures as short as can be: "12.5", "3".
std::string in_digits(double value, int digits = 1);

class Svg {
public:
  enum class Anchor { start, middle, end };
  struct Point {
    double x, y;
  };

  // `id` is unique in the page; `title` and `description` are for those who do not see it.
  Svg(std::string_view id, double width, double height, std::string_view title,
      std::string_view description);

  void line(Point from, Point to, std::string_view classes);
  // Bows upwards by `rise`, by which lines between neighbours in a row can be told apart.
  void bow(Point from, Point to, double rise, std::string_view classes);
  void path(const std::vector<Point>& points, std::string_view classes);
  void area(const std::vector<Point>& points, std::string_view classes);
  // `tip` is shown by browsers under the pointer; empty: none.
  void box(Point corner, double width, double height, std::string_view classes,
           std::string_view tip = "");
  void circle(Point center, double radius, std::string_view classes, std::string_view tip = "");
  void cross(Point center, double radius, std::string_view classes, std::string_view tip = "");
  void text(Point at, std::string_view text, std::string_view classes = "",
            Anchor anchor = Anchor::start);

  std::string done() &&;

private:
  void shape(const std::string& element, std::string_view classes, std::string_view tip);
  std::string out_;
};

// A straight scale between values and coordinates, and round values to write along it.
struct Scale {
  double from, to;    // values
  double start, end;  // coordinates
  double at(double value) const {
    return to == from ? start : start + (value - from) / (to - from) * (end - start);
  }
  std::vector<double> ticks(unsigned about) const;
};
// 1, 2 or 5 times a power of ten, not below `least`.
double round_step(double least);

}  // namespace tflab::cli
