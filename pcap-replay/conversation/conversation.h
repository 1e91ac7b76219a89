#pragma once
// A capture with BGP and XMPP in it, heard by our own decoders and sessions: which messages there
// were, what is wrong with them and where, and where the two who spoke went on although our session
// would have ended.

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "control-core/base/stream.h"
#include "recording/describe.h"
#include "vrouter-core/base/reader.h"

namespace tflab::conversation {

struct Options {
  // 179 is BGP, 5269 is XMPP; on these it is what its first octets look like.
  std::vector<std::uint16_t> more_ports;
};

struct Fault {
  std::uint64_t offset = 0;  // in what this end said
  std::uint64_t packet = 0;  // number in the file, from 1
  std::string why;
};

// What one end said.
struct Said {
  Endpoint by;
  std::uint64_t octets = 0, missing = 0;
  std::map<std::string, std::uint64_t> messages;  // "UPDATE" -> 12; XMPP: "iq", "keepalive"
  std::uint64_t routes = 0, withdrawn = 0;        // BGP
  std::vector<Fault> faults;
  // Our session in the place of the other end: how it ended. Empty: it would have stayed.
  std::string session_ended;
};

struct Heard {
  recording::Language language{};
  Said one, other;
  std::vector<std::string> disagreements;
};

struct Report {
  std::uint64_t packets = 0, unreadable = 0, snapped = 0;  // unreadable: of links unknown here
  std::string fault;                                       // of the file; what came before stands
  std::vector<Heard> conversations;

  std::uint64_t faults() const;
  std::map<std::string, std::uint64_t> messages() const;  // of all
};

Report listen(Bytes file, const Options& options);

}  // namespace tflab::conversation
