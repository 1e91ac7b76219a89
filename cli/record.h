#pragma once
// `tflab record FOLDER`: a case of the forwarding core, written by a vrouter of a standing lab, or
// made from what a finished run or a daemon left behind: the recording of a vrouter and a capture
// of what came in.

#include "cli/options.h"

namespace tflab::cli {

// What is expected is what the core does, in the lab or now; whether that is right is for who looks
// at it. 1: what the lab's core did is not what this one does.
int record(const Options& options);

}  // namespace tflab::cli
