#pragma once
// A frame out of a device of a namespace, as if whoever lives there had sent it.

#include <string>

#include "vrouter-core/base/reader.h"

namespace tflab::netns {

// Throws std::runtime_error when there is no such device or it does not take the frame.
void send_frame(const std::string& space, const std::string& device, Bytes frame);

}  // namespace tflab::netns
