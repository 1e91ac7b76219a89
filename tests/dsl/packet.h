#pragma once
// Packets as sentences: pkt().eth(dst, src).ip4(src, dst).ttl(63).udp(1000, 53).payload(10).
// Headers are laid out here octet by octet and not by the code under test. Lengths and checksums
// are worked out when the packet is finished; a frame that differs is told field by field.

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <functional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "vrouter-core/base/addr.h"

namespace tflab::dsl {

using Octets = std::vector<std::byte>;

inline Mac mac(const std::string& text) {
  Mac out;
  unsigned o[6] = {};
  const char* format = "%x:%x:%x:%x:%x:%x";
  EXPECT_EQ(std::sscanf(text.c_str(), format, o, o + 1, o + 2, o + 3, o + 4, o + 5), 6) << text;
  for (int i = 0; i < 6; ++i) out.octets[i] = static_cast<std::uint8_t>(o[i]);
  return out;
}
inline Ip4 ip4(const std::string& text) {
  in_addr raw{};
  EXPECT_EQ(inet_pton(AF_INET, text.c_str(), &raw), 1) << text;
  return Ip4{ntohl(raw.s_addr)};
}
inline Ip6 ip6(const std::string& text) {
  Ip6 out;
  EXPECT_EQ(inet_pton(AF_INET6, text.c_str(), out.octets.data()), 1) << text;
  return out;
}
inline IpPrefix prefix(const std::string& text) {
  const auto slash = text.find('/');
  const std::string base = text.substr(0, slash);
  const auto length = static_cast<std::uint8_t>(std::stoi(text.substr(slash + 1)));
  return base.find(':') == std::string::npos ? IpPrefix{ip4(base), length}
                                             : IpPrefix{ip6(base), length};
}

// A finished frame or packet.
struct Frame {
  Octets octets;

  std::size_t size() const { return octets.size(); }
  Frame cut(std::size_t n) const { return {Octets(octets.begin(), octets.begin() + n)}; }
  Frame padded(std::size_t n) const {
    Frame longer = *this;
    longer.octets.resize(std::max(n, size()), std::byte{0xee});
    return longer;
  }
  Frame with(std::size_t at, std::uint8_t octet) const {
    Frame changed = *this;
    changed.octets.at(at) = std::byte{octet};
    return changed;
  }
  friend bool operator==(const Frame&, const Frame&) = default;
};

// ---------------------------------------------------------------------------- writing

inline void put(Octets& out, std::uint64_t value, int octets) {
  for (int i = octets; i-- > 0;) out.push_back(static_cast<std::byte>(value >> (8 * i)));
}
template <class Address>
void put(Octets& out, const Address& address) {
  for (auto octet : address.octets) put(out, octet, 1);
}
inline void put(Octets& out, const Octets& more) {
  out.insert(out.end(), more.begin(), more.end());
}

inline std::uint16_t internet_checksum(const Octets& octets) {
  std::uint64_t sum = 0;
  for (std::size_t i = 0; i < octets.size(); ++i) {
    sum += std::to_integer<std::uint64_t>(octets[i]) << (i % 2 == 0 ? 8 : 0);
  }
  while (sum >> 16) sum = (sum & 0xffff) + (sum >> 16);
  return static_cast<std::uint16_t>(~sum);
}
inline void put_at(Octets& out, std::size_t at, std::uint16_t value) {
  out[at] = static_cast<std::byte>(value >> 8);
  out[at + 1] = static_cast<std::byte>(value);
}

// One header. Its fields may be changed until the frame is finished.
struct Layer {
  enum class Kind { eth, vlan, arp, ip4, ip6, udp, tcp, gre, mpls, icmp, icmp6, raw } kind{};
  Mac dst_mac{}, src_mac{};
  Ip4 src4{}, dst4{};
  Ip6 src6{}, dst6{};
  int type = -1;  // of Ethernet, GRE, ICMP; the IP protocol: taken from the next header unless set
  int code = 0, id = 0, ttl = 64, tos = 0, fragment = 0, sum = -1, length = -1;
  std::uint16_t src_port = 0, dst_port = 0;
  std::uint32_t label = 0;
  std::uint16_t arp_op = 0;
  Octets data{};
};

class Pkt {
public:
  using Kind = Layer::Kind;

