#include "pcap-replay/forwarding/dissect.h"

#include <array>
#include <cstdint>
#include <optional>

#include "control-core/base/text.h"
#include "recording/hex.h"
#include "vrouter-core/base/checksum.h"

namespace tflab::forwarding {
namespace {

constexpr std::uint16_t ipv4_type = 0x0800, arp_type = 0x0806, vlan_type = 0x8100,
                        qinq_type = 0x88a8, ipv6_type = 0x86dd, mpls_type = 0x8847,
                        bridged_type = 0x6558;
constexpr std::uint64_t mpls_port = 6635, mpls_old_port = 51234, vxlan_port = 4789;
constexpr unsigned icmp = 1, tcp = 6, udp = 17, gre = 47, icmp6 = 58;
constexpr unsigned most_tunnels = 4;

class Dissector {
public:
  explicit Dissector(Bytes frame) : rest_{frame} {
    ethernet();
    if (!padding_.empty()) fields_.push_back({"padding", recording::to_hex(padding_)});
  }
  std::vector<Field> take() { return std::move(fields_); }

private:
  bool has(std::size_t n) const { return rest_.size() >= n; }
  std::uint64_t peek(std::size_t at, std::size_t octets) const {
    std::uint64_t value = 0;
    for (std::size_t i = 0; i < octets; ++i)
      value = value << 8 | std::to_integer<std::uint64_t>(rest_[at + i]);
    return value;
  }
  void skip(std::size_t n) { rest_ = rest_.subspan(n); }

  void add(const char* name, std::string value) {
    fields_.push_back({prefix_ + name, std::move(value)});
  }
  void number(const char* name, std::size_t at, std::size_t octets) {
    add(name, std::to_string(peek(at, octets)));
  }
  void hex(const char* name, std::size_t at, std::size_t octets) {
    add(name, "0x" + recording::to_hex(rest_.subspan(at, octets)));
  }
  void mac(const char* name, std::size_t at) {
    Mac address;
    for (std::size_t i = 0; i < 6; ++i)
      address.octets[i] = static_cast<std::uint8_t>(peek(at + i, 1));
    add(name, to_text(address));
  }
  void ip4(const char* name, std::size_t at) {
    add(name, to_text(Ip4{static_cast<std::uint32_t>(peek(at, 4))}));
  }
  void ip6(const char* name, std::size_t at) {
    Ip6 address;
    for (std::size_t i = 0; i < 16; ++i)
      address.octets[i] = static_cast<std::uint8_t>(peek(at + i, 1));
    add(name, to_text(address));
  }
  void payload() {
    if (!rest_.empty()) add("payload", recording::to_hex(rest_));
  }
  // `sum` is over everything the checksum covers, itself included.
  void told_checksum(const char* name, std::size_t at, std::uint16_t sum, bool may_be_none) {
    if (may_be_none && peek(at, 2) == 0) return add(name, "none");
    add(name, sum == 0 ? "good" : "bad 0x" + recording::to_hex(rest_.subspan(at, 2)));
  }

  void ethernet() {
    if (!has(14)) return payload();
    mac("eth.dst", 0);
    mac("eth.src", 6);
    auto type = static_cast<std::uint16_t>(peek(12, 2));
    skip(14);
    while ((type == vlan_type || type == qinq_type) && has(4)) {
      add("vlan.id", std::to_string(peek(0, 2) & 0xfff));
      add("vlan.priority", std::to_string(peek(0, 2) >> 12));
      type = static_cast<std::uint16_t>(peek(2, 2));
      skip(4);
    }
    add("eth.type", "0x" + hex4(type));
    network(type);
  }
  static std::string hex4(std::uint16_t value) {
    const std::array octets{static_cast<std::byte>(value >> 8), static_cast<std::byte>(value)};
    return recording::to_hex(octets);
  }

  void network(std::uint16_t type) {
    if (type == arp_type) return arp();
    if (type == mpls_type) return mpls();
    if (type == ipv4_type || type == ipv6_type) return by_version();
    payload();
  }
  void by_version() {
    if (!has(1)) return;
    peek(0, 1) >> 4 == 6 ? ipv6() : ipv4();
  }

