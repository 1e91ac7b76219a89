#pragma once
// `tflab explain TABLE PREFIX`: why a route stands in a table as it does, and who is told of it.

#include <ostream>

#include "cli/options.h"
#include "cli/pages.h"

namespace tflab::cli {

// options.words: the table and the prefix. Of every control node that has the route, or of
// options.of.
void explain(std::ostream& out, const Options& options, Pages& pages);

}  // namespace tflab::cli
