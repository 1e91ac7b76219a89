#include "control-core/types/rd.h"

#include "control-core/base/text.h"

namespace tflab {
namespace {

constexpr std::string_view target_word = "target:";
constexpr std::uint64_t low48 = (1ull << 48) - 1;

enum AdminType : unsigned { as2_admin = 0, ip4_admin = 1, as4_admin = 2 };

std::string admin_number(unsigned type, std::uint64_t body) {
  const auto high32 = static_cast<std::uint32_t>(body >> 16);
  const std::string low16 = ':' + std::to_string(body & 0xffff);
  if (type == as2_admin)
    return std::to_string(body >> 32) + ':' + std::to_string(body & 0xffffffff);
  if (type == ip4_admin) return to_text(Ip4{high32}) + low16;
  return std::to_string(high32) + low16;
}

// A kind nobody has named: the type, then the six octets. 256:07:08:09:0a:0b:0c
std::string opaque(unsigned type, std::uint64_t body) {
  Mac octets;
  for (std::size_t i = 0; i < 6; ++i)
    octets.octets[i] = static_cast<std::uint8_t>(body >> (40 - 8 * i));
  return std::to_string(type) + ':' + to_text(octets);
}

struct Admin {
  unsigned type;
  std::uint64_t body;  // the low 48 bits
};

std::optional<std::uint32_t> parse_u16(std::string_view text) {
  const auto value = parse_u32(text);
  if (!value || *value > 0xffff) return {};
  return value;
}

// "64512:7", "172.31.41.236:2", "4200000000:1"; an AS that fits two octets takes the form with the
// larger number unless it ends in L.
std::optional<Admin> parse_admin_number(std::string_view text) {
  const std::size_t colon = text.find(':');
  if (colon == std::string_view::npos) return {};
  std::string_view admin = text.substr(0, colon);
  const std::string_view rest = text.substr(colon + 1);
  const auto small = parse_u16(rest);
  if (const auto ip = parse_ip4(admin)) {
    if (!small) return {};
    return Admin{ip4_admin, std::uint64_t{ip->raw()} << 16 | *small};
  }
  const bool wide = !admin.empty() && admin.back() == 'L';
  if (wide) admin.remove_suffix(1);
  const auto as = parse_u32(admin);
  const auto number = parse_u32(rest);
  if (!as || !number) return {};
  if (!wide && *as <= 0xffff) return Admin{as2_admin, std::uint64_t{*as} << 32 | *number};
  if (!small) return {};
  return Admin{as4_admin, std::uint64_t{*as} << 16 | *small};
}

std::optional<RouteDistinguisher> parse_opaque_rd(std::string_view text) {
  const std::size_t colon = text.find(':');
  if (colon == std::string_view::npos) return {};
  const auto type = parse_u16(text.substr(0, colon));
  const auto octets = parse_mac(text.substr(colon + 1));
  if (!type || !octets) return {};
  std::uint64_t wire = *type;
  for (std::uint8_t octet : octets->octets) wire = wire << 8 | octet;
  return RouteDistinguisher{wire};
}

}  // namespace

std::string to_text(RouteDistinguisher rd) {
  const auto type = static_cast<unsigned>(rd.wire() >> 48);
  const std::uint64_t body = rd.wire() & low48;
  return type <= as4_admin ? admin_number(type, body) : opaque(type, body);
}

std::string to_text(RouteTarget target) {
  const auto type = static_cast<unsigned>(target.wire() >> 56);
  const std::uint64_t body = target.wire() & low48;
  const auto as = static_cast<std::uint32_t>(body >> 16);
  // Without the L a small four-octet AS would read like a two-octet one, which is another target.
  if (type == as4_admin && as <= 0xffff)
    return std::string{target_word} + std::to_string(as) + "L:" + std::to_string(body & 0xffff);
  return std::string{target_word} + admin_number(type, body);
}

std::optional<RouteDistinguisher> parse_rd(std::string_view text) {
  const auto admin = parse_admin_number(text);
  if (!admin) return parse_opaque_rd(text);
  return RouteDistinguisher{std::uint64_t{admin->type} << 48 | admin->body};
}

std::optional<RouteTarget> parse_target(std::string_view text) {
  if (!text.starts_with(target_word)) return {};
  const auto admin = parse_admin_number(text.substr(target_word.size()));
  if (!admin) return {};
  return RouteTarget{std::uint64_t{admin->type} << 56 | 0x02ull << 48 | admin->body};
}

}  // namespace tflab