  void arp() {
    if (!has(28)) return payload();
    hex("arp.kind", 0, 6);
    number("arp.op", 6, 2);
    mac("arp.sender_mac", 8);
    ip4("arp.sender", 14);
    mac("arp.target_mac", 18);
    ip4("arp.target", 24);
    skip(28);
    payload();
  }

  void ipv4() {
    const std::size_t size = has(20) ? 4 * (peek(0, 1) & 15) : 0;
    if (size < 20 || !has(size)) return payload();
    number("ip4.version", 0, 1);
    number("ip4.tos", 1, 1);
    number("ip4.length", 2, 2);
    number("ip4.id", 4, 2);
    hex("ip4.fragment", 6, 2);
    number("ip4.ttl", 8, 1);
    number("ip4.protocol", 9, 1);
    told_checksum("ip4.checksum", 10, checksum(rest_.first(size)), false);
    ip4("ip4.src", 12);
    ip4("ip4.dst", 16);
    if (size > 20) hex("ip4.options", 20, size - 20);
    const auto protocol = static_cast<unsigned>(peek(9, 1));
    const bool later = (peek(6, 2) & 0x1fff) != 0;
    pseudo_ = addresses_sum(rest_.subspan(12, 8), protocol);
    const std::size_t total = peek(2, 2);
    if (total >= size) cut(total);
    partial_ = later || (peek(6, 2) & 0x2000) != 0;
    skip(size);
    later ? payload() : transport(protocol);
  }
  void ipv6() {
    if (!has(40)) return payload();
    hex("ip6.version_class_flow", 0, 4);
    number("ip6.length", 4, 2);
    number("ip6.next", 6, 1);
    number("ip6.hop_limit", 7, 1);
    ip6("ip6.src", 8);
    ip6("ip6.dst", 24);
    const auto protocol = static_cast<unsigned>(peek(6, 1));
    pseudo_ = addresses_sum(rest_.subspan(8, 32), protocol);
    const std::size_t length = peek(4, 2);
    skip(40);
    partial_ = false;
    cut(length);
    transport(protocol);
  }

  // Addresses and protocol; the length comes when it is known.
  static std::uint32_t addresses_sum(Bytes addresses, unsigned protocol) {
    std::uint32_t sum = protocol;
    for (std::size_t i = 0; i + 1 < addresses.size(); i += 2)
      sum += std::to_integer<std::uint32_t>(addresses[i]) << 8 |
             std::to_integer<std::uint32_t>(addresses[i + 1]);
    return sum;
  }
  std::uint16_t transport_sum() const {
    return checksum(rest_, pseudo_ + static_cast<std::uint32_t>(rest_.size()));
  }

  void transport(unsigned protocol) {
    if (protocol == udp && has(8)) return datagram();
    if (protocol == tcp && has(20)) return segment();
    if (protocol == gre && has(4)) return generic_routing();
    if ((protocol == icmp || protocol == icmp6) && has(8)) return control_message(protocol);
    payload();
  }

