#pragma once
// What a configuration must not contain, with a sentence for each. A node takes any value and makes
// the best of it; this is for those who write one.

#include <string>
#include <vector>

#include "control-core/config/model.h"

namespace tflab::config {

std::vector<std::string> check(const Fabric& fabric);
std::vector<std::string> check(const ControlNode& node);
std::vector<std::string> check(const Vrouter& vrouter);

}  // namespace tflab::config
