#pragma once
// `tflab show`: the pages of a lab or a run in the grammar of ist.py's `ctr` and `vr`.

#include <ostream>

#include "cli/options.h"
#include "cli/pages.h"

namespace tflab::cli {

// One verb of the grammar, for help and completion.
struct ShowVerb {
  std::string_view words;  // "route summary"
  std::string_view about;
};
std::vector<ShowVerb> show_verbs();

// Prints what options.words ask for, of every node that has it (or of options.of); throws
// UsageError with the grammar when the words say nothing.
void show(std::ostream& out, const Options& options, Pages& pages);

}  // namespace tflab::cli
