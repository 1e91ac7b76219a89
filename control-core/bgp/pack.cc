// Every family, inet included, travels in MP_REACH and MP_UNREACH, and MP_REACH stands last, as the
// original sends them: so what stands before the routes is the same in every message.
#include "control-core/bgp/pack.h"

#include <array>
#include <cassert>

#include "control-core/bgp/attribute.h"

namespace tflab::bgp {
namespace {

constexpr std::size_t length_at = marker_size;          // of the message
constexpr std::size_t attributes_at = header_size + 2;  // after no classic withdrawals
constexpr std::uint8_t mp_flags = optional | extended_length;

void write_front(Writer& out) {
  for (std::size_t i = 0; i < marker_size; ++i) out.u8(0xff);
  out.be16(0);  // the lengths are known when the message is full
  out.u8(static_cast<std::uint8_t>(MessageType::update));
  out.be16(0);
  out.be16(0);
}

// Up to the length of the MP attribute.
void write_mp_front(Writer& out, AttributeCode code) {
  out.u8(mp_flags);
  out.u8(code);
}

void write_family(Writer& out, Family family) {
  out.be16(0);  // the length
  out.be16(row_of(family).afi);
  out.u8(row_of(family).safi);
}

void write_sized_next_hop(Writer& out, Family family, const IpAddr& next_hop) {
  std::array<std::byte, 24> room;
  Writer address{room};
  write_next_hop(address, family, next_hop);
  out.u8(static_cast<std::uint8_t>(address.written().size()));
  out.bytes(address.written());
  out.u8(0);  // reserved
}

std::size_t longest_of(Dialect dialect) {
  return dialect.extended ? longest_extended_message : longest_message;
}

}  // namespace

Packer::Packer(Family family, Dialect dialect)
    : context_{family, false, true}, longest_{longest_of(dialect)} {
  begin_withdrawal();
}

Packer::Packer(Family family, const Attributes& attributes, Dialect dialect)
    : context_{family, family == Family::evpn && says_vxlan(attributes), false},
      longest_{longest_of(dialect)} {
  if (begin_announcement(attributes, dialect)) return;
  context_ = {family, false, true};
  begin_withdrawal();
}

bool Packer::begin_announcement(const Attributes& attributes, Dialect dialect) {
  std::array<std::byte, longest_extended_message> room;
  Writer out{std::span{room}.first(longest_ - longest_nlri)};
  write_front(out);
  const bool fits = write_attributes(out, {attributes, dialect, context_.family});
  write_mp_front(out, mp_reach_code);
  mp_at_ = out.written().size();
  write_family(out, context_.family);
  write_sized_next_hop(out, context_.family, attributes.next_hop);
  head_.assign(out.written().begin(), out.written().end());
  return fits && out.ok();
}

void Packer::begin_withdrawal() {
  std::array<std::byte, 64> room;
  Writer out{room};
  write_front(out);
  write_mp_front(out, mp_unreach_code);
  mp_at_ = out.written().size();
  write_family(out, context_.family);
  head_.assign(out.written().begin(), out.written().end());
}

void Packer::open() {
  message_ = Writer{std::span{room_}.first(longest_)};
  message_.bytes(head_);
  open_ = true;
}

// Three lengths, each of what follows it.
void Packer::close() {
  const std::size_t size = message_.written().size();
  const Writer message{room_};  // the one that wrote it may have met its end
  for (const auto& [at, length] : {std::pair{length_at, size},
                                   {attributes_at, size - attributes_at - 2},
                                   {mp_at_, size - mp_at_ - 2}})
    message.back_to(at).be16(static_cast<std::uint16_t>(length));
  const bool says_something = bare_ || size > head_.size();
  if (says_something) out_.insert(out_.end(), room_.begin(), room_.begin() + size);
  open_ = false;
}

void Packer::add(std::span<const Reach> routes) {
  while (true) {
    if (!open_) open();
    routes = routes.subspan(write_nlris(message_, context_, routes));
    if (routes.empty()) return;
    assert(message_.written().size() > head_.size());  // one at least has gone in
    close();
  }
}

void Packer::say_nothing() {
  bare_ = true;
  if (!open_) open();
}

std::vector<std::byte> Packer::finish() {
  if (open_) close();
  return std::move(out_);
}

namespace {

std::vector<std::byte> packed(const Update& update, Dialect dialect) {
  if (update.attributes) {
    Packer packer{update.family, *update.attributes, dialect};
    packer.add(update.reach);
    return packer.finish();
  }
  Packer packer{update.family, dialect};
  if (update.end_of_rib) packer.say_nothing();
  for (const Nlri& nlri : update.unreach) packer.add(std::array{Reach{nlri}});
  return packer.finish();
}

}  // namespace

SharedBytes encode(const Update& update, Dialect dialect) {
  return std::make_shared<const std::vector<std::byte>>(packed(update, dialect));
}

}  // namespace tflab::bgp
