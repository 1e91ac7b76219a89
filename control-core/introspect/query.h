#pragma once
// A request as it stands in a URL, and the original's way to match what was asked with the fields
// of the request: generous to people who type, so that tools such as ist.py can be terse.

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "control-core/introspect/tree.h"

namespace tflab::introspect {

// "/Snh_ShowRouteReq?routing_table=a.inet.0&prefix=" with or without the slash and Snh_. Values
// that are empty are left out. Nothing: not a request (another page, or a broken % escape).
std::optional<PageRequest> parse_url(std::string_view url);

// One value for each field, in declaration order, empty where none was asked. A parameter sets the
// first field whose name begins with its name; a name that matches nothing sets the first field.
std::vector<std::string> match_fields(const Query& query,
                                      std::span<const std::string_view> declared);

// How booleans are asked for: 1 or true.
bool is_true(std::string_view value);

// The other way round, for those who ask: %-escapes everything that is not plain.
std::string url_encoded(std::string_view text);

}  // namespace tflab::introspect
