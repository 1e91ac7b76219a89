#pragma once
// `tflab graph FILE --type topology|bgp|rt`: the scenario for Graphviz, or as nodes and edges.

#include "cli/options.h"

namespace tflab::cli {

int graph(const Options& options);

}  // namespace tflab::cli
