#pragma once
// Operations and their results as one line each, for pages and for the message of a failed test.

#include <string>
#include <string_view>

#include "vrouter-core/ops/op.h"
#include "vrouter-core/ops/result.h"

namespace tflab::agent {

std::string to_text(const vr::Op& op);  // SetRoute vrf 2 10.47.255.250/32 nexthop 5 flags 2
std::string_view to_text(vr::Result result);
std::string_view to_text(vr::NexthopType type);
std::string_view to_text(vr::VifType type);
std::string_view to_text(vr::FlowAction action);
std::string vif_letters(std::uint32_t flags);    // PL3L2, as `vif --list` prints them
std::string route_letters(std::uint32_t flags);  // LP, as `rt --dump` prints them

}  // namespace tflab::agent
