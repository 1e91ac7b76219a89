#pragma once
// What a speaker says in its OPEN that it can do (RFC 5492). A capability is read from its own
// octets alone: one that is too short for what it claims to be is passed over, and never takes
// anything from the next. Of several of one kind the last counts, except that families add up.

#include <cstdint>
#include <optional>
#include <vector>

#include "control-core/types/family.h"
#include "vrouter-core/base/id.h"
#include "vrouter-core/base/reader.h"
#include "vrouter-core/base/writer.h"

namespace tflab::bgp {

// RFC 4724 section 3. Without families it only announces that we send end-of-rib.
struct GracefulRestart {
  struct Kept {
    Family family{};
    bool forwarding = true;  // goes on while the speaker restarts
    friend auto operator<=>(const Kept&, const Kept&) = default;
  };
  bool restarting = false;
  bool notification = false;  // also after a NOTIFICATION (RFC 8538)
  std::uint16_t seconds = 0;  // 12 bits
  std::vector<Kept> families;
  friend bool operator==(const GracefulRestart&, const GracefulRestart&) = default;
};

// RFC 9494 section 3.1.
struct LongLived {
  Family family{};
  bool forwarding = true;
  std::uint32_t seconds = 0;  // 24 bits
  friend auto operator<=>(const LongLived&, const LongLived&) = default;
};

struct Capabilities {
  std::vector<Family> families;         // RFC 4760; those we do not know are left out
  bool route_refresh = false;           // RFC 2918
  bool extended_messages = false;       // RFC 8654
  std::optional<Asn> four_byte_as;      // RFC 6793
  bool enhanced_route_refresh = false;  // RFC 7313
  std::optional<GracefulRestart> graceful_restart;
  std::vector<LongLived> long_lived;
  friend bool operator==(const Capabilities&, const Capabilities&) = default;
};

void write_capabilities(Writer& out, const Capabilities& capabilities);
// What `in` holds is added to `into`. False if one does not end where `in` ends or before.
bool read_capabilities(Reader in, Capabilities& into);

// As NOTIFICATION 2/7 lists them: code, length, AFI, 0, SAFI.
std::vector<std::byte> multiprotocol_capabilities(const std::vector<Family>& families);

}  // namespace tflab::bgp
