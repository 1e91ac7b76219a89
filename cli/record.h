#pragma once
// `tflab record FOLDER`: a case of the forwarding core from what a finished run or a daemon left
// behind: the recording of a vrouter and a capture of what came in.

#include "cli/options.h"

namespace tflab::cli {

// The case holds by what the core does now; whether that is right is for who looks at it.
int record(const Options& options);

}  // namespace tflab::cli
