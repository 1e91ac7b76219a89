#pragma once
// The original's introspect XML as a tree again, to read the pages of a live lab. Attributes it
// does not know are passed over; a map becomes a list of its alternating keys and values.

#include <string_view>

#include "control-core/base/result.h"
#include "control-core/introspect/tree.h"

namespace tflab::introspect {

Result<Tree> from_xml(std::string_view text);

}  // namespace tflab::introspect
