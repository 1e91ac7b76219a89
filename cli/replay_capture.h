#pragma once
// `tflab replay CAPTURE...`: BGP and XMPP conversations, heard by our own decoders and sessions.

#include <string>
#include <vector>

#include "cli/options.h"

namespace tflab::cli {

// 0: understood; 1: our sessions would have ended where the others did not; 2: no capture, or a
// broken one.
int replay_captures(const Options& options, const std::vector<std::string>& files);

}  // namespace tflab::cli
