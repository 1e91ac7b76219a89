#include "cli/page.h"

#include <cstdlib>

#include "cli/svg.h"

namespace tflab::cli {
namespace {

// Every colour has a contrast of 4.5 or more to the ground it stands on, in light and in dark.
// `one` and `two` are what is compared with each other: blue and orange, which the colour-blind
// tell apart, and one is full where the other is an outline.
constexpr std::string_view page_style = R"(
:root{color-scheme:light dark;--ground:#fff;--ink:#1b1f24;--faint:#57606a;--rule:#d5d9de;
--one:#1f5fae;--two:#a8500a;--good:#1a7034;--bad:#b3121d;--warn:#8a5a00;--soft:#f3f5f7}
@media (prefers-color-scheme:dark){:root{--ground:#14171a;--ink:#e6e8ea;--faint:#a3abb3;
--rule:#3a4047;--one:#7ab4f5;--two:#f3a75c;--good:#63d188;--bad:#ff8d85;--warn:#e6b84d;
--soft:#1f2429}}
body{font:15px/1.45 system-ui,sans-serif;margin:0 auto;padding:1em;max-width:64em;
background:var(--ground);color:var(--ink)}
h1{font-size:1.5em;margin:.3em 0}h2{font-size:1.15em;margin:1.8em 0 .4em}
h3{font-size:1em;margin:1.2em 0 .2em}p{margin:.4em 0}
a{color:var(--one)}.faint{color:var(--faint)}
.wide{overflow-x:auto}table{border-collapse:collapse;font-size:.92em;margin:.5em 0}
caption{text-align:left;color:var(--faint);padding:.2em 0}
td,th{padding:.25em .7em;border-bottom:1px solid var(--rule);text-align:left;vertical-align:top}
td.number{text-align:right;font-variant-numeric:tabular-nums}
summary{cursor:pointer;color:var(--faint);margin:.5em 0}
.passed{color:var(--good)}.failed{color:var(--bad);font-weight:bold}
.should-failed{color:var(--warn)}.skipped{color:var(--faint)}
svg{display:block;width:100%;min-width:44em;height:auto;margin:.5em 0}
svg text{font:11px system-ui,sans-serif;fill:var(--ink)}svg text.faint{fill:var(--faint)}
.rule{stroke:var(--rule)}.axis{stroke:var(--faint)}
.bgp{stroke:var(--one);fill:none;stroke-opacity:.75}
.xmpp{stroke:var(--faint);fill:none;stroke-dasharray:4 3;stroke-opacity:.6}
.node{fill:var(--soft);stroke:var(--faint)}.control-node{stroke:var(--one);stroke-width:2}
.router{stroke:var(--two);stroke-width:2}.neighbor{stroke-dasharray:3 2}
.one{fill:var(--one)}.two{fill:var(--two);fill-opacity:.3;stroke:var(--two);stroke-width:1.5}
.three{fill:var(--good);fill-opacity:.3;stroke:var(--good);stroke-dasharray:3 2}
.curve{stroke:var(--one);fill:none;stroke-width:1.5}.under{fill:var(--one);fill-opacity:.15}
.mark{stroke-width:2.5;fill:none}.mark.event{stroke:var(--ink);fill:var(--ink)}
.mark.passed{stroke:var(--good);fill:var(--good)}.mark.failed{stroke:var(--bad)}
.mark.should-failed{stroke:var(--warn)}.mark.skipped{stroke:var(--faint)}
)";

// A whole or decimal number, and no address.
bool is_number(const std::string& text) {
  char* end = nullptr;
  std::strtod(text.c_str(), &end);
  return !text.empty() && *end == '\0';
}

std::string cell(const std::string& text, bool marked) {
  const std::string_view classes = marked            ? std::string_view{text}
                                   : is_number(text) ? "number"
                                                     : "";
  return (classes.empty() ? "<td>" : "<td class=\"" + escaped(classes) + "\">") + escaped(text) +
         "</td>";
}

}  // namespace

Page::Page(std::string_view title, std::string_view lead) {
  out_ =
      "<!DOCTYPE html>\n<html xmlns=\"http://www.w3.org/1999/xhtml\" lang=\"en\"><head>"
      "<meta charset=\"utf-8\"/><meta name=\"viewport\" "
      "content=\"width=device-width, initial-scale=1\"/><title>tflab: " +
      escaped(title) + "</title><style>" + std::string{page_style} +
      "</style></head>\n<body><main><h1>" + escaped(title) + "</h1>\n";
  if (!lead.empty()) paragraph(lead, "faint");
}

Page& Page::heading(std::string_view text) {
  out_ += "<h2>" + escaped(text) + "</h2>\n";
  return *this;
}

Page& Page::subheading(std::string_view text) {
  out_ += "<h3>" + escaped(text) + "</h3>\n";
  return *this;
}

Page& Page::paragraph(std::string_view text, std::string_view classes) {
  out_ += (classes.empty() ? "<p>" : "<p class=\"" + escaped(classes) + "\">") + escaped(text) +
          "</p>\n";
  return *this;
}

Page& Page::link(std::string_view to, std::string_view text) {
  out_ += "<p><a href=\"" + escaped(to) + "\">" + escaped(text) + "</a></p>\n";
  return *this;
}

Page& Page::table(const Table& table, std::string_view caption, std::string_view mark) {
  constexpr std::size_t long_table = 20;
  const bool folded = table.rows.size() > long_table;
  if (folded)
    out_ += "<details><summary>" + escaped(caption) + " (" + std::to_string(table.rows.size()) +
            " rows)</summary>";
  out_ += "<div class=\"wide\"><table><caption>" + escaped(caption) + "</caption><thead><tr>";
  for (const std::string& column : table.columns)
    out_ += "<th scope=\"col\">" + escaped(column) + "</th>";
  out_ += "</tr></thead><tbody>\n";
  for (const auto& row : table.rows) {
    out_ += "<tr>";
    for (std::size_t i = 0; i < row.size(); ++i)
      out_ += cell(row[i], !mark.empty() && table.columns[i] == mark);
    out_ += "</tr>\n";
  }
  out_ += "</tbody></table></div>\n";
  if (folded) out_ += "</details>\n";
  return *this;
}

Page& Page::drawing(std::string_view svg) {
  out_ += "<div class=\"wide\">" + std::string{svg} + "</div>\n";
  return *this;
}

std::string Page::done() && {
  return std::move(out_) + "</main></body></html>\n";
}

}  // namespace tflab::cli
