#pragma once
// What was said on a stream, for people: BGP message by message, XMPP as the text it is.

#include <string>
#include <vector>

#include "vrouter-core/base/reader.h"

namespace tflab::recording {

enum class Language { bgp, xmpp };

// One line a message; octets that make no message are told as such.
std::vector<std::string> told(Language language, Bytes octets);

}  // namespace tflab::recording
