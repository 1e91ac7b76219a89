#include "pcap-replay/conversation/conversation.h"

#include <algorithm>
#include <optional>

#include "pcap-replay/capture/link.h"
#include "pcap-replay/capture/reader.h"
#include "pcap-replay/conversation/bgp_listener.h"
#include "pcap-replay/conversation/reassembly.h"
#include "pcap-replay/conversation/xmpp_listener.h"

namespace tflab::conversation {
namespace {

using recording::Language;

constexpr std::uint16_t bgp_port = 179, xmpp_port = 5269;

std::optional<Language> looks_like(const Direction& direction) {
  for (const Run& run : direction.runs) {
    if (run.octets.empty()) continue;
    if (run.octets[0] == std::byte{0xff}) return Language::bgp;
    if (run.octets[0] == std::byte{'<'}) return Language::xmpp;
  }
  return {};
}

std::optional<Language> language_of(const Connection& connection, const Options& options) {
  const auto on = [&](std::uint16_t port) {
    return connection.one.from.port == port || connection.other.from.port == port;
  };
  if (on(bgp_port)) return Language::bgp;
  if (on(xmpp_port)) return Language::xmpp;
  if (std::ranges::none_of(options.more_ports, on)) return {};
  const auto guess = looks_like(connection.one);
  return guess ? guess : looks_like(connection.other);
}

}  // namespace

std::uint64_t Report::faults() const {
  std::uint64_t all = 0;
  for (const Heard& heard : conversations)
    all += heard.one.faults.size() + heard.other.faults.size();
  return all;
}

std::map<std::string, std::uint64_t> Report::messages() const {
  std::map<std::string, std::uint64_t> all;
  for (const Heard& heard : conversations)
    for (const Said* said : {&heard.one, &heard.other})
      for (const auto& [name, count] : said->messages) all[name] += count;
  return all;
}

Report listen(Bytes file, const Options& options) {
  Report report;
  capture::Reader reader{file};
  Reassembly reassembly;
  while (const auto packet = reader.next()) {
    ++report.packets;
    report.snapped += packet->snapped();
    const auto frame =
        capture::ethernet(reader.interfaces()[packet->interface].link, packet->bytes);
    if (frame)
      reassembly.take(*frame, report.packets, packet->time_ns);
    else
      ++report.unreadable;
  }
  if (reader.fault()) report.fault = to_text(*reader.fault());
  for (const Connection& connection : reassembly.finish())
    if (const auto language = language_of(connection, options))
      report.conversations.push_back(*language == Language::bgp ? listen_to_bgp(connection)
                                                                : listen_to_xmpp(connection));
  return report;
}

}  // namespace tflab::conversation
