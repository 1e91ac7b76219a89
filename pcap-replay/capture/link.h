#pragma once
// Packets of other links as Ethernet frames, which is what everything here works on.

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "pcap-replay/capture/reader.h"

namespace tflab::capture {

std::string to_text(LinkType link);  // "Ethernet", "link type 105"

bool readable(LinkType link);
// The packet in an Ethernet frame. Where the link has no addresses, they are zero. Nothing when the
// link is not readable or its header is cut off.
std::optional<std::vector<std::byte>> ethernet(LinkType link, Bytes packet);

}  // namespace tflab::capture
