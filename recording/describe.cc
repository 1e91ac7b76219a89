#include "recording/describe.h"

#include <array>
#include <variant>

#include "control-core/base/text.h"
#include "control-core/bgp/message.h"
#include "control-core/bgp/notification.h"
#include "control-core/bgp/open.h"
#include "control-core/bgp/update.h"
#include "control-core/types/nlri.h"

namespace tflab::recording {
namespace {

using bgp::MessageType;

constexpr std::array<Family, families> every_family = {
    Family::inet,         Family::inet6, Family::inet_vpn, Family::inet6_vpn,
    Family::route_target, Family::evpn,  Family::ermvpn,   Family::inet_labeled};

std::string joined(const std::vector<Family>& spoken) {
  std::string text;
  for (const Family family : spoken)
    text += (text.empty() ? "" : ",") + std::string{row_of(family).config};
  return text;
}

std::string open_text(Bytes body) {
  const auto open = bgp::decode_open(body);
  if (const auto* fault = std::get_if<bgp::Notification>(&open))
    return "OPEN, malformed: " + to_text(*fault);
  const auto& told = std::get<bgp::Open>(open);
  return "OPEN AS " + std::to_string(told.as().raw()) + " hold " +
         std::to_string(told.hold_seconds) + " id " + to_text(told.identifier) + " families " +
         joined(told.families);
}

std::string update_text(Bytes body) {
  constexpr std::size_t few = 3;
  AttributePool pool;
  const auto decoded = bgp::decode_update(
      body, {.ibgp = true, .four_byte_as = true, .extended = true}, every_family, pool);
  std::string text = "UPDATE";
  for (const bgp::Heard& heard : decoded.heard) {
    text += ' ' + std::string{row_of(heard.family).config};
    if (heard.end_of_rib) text += " end-of-rib";
    std::size_t n = 0;
    heard.routes.each([&](const bgp::Reach& route) {
      if (++n <= few) text += (heard.attributes ? " +" : " -") + to_text(route.nlri);
    });
    if (n > few) text += " and " + std::to_string(n - few) + " more";
  }
  if (decoded.damage != bgp::Damage::none) text += " (damaged)";
  return text;
}

std::string message_text(const bgp::Framer::Message& message) {
  switch (message.type) {
    case MessageType::open:
      return open_text(message.body);
    case MessageType::update:
      return update_text(message.body);
    case MessageType::notification:
      return "NOTIFICATION " + (message.body.size() < 2
                                    ? "cut off"
                                    : to_text(bgp::decode_notification(message.body)));
    case MessageType::keepalive:
      return "KEEPALIVE";
    case MessageType::route_refresh:
      return "ROUTE-REFRESH";
    default:
      return "message of type " + std::to_string(static_cast<int>(message.type));
  }
}

std::vector<std::string> told_bgp(Bytes octets) {
  std::vector<std::string> lines;
  bgp::Framer framer;
  framer.set_limits({.extended = true, .refresh = true});  // what was agreed is not known here
  while (auto found = framer.next(octets)) {
    if (const auto* fault = std::get_if<bgp::Notification>(&*found)) {
      lines.push_back("no BGP message: " + to_text(*fault));
      return lines;
    }
    lines.push_back(message_text(std::get<bgp::Framer::Message>(*found)));
  }
  if (framer.held() != 0)
    lines.push_back("the first " + std::to_string(framer.held()) + " octets of a message");
  return lines;
}

}  // namespace

std::vector<std::string> told(Language language, Bytes octets) {
  if (language == Language::bgp) return told_bgp(octets);
  return {{reinterpret_cast<const char*>(octets.data()), octets.size()}};
}

}  // namespace tflab::recording
