#pragma once
// The path attributes as a table: name, flags, octets both ways, and what a malformed one costs
// (RFC 7606 section 7). Its rows stand in the order in which the original sends them.

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "control-core/bgp/damage.h"
#include "control-core/bgp/update.h"
#include "vrouter-core/base/reader.h"
#include "vrouter-core/base/writer.h"

namespace tflab::bgp {

// RFC 4271 section 4.3.
enum AttributeFlag : std::uint8_t {
  optional = 0x80,
  transitive = 0x40,
  partial = 0x20,
  extended_length = 0x10,
};

enum AttributeCode : std::uint8_t {
  origin_code = 1,
  as_path_code = 2,
  next_hop_code = 3,
  mp_reach_code = 14,
  mp_unreach_code = 15,
};

// MP_REACH and MP_UNREACH, their routes not read yet: labels depend on attributes that come later.
// No family: one we do not speak on this session.
struct MpReach {
  std::optional<Family> family;
  std::optional<IpAddr> next_hop;  // none: not one that we can use
  Bytes routes;
};
struct MpUnreach {
  std::optional<Family> family;
  Bytes routes;
};

// What the attributes of one message have said so far.
struct Incoming {
  Dialect dialect;
  std::span<const Family> spoken;
  Attributes set;
  std::optional<Ip4> next_hop;  // of the classic fields, if usable
  std::optional<AsPath> as4_path;
  std::optional<Aggregator> as4_aggregator;
  std::optional<MpReach> reach;
  std::optional<MpUnreach> unreach;
};

// What an attribute's octets depend on when it is sent.
struct Outgoing {
  const Attributes& set;
  Dialect dialect;
  Family family;
};

// Who may say it. What is for inside one AS is neither sent to nor believed from another one: from
// there it is discarded unread (RFC 7606 sections 7.5, 7.9, 7.10, RFC 8669 section 5).
enum class Scope : std::uint8_t { everywhere, internal };

enum class Use : std::uint8_t {
  kept,     // its meaning becomes part of the attribute set
  carried,  // checked, and sent on as it came
  dropped,  // checked, and gone: not transitive, and nothing to us
};

struct AttributeRow {
  std::uint8_t code;
  std::string_view name;
  std::uint8_t flags;  // optional and transitive only
  Damage wrong_flags;  // RFC 7606 section 3.c
  Damage malformed;    // a wrong length or value
  Scope scope;
  Use use;
  bool (*read)(Reader& in, Incoming& message);  // false: malformed
  bool (*sent)(const Outgoing& out);            // of those that are kept
  void (*write)(Writer& out, const Outgoing& from);
};

std::span<const AttributeRow> attribute_rows();
const AttributeRow* attribute_row(std::uint8_t code);

bool says_vxlan(const Attributes& set);  // RFC 8365 section 5.1.3: labels are then VNIs

// All attributes but MP_REACH, in order, those that are only carried last. False if they do not
// fit.
bool write_attributes(Writer& out, const Outgoing& from);

}  // namespace tflab::bgp
