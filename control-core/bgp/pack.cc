// encode(): one attribute set and many routes into as few messages as hold them. Every family,
// inet included, travels in MP_REACH and MP_UNREACH, and MP_REACH stands last, as the original
// sends them.
#include <array>
#include <cassert>

#include "control-core/bgp/attribute.h"
#include "control-core/bgp/message.h"
#include "control-core/bgp/nlri.h"
#include "control-core/bgp/update.h"

namespace tflab::bgp {
namespace {

constexpr std::size_t body_room = longest_message - header_size;
constexpr std::size_t update_overhead = 2 + 2;  // withdrawn length, attributes length
constexpr std::size_t attribute_overhead = 4;   // flags, code, two octets of length
constexpr std::uint8_t mp_flags = optional | extended_length;

using Octets = std::vector<std::byte>;

void append(Octets& out, Bytes bytes) {
  out.insert(out.end(), bytes.begin(), bytes.end());
}

// Fills one MP attribute with routes and writes a message whenever it is full. `before` is the
// attributes ahead of it, `head` what the MP attribute has ahead of its routes.
class Packer {
public:
  Packer(Octets& out, AttributeCode code, Octets before, Octets head)
      : out_{out}, code_{code}, before_{std::move(before)}, head_{std::move(head)} {}

  bool has_room_for_one() const { return room() >= longest_nlri; }

  void add(Bytes route) {
    if (routes_.size() + route.size() > room()) flush();
    append(routes_, route);
  }
  void flush() {
    if (routes_.empty()) return;
    write_message();
    routes_.clear();
  }
  void write_message() {
    std::array<std::byte, body_room> space;
    Writer out{space};
    out.be16(0);  // no classic withdrawals
    out.counted16([&] {
      out.bytes(before_);
      out.u8(mp_flags);
      out.u8(code_);
      out.counted16([&] {
        out.bytes(head_);
        out.bytes(routes_);
      });
    });
    assert(out.ok());
    append_message(out_, MessageType::update, out.written());
  }

private:
  std::size_t room() const {
    const std::size_t taken = update_overhead + attribute_overhead + before_.size() + head_.size();
    return taken < body_room ? body_room - taken : 0;
  }

  Octets& out_;
  AttributeCode code_;
  Octets before_, head_, routes_;
};

Octets family_head(Family family) {
  const FamilyRow& row = row_of(family);
  return {static_cast<std::byte>(row.afi >> 8), static_cast<std::byte>(row.afi & 0xff),
          static_cast<std::byte>(row.safi)};
}

Octets reach_head(Family family, const IpAddr& next_hop) {
  std::array<std::byte, 24> room;
  Writer address{room};
  write_next_hop(address, family, next_hop);
  Octets head = family_head(family);
  head.push_back(static_cast<std::byte>(address.written().size()));
  append(head, address.written());
  head.push_back(std::byte{0});  // reserved
  return head;
}

void add_route(Packer& packer, NlriContext context, const Reach& route) {
  std::array<std::byte, longest_nlri> room;
  Writer out{room};
  write_nlri(out, context, route);
  assert(out.ok());
  packer.add(out.written());
}

Packer unreach_packer(Octets& out, Family family) {
  return {out, mp_unreach_code, {}, family_head(family)};
}

void pack_unreach(Octets& out, const Update& update) {
  Packer packer = unreach_packer(out, update.family);
  for (const Nlri& nlri : update.unreach)
    add_route(packer, {update.family, false, true}, Reach{nlri});
  packer.flush();
}

void pack_reach(Octets& out, const Update& update, Dialect dialect) {
  const Attributes& set = *update.attributes;
  std::array<std::byte, body_room> room;
  Writer attributes{room};
  const bool fits = write_attributes(attributes, {set, dialect, update.family});
  const Bytes written = attributes.written();
  Packer packer{out,
                mp_reach_code,
                {written.begin(), written.end()},
                reach_head(update.family, set.next_hop)};
  const bool sayable = fits && packer.has_room_for_one();
  Packer instead = unreach_packer(out, update.family);
  const bool vxlan = update.family == Family::evpn && says_vxlan(set);
  for (const Reach& route : update.reach)
    add_route(sayable ? packer : instead, {update.family, vxlan, !sayable}, route);
  packer.flush();
  instead.flush();
}

}  // namespace

SharedBytes encode(const Update& update, Dialect dialect) {
  Octets out;
  if (update.end_of_rib) unreach_packer(out, update.family).write_message();
  if (!update.unreach.empty()) pack_unreach(out, update);
  if (!update.reach.empty()) pack_reach(out, update, dialect);
  return std::make_shared<const Octets>(std::move(out));
}

}  // namespace tflab::bgp