  Pkt& eth(const std::string& dst, const std::string& src, int type = -1) {
    Layer& l = add(Kind::eth);
    l.dst_mac = mac(dst), l.src_mac = mac(src), l.type = type;
    return *this;
  }
  Pkt& vlan(int tag) { return add(Kind::vlan).id = tag, *this; }
  Pkt& arp_request(const std::string& sender_mac, const std::string& sender,
                   const std::string& target) {
    return arp(1, sender_mac, sender, "00:00:00:00:00:00", target);
  }
  Pkt& arp_reply(const std::string& sender_mac, const std::string& sender,
                 const std::string& target_mac, const std::string& target) {
    return arp(2, sender_mac, sender, target_mac, target);
  }
  Pkt& ip4(const std::string& src, const std::string& dst) {
    Layer& l = add(Kind::ip4);
    l.src4 = dsl::ip4(src), l.dst4 = dsl::ip4(dst);
    return *this;
  }
  Pkt& ip6(const std::string& src, const std::string& dst) {
    Layer& l = add(Kind::ip6);
    l.src6 = dsl::ip6(src), l.dst6 = dsl::ip6(dst);
    return *this;
  }
  Pkt& udp(std::uint16_t src_port, std::uint16_t dst_port) {
    return ports(Kind::udp, src_port, dst_port);
  }
  Pkt& tcp(std::uint16_t src_port, std::uint16_t dst_port) {
    return ports(Kind::tcp, src_port, dst_port);
  }
  Pkt& gre() { return add(Kind::gre), *this; }
  Pkt& mpls(std::uint32_t label) { return add(Kind::mpls).label = label, *this; }
  Pkt& echo(int sequence = 1) {
    Layer& l = add(Kind::icmp);
    l.type = 8, l.id = sequence;
    return *this;
  }
  Pkt& solicit(const std::string& target) {
    Layer& l = add(Kind::icmp6);
    l.type = 135, l.dst6 = dsl::ip6(target);
    return *this;
  }
  // Router and Solicited set, Override not, with the target's link-layer address.
  Pkt& advertise(const std::string& target, const std::string& at) {
    Layer& l = add(Kind::icmp6);
    l.type = 136, l.dst6 = dsl::ip6(target), l.src_mac = mac(at);
    return *this;
  }
  Pkt& payload(std::size_t n) { return add(Kind::raw).data.assign(n, std::byte{0x5a}), *this; }
  Pkt& inner(const Frame& frame) { return add(Kind::raw).data = frame.octets, *this; }

  // Of the header named last.
  Pkt& ttl(int n) { return last().ttl = n, *this; }
  Pkt& tos(int n) { return last().tos = n, *this; }  // the traffic class of IPv6 and of labels
  Pkt& id(int n) { return last().id = n, *this; }
  Pkt& type(int n) { return last().type = n, *this; }
  Pkt& checksum(int n) { return last().sum = n, *this; }
  Pkt& length(int n) { return last().length = n, *this; }
  Pkt& fragment(int flags_and_offset) { return last().fragment = flags_and_offset, *this; }

  Frame frame() const {
    Octets body;
    for (std::size_t i = layers_.size(); i-- > 0;) body = written(i, body);
    return {body};
  }
  operator Frame() const { return frame(); }  // NOLINT: a sentence is its frame

private:
  Layer& add(Kind kind) {
    layers_.push_back(Layer{.kind = kind});
    return layers_.back();
  }
  Layer& last() { return layers_.back(); }
  Pkt& ports(Kind kind, std::uint16_t src, std::uint16_t dst) {
    Layer& l = add(kind);
    l.src_port = src, l.dst_port = dst;
    return *this;
  }
  Pkt& arp(std::uint16_t op, const std::string& sender_mac, const std::string& sender,
           const std::string& target_mac, const std::string& target) {
    Layer& l = add(Kind::arp);
    l.arp_op = op, l.src_mac = mac(sender_mac), l.src4 = dsl::ip4(sender);
    l.dst_mac = mac(target_mac), l.dst4 = dsl::ip4(target);
    return *this;
  }

  // What the header in front of layer i says follows it.
  int ether_type_of(std::size_t i) const {
    if (i >= layers_.size()) return 0;
    switch (layers_[i].kind) {
      case Kind::arp:
        return 0x0806;
      case Kind::ip4:
        return 0x0800;
      case Kind::ip6:
        return 0x86dd;
      case Kind::vlan:
        return 0x8100;
      case Kind::mpls:
        return 0x8847;
      default:
        return 0;
    }
  }
  int protocol_of(std::size_t i) const {
    if (i >= layers_.size()) return 253;  // for experiments (RFC 3692)
    switch (layers_[i].kind) {
      case Kind::udp:
        return 17;
      case Kind::tcp:
        return 6;
      case Kind::gre:
        return 47;
      case Kind::icmp:
        return 1;
      case Kind::icmp6:
        return 58;
      default:
        return 253;
    }
  }

