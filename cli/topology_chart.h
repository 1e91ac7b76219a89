#pragma once
// Who speaks with whom, drawn in rows: routers and outside speakers, control nodes, vRouters. In a
// large lab vRouters are gathered by the control nodes they speak with.

#include <string>

#include "cli/table.h"
#include "scenarios/diagram.h"

namespace tflab::cli {

struct TopologyChart {
  std::string svg;  // empty: there are no nodes
  Table table;      // the same, in words
  bool gathered = false;
};
// Of the view `bgp`.
TopologyChart topology_chart(const scenario::Diagram& sessions);

}  // namespace tflab::cli
