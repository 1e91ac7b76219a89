#pragma once
// Who put a route into an agent, by the names used on the wire and in introspect.

#include <array>
#include <string_view>
#include <utility>

#include "control-core/types/attributes.h"

namespace tflab::xmpp {

inline constexpr std::array<std::pair<SubProtocol, std::string_view>, 4> sub_protocols = {{
    {SubProtocol::interface, "interface"},
    {SubProtocol::interface_static, "interface-static"},
    {SubProtocol::service_interface, "service-interface"},
    {SubProtocol::bgpaas, "bgpaas"},
}};

constexpr std::string_view sub_protocol_text(SubProtocol wanted) {
  for (const auto& [value, name] : sub_protocols)
    if (value == wanted) return name;
  return {};
}

// A name we do not know is no reason to lose a route.
constexpr SubProtocol sub_protocol_of(std::string_view wanted) {
  for (const auto& [value, name] : sub_protocols)
    if (name == wanted) return value;
  return SubProtocol::none;
}

}  // namespace tflab::xmpp