  Octets written(std::size_t i, const Octets& body) const {
    const Layer& l = layers_[i];
    Octets out;
    const int type = l.type >= 0 ? l.type : ether_type_of(i + 1);
    const int protocol = l.type >= 0 ? l.type : protocol_of(i + 1);
    const auto size = [&](std::size_t header) {
      return static_cast<std::uint64_t>(l.length >= 0 ? l.length : int(header + body.size()));
    };
    switch (l.kind) {
      case Kind::eth:
        put(out, l.dst_mac), put(out, l.src_mac), put(out, std::uint64_t(type), 2);
        break;
      case Kind::vlan:
        put(out, std::uint64_t(l.id), 2), put(out, std::uint64_t(type), 2);
        break;
      case Kind::arp:
        put(out, 0x0001'0800'0604ull, 6), put(out, l.arp_op, 2);
        put(out, l.src_mac), put(out, l.src4.raw(), 4);
        put(out, l.dst_mac), put(out, l.dst4.raw(), 4);
        break;
      case Kind::ip4:
        put(out, 0x4500u | unsigned(l.tos), 2), put(out, size(20), 2);
        put(out, std::uint64_t(l.id), 2);
        put(out, std::uint64_t(l.fragment), 2), put(out, std::uint64_t(l.ttl), 1);
        put(out, std::uint64_t(protocol), 1), put(out, 0, 2);
        put(out, l.src4.raw(), 4), put(out, l.dst4.raw(), 4);
        put_at(out, 10, l.sum >= 0 ? std::uint16_t(l.sum) : internet_checksum(out));
        break;
      case Kind::ip6:
        put(out, 0x60000000u | unsigned(l.tos) << 20, 4), put(out, size(0), 2),
            put(out, std::uint64_t(protocol), 1);
        put(out, std::uint64_t(l.ttl), 1), put(out, l.src6), put(out, l.dst6);
        break;
      case Kind::udp:
        put(out, l.src_port, 2), put(out, l.dst_port, 2), put(out, size(8), 2), put(out, 0, 2);
        break;
      case Kind::tcp:
        put(out, l.src_port, 2), put(out, l.dst_port, 2), put(out, 0, 8);
        put(out, 0x5002'ffff, 4), put(out, 0, 4);
        break;
      case Kind::gre:
        put(out, std::uint64_t(l.fragment), 2), put(out, std::uint64_t(type), 2);
        break;
      case Kind::mpls: {
        const bool bottom = i + 1 >= layers_.size() || layers_[i + 1].kind != Kind::mpls;
        put(out, l.label << 12 | unsigned(l.tos) << 9 | (bottom ? 0x100u : 0u) | unsigned(l.ttl),
            4);
        break;
      }
      case Kind::icmp: {
        put(out, std::uint64_t(l.type), 1), put(out, 0, 3), put(out, 7, 2);
        put(out, std::uint64_t(l.id), 2);
        Octets all = out;
        put(all, body);
        put_at(out, 2, internet_checksum(all));
        break;
      }
      case Kind::icmp6:
        out = icmp6(l, layers_[i - 1]);
        break;
      case Kind::raw:
        out = l.data;
        break;
    }
    put(out, body);
    return out;
  }

  static Octets icmp6(const Layer& l, const Layer& ip) {
    Octets out;
    put(out, std::uint64_t(l.type), 1), put(out, std::uint64_t(l.code), 1), put(out, 0, 2);
    put(out, l.type == 136 ? 0xc0000000 : 0, 4), put(out, l.dst6);
    if (l.type == 136) put(out, 0x0201, 2), put(out, l.src_mac);
    Octets pseudo;
    put(pseudo, ip.src6), put(pseudo, ip.dst6), put(pseudo, out.size(), 4), put(pseudo, 58, 4);
    put(pseudo, out);
    put_at(out, 2, l.sum >= 0 ? std::uint16_t(l.sum) : internet_checksum(pseudo));
    return out;
  }

  std::vector<Layer> layers_;
};

inline Pkt pkt() {
  return {};
}

// ---------------------------------------------------------------------------- telling

// Reads a frame into named fields, as far as it can be understood.
class Dissection {
public:
  using Field = std::pair<std::string, std::string>;

