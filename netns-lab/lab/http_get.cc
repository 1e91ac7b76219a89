#include "netns-lab/lab/http_get.h"

#include <netinet/in.h>
#include <sys/socket.h>

#include <array>
#include <charconv>
#include <sstream>

#include "netns-lab/lab/dial.h"
#include "netns-lab/lab/space.h"

namespace tflab::netns {
namespace {

constexpr std::size_t most = 256 * 1024 * 1024;
constexpr int patience_s = 5;

// HTTP/1.0: the answer ends where the connection ends.
std::optional<std::string> ask(const Fd& socket, const std::string& request) {
  if (::send(socket.get(), request.data(), request.size(), MSG_NOSIGNAL) !=
      static_cast<ssize_t>(request.size()))
    return {};
  std::string answer;
  std::array<char, 65536> room;
  for (;;) {
    const ssize_t n = ::recv(socket.get(), room.data(), room.size(), 0);
    if (n == 0) return answer;
    if (n < 0 || answer.size() > most) return {};
    answer.append(room.data(), static_cast<std::size_t>(n));
  }
}

std::optional<Answer> parse(const std::string& text) {
  const auto head = text.find("\r\n\r\n"), blank = text.find(' ');
  if (head == text.npos || blank == text.npos || !text.starts_with("HTTP/1.")) return {};
  Answer answer{.body = text.substr(head + 4)};
  std::from_chars(text.data() + blank + 1, text.data() + head, answer.status);
  return answer;
}

}  // namespace

std::optional<Answer> http_get(const std::string& space, unsigned port, const std::string& target) {
  Fd socket;
  try {
    socket = in_space(space, [&] {
      return dial(Ip4{INADDR_LOOPBACK}, static_cast<std::uint16_t>(port), SOCK_STREAM, patience_s);
    });
  } catch (const std::system_error&) {
    return {};  // the namespace is gone
  }
  if (!socket) return {};
  const auto text = ask(socket, "GET " + target + " HTTP/1.0\r\nHost: 127.0.0.1\r\n\r\n");
  return text ? parse(*text) : std::nullopt;
}

std::optional<Activity> activity_from(const std::optional<Answer>& answer) {
  if (!answer || answer->status != 200) return {};
  Activity activity;
  std::istringstream lines{answer->body};
  for (std::string word; lines >> word;) {
    if (word == "activity") lines >> activity.changes;
    if (word == "next") lines >> activity.next.emplace().ns;
    if (word == "skipped") lines >> activity.skipped.ns;
    if (word == "document") lines >> activity.document;
    if (word == "taken") activity.taken = true;
    if (word == "refused") std::getline(lines, activity.why);
  }
  return activity;
}

}  // namespace tflab::netns
