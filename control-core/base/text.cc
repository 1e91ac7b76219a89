#include "control-core/base/text.h"

#include <array>
#include <cstddef>
#include <span>

namespace tflab {
namespace {

constexpr char digits[] = "0123456789abcdef";

void append_octet(std::string& out, std::uint8_t octet) {
  out += digits[octet >> 4];
  out += digits[octet & 15];
}

using Groups = std::array<std::uint16_t, 8>;

Groups groups_of(const Ip6& address) {
  Groups groups{};
  for (std::size_t i = 0; i < 8; ++i)
    groups[i] = static_cast<std::uint16_t>(address.octets[2 * i] << 8 | address.octets[2 * i + 1]);
  return groups;
}

struct Run {
  std::size_t first = 0, length = 0;
};

// The zero run that "::" stands for: the longest, the first of equals, never a single group
// (RFC 5952 section 4.2).
Run compressed(const Groups& groups) {
  Run best, run;
  for (std::size_t i = 0; i < 8; ++i) {
    if (groups[i] != 0) {
      run = {i + 1, 0};
      continue;
    }
    ++run.length;
    if (run.length > best.length) best = run;
  }
  return best.length < 2 ? Run{} : best;
}

void append_group(std::string& out, std::uint16_t group) {
  bool begun = false;
  for (int shift = 12; shift >= 0; shift -= 4) {
    const unsigned nibble = group >> shift & 15u;
    if (nibble == 0 && !begun && shift != 0) continue;
    begun = true;
    out += digits[nibble];
  }
}

// ::ffff:a.b.c.d keeps its dots (RFC 5952 section 5).
bool v4_mapped(const Groups& groups) {
  for (std::size_t i = 0; i < 5; ++i)
    if (groups[i] != 0) return false;
  return groups[5] == 0xffff;
}

std::optional<unsigned> hex_digit(char c) {
  if (c >= '0' && c <= '9') return static_cast<unsigned>(c - '0');
  if (c >= 'a' && c <= 'f') return static_cast<unsigned>(c - 'a' + 10);
  if (c >= 'A' && c <= 'F') return static_cast<unsigned>(c - 'A' + 10);
  return {};
}

// 1 to `most` hexadecimal digits.
std::optional<std::uint16_t> parse_hex(std::string_view text, std::size_t most) {
  if (text.empty() || text.size() > most) return {};
  unsigned value = 0;
  for (char c : text) {
    const auto digit = hex_digit(c);
    if (!digit) return {};
    value = value << 4 | *digit;
  }
  return static_cast<std::uint16_t>(value);
}

// Colon-separated groups into `room`; a dotted quad may stand for the last two. Returns how many.
std::optional<std::size_t> parse_groups(std::string_view text, std::span<std::uint16_t> room) {
  std::size_t count = 0;
  while (true) {
    const std::size_t colon = text.find(':');
    const std::string_view piece = text.substr(0, colon);
    const bool last = colon == std::string_view::npos;
    if (last && piece.find('.') != std::string_view::npos) {
      const auto v4 = parse_ip4(piece);
      if (!v4 || room.size() - count < 2) return {};
      room[count++] = static_cast<std::uint16_t>(v4->raw() >> 16);
      room[count++] = static_cast<std::uint16_t>(v4->raw());
      return count;
    }
    const auto group = parse_hex(piece, 4);
    if (!group || count == room.size()) return {};
    room[count++] = *group;
    if (last) return count;
    text.remove_prefix(colon + 1);
  }
}

Ip6 from_groups(const Groups& groups) {
  Ip6 out;
  for (std::size_t i = 0; i < 8; ++i) {
    out.octets[2 * i] = static_cast<std::uint8_t>(groups[i] >> 8);
    out.octets[2 * i + 1] = static_cast<std::uint8_t>(groups[i]);
  }
  return out;
}

std::optional<Ip6> parse_ip6(std::string_view text) {
  Groups groups{};
  const std::size_t gap = text.find("::");
  if (gap == std::string_view::npos) {
    if (parse_groups(text, groups) != 8u) return {};
    return from_groups(groups);
  }
  const std::string_view head = text.substr(0, gap), tail = text.substr(gap + 2);
  Groups front{}, back{};
  std::size_t before = 0, after = 0;
  if (!head.empty()) {
    const auto n = parse_groups(head, front);
    if (!n || head.find('.') != std::string_view::npos) return {};
    before = *n;
  }
  if (!tail.empty()) {
    const auto n = parse_groups(tail, back);
    if (!n) return {};
    after = *n;
  }
  if (before + after > 7) return {};  // "::" stands for at least one group
  for (std::size_t i = 0; i < before; ++i) groups[i] = front[i];
  for (std::size_t i = 0; i < after; ++i) groups[8 - after + i] = back[i];
  return from_groups(groups);
}

struct Halves {
  IpAddr address;
  std::uint8_t length;
};

std::optional<Halves> split_prefix(std::string_view text) {
  const std::size_t slash = text.find('/');
  if (slash == std::string_view::npos) return {};
  const auto address = parse_ip(text.substr(0, slash));
  const auto length = parse_u32(text.substr(slash + 1));
  if (!address || !length || *length > address->bits()) return {};
  return Halves{*address, static_cast<std::uint8_t>(*length)};
}

}  // namespace

std::string to_text(Ip4 address) {
  std::string out;
  for (int shift = 24; shift >= 0; shift -= 8) {
    out += std::to_string(address.raw() >> shift & 255u);
    if (shift != 0) out += '.';
  }
  return out;
}

std::string to_text(const Ip6& address) {
  const Groups groups = groups_of(address);
  if (v4_mapped(groups))
    return "::ffff:" + to_text(Ip4{std::uint32_t{groups[6]} << 16 | groups[7]});
  const Run zeros = compressed(groups);
  std::string out;
  for (std::size_t i = 0; i < 8; ++i) {
    if (zeros.length != 0 && i == zeros.first) {
      out += "::";
      i += zeros.length - 1;
      continue;
    }
    if (!out.empty() && out.back() != ':') out += ':';
    append_group(out, groups[i]);
  }
  return out;
}

std::string to_text(const IpAddr& address) {
  return address.is_v4() ? to_text(address.v4()) : to_text(address.v6());
}

std::string to_text(const IpPrefix& prefix) {
  return to_text(prefix.base()) + '/' + std::to_string(prefix.length());
}

std::string to_text(const Mac& mac) {
  std::string out;
  for (std::uint8_t octet : mac.octets) {
    if (!out.empty()) out += ':';
    append_octet(out, octet);
  }
  return out;
}

std::optional<std::uint32_t> parse_u32(std::string_view text) {
  if (text.empty() || text.size() > 10 || (text.size() > 1 && text[0] == '0')) return {};
  std::uint64_t value = 0;
  for (char c : text) {
    if (c < '0' || c > '9') return {};
    value = value * 10 + static_cast<unsigned>(c - '0');
  }
  if (value > 0xffffffffu) return {};
  return static_cast<std::uint32_t>(value);
}

std::optional<Ip4> parse_ip4(std::string_view text) {
  std::uint32_t value = 0;
  for (int part = 0; part < 4; ++part) {
    const std::size_t dot = part < 3 ? text.find('.') : text.size();
    if (dot == std::string_view::npos) return {};
    const auto octet = parse_u32(text.substr(0, dot));
    if (!octet || *octet > 255) return {};
    value = value << 8 | *octet;
    text.remove_prefix(part < 3 ? dot + 1 : dot);
  }
  return Ip4{value};
}

std::optional<IpAddr> parse_ip(std::string_view text) {
  if (text.find(':') == std::string_view::npos) {
    const auto v4 = parse_ip4(text);
    if (!v4) return {};
    return IpAddr{*v4};
  }
  const auto v6 = parse_ip6(text);
  if (!v6) return {};
  return IpAddr{*v6};
}

std::optional<IpPrefix> parse_prefix(std::string_view text) {
  const auto halves = split_prefix(text);
  if (!halves) return {};
  return IpPrefix{halves->address, halves->length};
}

std::optional<IpPrefix> parse_exact_prefix(std::string_view text) {
  const auto halves = split_prefix(text);
  if (!halves) return {};
  const IpPrefix prefix{halves->address, halves->length};
  if (prefix.base() != halves->address) return {};
  return prefix;
}

std::optional<Mac> parse_mac(std::string_view text) {
  if (text.size() != 17) return {};
  Mac mac;
  for (std::size_t i = 0; i < 6; ++i) {
    const auto octet = parse_hex(text.substr(3 * i, 2), 2);
    if (!octet || (i < 5 && text[3 * i + 2] != ':')) return {};
    mac.octets[i] = static_cast<std::uint8_t>(*octet);
  }
  return mac;
}

}  // namespace tflab
