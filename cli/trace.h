#pragma once
// `tflab trace CASE [FRAME]`: one frame of a case on its way through the forwarding core, stage by
// stage, with why it was dropped or punted and what left.

#include "cli/options.h"

namespace tflab::cli {

// 0: it was walked; 2: there is no such case or frame.
int trace(const Options& options);

}  // namespace tflab::cli