  void datagram() {
    const std::uint64_t port = peek(2, 2);
    number("udp.src", 0, 2);
    number("udp.dst", 2, 2);
    number("udp.length", 4, 2);
    if (!partial_) told_checksum("udp.checksum", 6, transport_sum(), true);
    skip(8);
    if (port == mpls_port || port == mpls_old_port) return mpls();
    if (port == vxlan_port) return vxlan();
    payload();
  }
  void segment() {
    number("tcp.src", 0, 2);
    number("tcp.dst", 2, 2);
    number("tcp.seq", 4, 4);
    number("tcp.ack", 8, 4);
    hex("tcp.flags", 12, 2);
    number("tcp.window", 14, 2);
    if (!partial_) told_checksum("tcp.checksum", 16, transport_sum(), false);
    number("tcp.urgent", 18, 2);
    const std::size_t size = 4 * (peek(12, 1) >> 4);
    if (size > 20 && has(size)) hex("tcp.options", 20, size - 20);
    skip(size >= 20 && has(size) ? size : 20);
    payload();
  }
  void control_message(unsigned protocol) {
    number("icmp.type", 0, 1);
    number("icmp.code", 1, 1);
    if (!partial_)
      told_checksum("icmp.checksum", 2, protocol == icmp ? checksum(rest_) : transport_sum(),
                    false);
    hex("icmp.rest", 4, 4);
    skip(8);
    payload();
  }
  void generic_routing() {
    const std::uint64_t flags = peek(0, 2), type = peek(2, 2);
    hex("gre.flags", 0, 2);
    hex("gre.protocol", 2, 2);
    skip(4);
    for (const std::uint64_t flag : {0x8000u, 0x2000u, 0x1000u}) {
      if ((flags & flag) == 0 || !has(4)) continue;
      hex("gre.option", 0, 4);
      skip(4);
    }
    if (type == mpls_type) return mpls();
    if (type == bridged_type && deeper()) return ethernet();
    if ((type == ipv4_type || type == ipv6_type) && deeper()) return by_version();
    payload();
  }
  void vxlan() {
    if (!has(8)) return payload();
    hex("vxlan.flags", 0, 1);
    hex("vxlan.reserved", 1, 3);
    add("vxlan.vni", std::to_string(peek(4, 3)));
    hex("vxlan.reserved2", 7, 1);
    skip(8);
    deeper() ? ethernet() : payload();
  }
  void mpls() {
    bool bottom = false;
    while (!bottom && has(4)) {
      const std::uint64_t entry = peek(0, 4);
      bottom = (entry >> 8 & 1) != 0;
      add("mpls.label", std::to_string(entry >> 12));
      add("mpls.class", std::to_string(entry >> 9 & 7));
      add("mpls.ttl", std::to_string(entry & 255));
      skip(4);
    }
    if (!bottom || !has(1) || !deeper()) return payload();
    // Nothing says what is inside but its first octets: IP has its version there.
    const auto version = peek(0, 1) >> 4;
    if (version == 4 || version == 6) return by_version();
    // A control word of zeros may stand before a frame (the original's L2 multicast).
    if (has(18) && peek(0, 4) == 0) {
      add("control_word", "0");
      skip(4);
    }
    ethernet();
  }
  bool deeper() {
    if (tunnels_ == most_tunnels) return false;
    ++tunnels_;
    prefix_ += "inner.";
    return true;
  }

  // What follows the packet that the innermost length covers.
  void cut(std::size_t size) {
    if (size >= rest_.size()) return;
    padding_ = rest_.subspan(size);
    rest_ = rest_.first(size);
  }

  Bytes rest_, padding_;
  std::vector<Field> fields_;
  std::string prefix_;
  std::uint32_t pseudo_ = 0;
  bool partial_ = false;  // a fragment: its transport checksum covers what is not here
  unsigned tunnels_ = 0;
};

const std::string* value_of(const std::vector<Field>& fields, const std::string& name) {
  for (const Field& field : fields)
    if (field.name == name) return &field.value;
  return nullptr;
}

}  // namespace

std::vector<Field> dissect(Bytes frame) {
  return Dissector{frame}.take();
}

std::string one_line(Bytes frame) {
  const auto fields = dissect(frame);
  std::string line;
  std::string prefix;
  for (unsigned level = 0; level <= most_tunnels; ++level, prefix += "inner.") {
    const auto word = [&](const char* name, const char* before) {
      if (const auto* value = value_of(fields, prefix + name)) line += before + *value;
    };
    word("eth.src", level == 0 ? "" : " | ");
    word("eth.dst", " > ");
    word("vlan.id", " vlan ");
    word("arp.sender", " arp ");
    word("arp.target", " asks/answers ");
    for (const char* version : {"ip4", "ip6"}) {
      word((std::string{version} + ".src").c_str(), " ");
      word((std::string{version} + ".dst").c_str(), " > ");
    }
    word("ip4.ttl", " ttl ");
    word("udp.src", " udp ");
    word("udp.dst", " > ");
    word("tcp.src", " tcp ");
    word("tcp.dst", " > ");
    word("icmp.type", " icmp ");
    word("gre.protocol", " gre ");
    word("vxlan.vni", " vni ");
    word("mpls.label", " label ");
  }
  return line + ", " + std::to_string(frame.size()) + " octets";
}

}  // namespace tflab::forwarding
