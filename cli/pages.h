#pragma once
// Where `show` and reports get their pages from: a standing lab, or a finished run's folder. Both
// answer the same request names, so nobody above knows which it is.

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "control-core/introspect/tree.h"
#include "scenarios/lab.h"

namespace tflab::cli {

using scenario::Pages;

// tables/<host>/ of a run folder; throws UsageError when there is none.
std::unique_ptr<Pages> finished_pages(const std::string& tables_folder);

// All batches of a paged answer (ShowRouteReq and its iteration) as one.
std::optional<introspect::Tree> whole_page(Pages& pages, const scenario::NodeRef& node,
                                           std::string_view request,
                                           const introspect::Query& query);

// Writes every node's pages as <folder>/<node>.xml and <node>.json.
void write_pages(Pages& pages, const std::string& folder);

}  // namespace tflab::cli
