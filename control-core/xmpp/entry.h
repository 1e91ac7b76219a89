#pragma once
// The <entry> of a route: an item as XML, in the element order of the original's schemas, and back.
// Agents and control nodes send different parts of it. What an entry may say in which instance is
// checked apart from what it says, because a deleted route repeats its entry with less in it.

#include <optional>
#include <string>
#include <string_view>

#include "control-core/base/result.h"
#include "control-core/base/xml.h"
#include "control-core/xmpp/item.h"

namespace tflab::xmpp {

enum class Speaker : std::uint8_t { agent, control_node };

// How one of several ways is chosen (types/load_balance.h).
inline constexpr std::string_view field_hash = "field-hash", source_bias = "source-bias";

void write_entry(xml::Writer& out, const Item& item, Speaker speaker);

// Elements in any order; unknown ones are passed over, known ones must make sense.
Result<Item> read_entry(const xml::Element& entry, Family family);

// Why an agent may not publish this into the instance; nothing if it may.
std::optional<std::string> publish_fault(const Item& item, std::string_view instance);

}  // namespace tflab::xmpp
