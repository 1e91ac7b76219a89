#pragma once
// What a lab asks of the kernel inside a VM, and how it is written down. The VM does it with the
// same code that builds namespaces out here (lab/build.h), so there is one way to make a lab.
//
//   {"call": "make", ...arguments}  ->  {"value": ...}  or  {"error": "cannot ...: ..."}

#include <optional>

#include <nlohmann/json.hpp>

#include "netns-lab/lab/http_get.h"
#include "scenarios/lab.h"

namespace tflab::netns {

nlohmann::json json_of(const std::optional<Answer>& answer);
std::optional<Answer> answer_from(const nlohmann::json& in);
nlohmann::json json_of(const scenario::PingResult& result);
scenario::PingResult ping_result_from(const nlohmann::json& in);

// Inside: does what is asked. Never throws; what went wrong is in the reply.
nlohmann::json reply_to(const nlohmann::json& call);

}  // namespace tflab::netns
