#include "netns-lab/lab/ping.h"

#include <charconv>
#include <optional>
#include <stdexcept>

#include "control-core/base/text.h"
#include "netns-lab/lab/ask_echo.h"
#include "netns-lab/lab/command.h"

namespace tflab::netns {
namespace {

std::optional<unsigned> number_at(std::string_view text) {
  unsigned value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc{} ? std::optional{value} : std::nullopt;
}

std::optional<unsigned> number_after(std::string_view line, std::string_view word) {
  const auto at = line.find(word);
  return at == line.npos ? std::nullopt : number_at(line.substr(at + word.size()));
}

// "From 10.1.0.254 icmp_seq=1 Time to live exceeded"
std::optional<IpAddr> sender_in(std::string_view line) {
  constexpr std::string_view from = "From ";
  if (!line.starts_with(from)) return {};
  line.remove_prefix(from.size());
  return parse_ip(line.substr(0, line.find(' ')));
}

// "3 packets transmitted, 2 received, 33% packet loss, time 401ms"
void read_summary(std::string_view line, scenario::PingResult& result) {
  result.sent = number_at(line).value_or(0);
  result.received = number_after(line, "transmitted, ").value_or(0);
}

}  // namespace

scenario::PingResult parse_ping(std::string_view printed) {
  scenario::PingResult result;
  while (!printed.empty()) {
    const auto end = std::min(printed.find('\n'), printed.size());
    const std::string_view line = printed.substr(0, end);
    printed.remove_prefix(std::min(end + 1, printed.size()));
    if (line.find(" packets transmitted") != line.npos)
      read_summary(line, result);
    else if (line.find("Time to live exceeded") != line.npos ||
             line.find("Time exceeded: Hop limit") != line.npos)
      result.expired_at = sender_in(line);
    else if (const auto ttl = number_after(line, " ttl="))
      result.ttl = ttl;
    else if (const auto mtu =
                 number_after(line, "mtu = "))  // "Frag needed and DF set (mtu = 1468)"
      result.path_mtu = mtu;
    else if (const auto known = number_after(line, "mtu="))  // "message too long, mtu=1468"
      result.path_mtu = known;
  }
  return result;
}

// Exit code 1: nobody answered, which is an answer; 2: ping itself could not.
scenario::PingResult ping_from(const std::string& space, const IpAddr& to,
                               const scenario::Ping& ping) {
  if (ping.over != scenario::Ping::icmp) return ask_echo(space, to, ping);
  const unsigned headers = (to.is_v4() ? 20 : 40) + 8;  // IP and the echo's own
  const Printed printed =
      run({.argv = {"ping", "-n", "-c", std::to_string(ping.packets), "-i", "0.2", "-W", "1", "-t",
                    std::to_string(ping.hops), "-s", std::to_string(ping.size - headers), "-M",
                    ping.dont_fragment ? "do" : "dont", to_text(to)},
           .space = space});
  scenario::PingResult result = parse_ping(printed.out + '\n' + printed.err);
  if (result.sent == 0 && printed.err.find("unreachable") == std::string::npos)
    throw std::runtime_error{"cannot ping " + to_text(to) + ": " + printed.err};
  if (result.sent == 0) result.sent = ping.packets;  // no route at all: nothing left
  return result;
}

}  // namespace tflab::netns
