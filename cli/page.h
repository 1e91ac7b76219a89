#pragma once
// One self-contained HTML page: nothing is fetched, no script runs, light or dark as the reader's
// system is. It is XML, too, so that tools can read it.

#include <string>
#include <string_view>

#include "cli/table.h"

namespace tflab::cli {

class Page {
public:
  Page(std::string_view title, std::string_view lead);

  Page& heading(std::string_view text);
  Page& subheading(std::string_view text);
  Page& paragraph(std::string_view text, std::string_view classes = "");
  Page& link(std::string_view to, std::string_view text);  // a file beside the page
  // `mark`: a column whose words are classes too (passed, failed, ...). Long ones are folded.
  Page& table(const Table& table, std::string_view caption, std::string_view mark = "");
  // A drawing, which scrolls sideways where the screen is narrow.
  Page& drawing(std::string_view svg);

  std::string done() &&;

private:
  std::string out_;
};

}  // namespace tflab::cli
