#pragma once
// AS_PATH on the wire (RFC 4271 section 4.3) in both widths, and how a path survives a speaker that
// knows only two-octet numbers (RFC 6793 section 4.2).

#include <optional>

#include "control-core/types/attributes.h"
#include "vrouter-core/base/reader.h"
#include "vrouter-core/base/writer.h"

namespace tflab::bgp {

enum class AsWidth : std::uint8_t { two = 2, four = 4 };

// Nothing if a segment is empty, overruns, is of another type, or names AS 0 (RFC 7607). We are in
// no confederation: a confederation's segments must not reach us (RFC 5065 section 5).
std::optional<AsPath> read_as_path(Reader& in, AsWidth width);
// AS4_PATH: the same, but a confederation's segments are passed over (RFC 6793 section 6).
std::optional<AsPath> read_as4_path(Reader& in);
// In two octets a larger number becomes AS_TRANS; a sequence longer than 255 becomes several.
void write_as_path(Writer& out, const AsPath& path, AsWidth width);

bool fits_two_octets(const AsPath& path);
// The path as its two-octet form and AS4_PATH tell it together (RFC 6793 section 4.2.3).
AsPath merged(const AsPath& path, const AsPath& as4_path);

}  // namespace tflab::bgp
