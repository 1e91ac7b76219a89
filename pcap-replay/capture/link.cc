#include "pcap-replay/capture/link.h"

#include <utility>

namespace tflab::capture {
namespace {

using Frame = std::vector<std::byte>;

constexpr std::pair<LinkType, const char*> names[] = {
    {LinkType::null, "BSD loopback"},
    {LinkType::ethernet, "Ethernet"},
    {LinkType::raw_ip_bsd, "raw IP"},
    {LinkType::raw_ip, "raw IP"},
    {LinkType::loop, "OpenBSD loopback"},
    {LinkType::linux_cooked, "Linux cooked"},
    {LinkType::ipv4, "raw IPv4"},
    {LinkType::ipv6, "raw IPv6"},
    {LinkType::linux_cooked_2, "Linux cooked v2"}};

Frame framed(std::uint16_t type, Bytes packet) {
  Frame frame(12, std::byte{0});
  frame.push_back(static_cast<std::byte>(type >> 8));
  frame.push_back(static_cast<std::byte>(type));
  frame.insert(frame.end(), packet.begin(), packet.end());
  return frame;
}

std::optional<Frame> ip_frame(Bytes packet) {
  const bool v6 = !packet.empty() && packet[0] >> 4 == std::byte{6};
  return framed(v6 ? 0x86dd : 0x0800, packet);
}

// A header whose Ethernet type stands at `type`, and which ends at `size`.
std::optional<Frame> cooked(Bytes packet, std::size_t type, std::size_t size) {
  if (packet.size() < size) return {};
  const auto high = std::to_integer<unsigned>(packet[type]);
  const auto low = std::to_integer<unsigned>(packet[type + 1]);
  return framed(static_cast<std::uint16_t>(high << 8 | low), packet.subspan(size));
}

}  // namespace

std::string to_text(LinkType link) {
  for (const auto& [known, name] : names)
    if (known == link) return name;
  return "link type " + std::to_string(static_cast<unsigned>(link));
}

bool readable(LinkType link) {
  for (const auto& [known, name] : names)
    if (known == link) return true;
  return false;
}

std::optional<Frame> ethernet(LinkType link, Bytes packet) {
  switch (link) {
    case LinkType::ethernet:
      return Frame{packet.begin(), packet.end()};
    case LinkType::raw_ip:
    case LinkType::raw_ip_bsd:
    case LinkType::ipv4:
    case LinkType::ipv6:
      return ip_frame(packet);
    case LinkType::null:
    case LinkType::loop:  // four octets of protocol family, in an unknown order; IP says its
                          // version
      return packet.size() < 4 ? std::nullopt : ip_frame(packet.subspan(4));
    case LinkType::linux_cooked:
      return cooked(packet, 14, 16);
    case LinkType::linux_cooked_2:
      return cooked(packet, 0, 20);
  }
  return {};
}

}  // namespace tflab::capture
