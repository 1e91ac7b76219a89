#pragma once
// A frame as named fields, as far as it can be understood, for comparing and for people. Headers
// inside tunnels have the same names with "inner." in front, once a tunnel. A checksum is told as
// good, none or bad, so that what only follows from another field is not a difference of its own.

#include <string>
#include <utility>
#include <vector>

#include "vrouter-core/base/reader.h"

namespace tflab::forwarding {

struct Field {
  std::string name, value;
  friend bool operator==(const Field&, const Field&) = default;
};

std::vector<Field> dissect(Bytes frame);

// One line: "10.0.0.1 > 10.0.0.2 udp 1000 > 53, 60 octets".
std::string one_line(Bytes frame);

}  // namespace tflab::forwarding