  explicit Dissection(const Frame& frame) : octets_{frame.octets} { eth(); }
  const std::vector<Field>& fields() const { return fields_; }

private:
  bool has(std::size_t n) const { return at_ + n <= octets_.size(); }
  std::uint64_t peek(std::size_t offset, int n) const {
    std::uint64_t v = 0;
    for (int i = 0; i < n; ++i)
      v = v << 8 | std::to_integer<std::uint64_t>(octets_[at_ + offset + i]);
    return v;
  }
  void number(const std::string& name, int n) {
    fields_.emplace_back(name, std::to_string(peek(0, n)));
    at_ += n;
  }
  void hex(const std::string& name, std::size_t n) {
    std::string text;
    for (std::size_t i = 0; i < n; ++i) {
      char digits[4];
      std::snprintf(digits, sizeof digits, "%02x", std::to_integer<unsigned>(octets_[at_ + i]));
      text += digits;
    }
    fields_.emplace_back(name, text);
    at_ += n;
  }
  void address(const std::string& name, int family) {
    char text[INET6_ADDRSTRLEN] = {};
    inet_ntop(family, octets_.data() + at_, text, sizeof text);
    fields_.emplace_back(name, text);
    at_ += family == AF_INET ? 4 : 16;
  }
  void rest() {
    if (at_ < octets_.size()) hex("payload", octets_.size() - at_);
  }

  void eth() {
    if (!has(14)) return rest();
    hex("eth.dst", 6), hex("eth.src", 6);
    const auto type = peek(0, 2);
    hex("eth.type", 2);
    if (type == 0x0806) return arp();
    if (type == 0x0800 || type == 0x86dd) return ip();
    rest();
  }
  void arp() {
    if (!has(28)) return rest();
    hex("arp.kind", 6), number("arp.op", 2);
    hex("arp.sender_mac", 6), address("arp.sender", AF_INET);
    hex("arp.target_mac", 6), address("arp.target", AF_INET);
    rest();
  }
  void ip() {
    if (!has(1)) return;
    peek(0, 1) >> 4 == 6 ? ip6() : ip4();
  }
  void ip4() {
    if (!has(20)) return rest();
    hex("ip4.version_ihl", 1), hex("ip4.tos", 1), number("ip4.length", 2), number("ip4.id", 2);
    hex("ip4.fragment", 2), number("ip4.ttl", 1);
    const auto protocol = peek(0, 1);
    number("ip4.protocol", 1), hex("ip4.checksum", 2);
    address("ip4.src", AF_INET), address("ip4.dst", AF_INET);
    upper(protocol);
  }
  void ip6() {
    if (!has(40)) return rest();
    hex("ip6.version_class_flow", 4), number("ip6.length", 2);
    const auto protocol = peek(0, 1);
    number("ip6.next", 1), number("ip6.hop_limit", 1);
    address("ip6.src", AF_INET6), address("ip6.dst", AF_INET6);
    upper(protocol);
  }
  void upper(std::uint64_t protocol) {
    if (protocol == 17 && has(8)) {
      const auto port = peek(2, 2);
      number("udp.src", 2), number("udp.dst", 2), number("udp.length", 2), hex("udp.checksum", 2);
      return port == 6635 ? mpls() : rest();
    }
    if (protocol == 47 && has(4)) {
      hex("gre.flags", 2), hex("gre.protocol", 2);
      return mpls();
    }
    rest();
  }
  void mpls() {
    if (!has(4)) return rest();
    const auto entry = peek(0, 4);
    fields_.emplace_back("mpls.label", std::to_string(entry >> 12));
    fields_.emplace_back("mpls.class", std::to_string(entry >> 9 & 7));
    fields_.emplace_back("mpls.bottom", std::to_string(entry >> 8 & 1));
    fields_.emplace_back("mpls.ttl", std::to_string(entry & 0xff));
    at_ += 4;
    ip();
  }

  const Octets& octets_;
  std::size_t at_ = 0;
  std::vector<Field> fields_;
};

inline void PrintTo(const Frame& frame, std::ostream* out) {
  *out << frame.size() << " octets:";
  const Dissection told{frame};
  for (const auto& [name, value] : told.fields()) *out << ' ' << name << '=' << value;
}

// One line for each field in which they differ.
inline std::string differences(const Frame& want, const Frame& got) {
  const auto wanted = Dissection{want}.fields(), had = Dissection{got}.fields();
  std::string lines;
  for (std::size_t i = 0; i < std::max(wanted.size(), had.size()); ++i) {
    const auto field = [&](const auto& side) {
      return i < side.size() ? side[i] : Dissection::Field{"nothing", ""};
    };
    const auto [name, value] = field(wanted);
    const auto [other_name, other] = field(had);
    if (name == other_name && value == other) continue;
    lines += "\n  " + name + ": want " + value + ", got ";
    lines += name == other_name ? other : other_name + " " + other;
  }
  return lines;
}

MATCHER_P(is_frame, want, "is the frame") {
  const Frame wanted = want;
  *result_listener << "which differs in" << differences(wanted, arg);
  return arg == wanted;
}

}  // namespace tflab::dsl
