#pragma once
// What gobgp(1) prints, as pages of a control node, as far as expectations and `tflab show` look at
// them: sessions, tables with their counts, routes with next hop, label, targets and preference.

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "control-core/config/model.h"
#include "control-core/introspect/tree.h"

namespace tflab::netns {

// Words for gobgp(1) to the JSON it prints.
using AskGobgp = std::function<std::string(const std::vector<std::string>& words)>;

// Nothing for a page that is not made here, and when gobgpd does not answer.
std::optional<introspect::Tree> gobgp_page(std::string_view name, const config::ControlNode& router,
                                           const AskGobgp& ask);

}  // namespace tflab::netns
