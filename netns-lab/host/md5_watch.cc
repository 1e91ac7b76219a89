#include "netns-lab/host/md5_watch.h"

#include <charconv>
#include <chrono>
#include <fstream>
#include <sstream>

namespace tflab::netns {
namespace {

constexpr auto period = std::chrono::seconds{1};
constexpr unsigned pause_seconds = 60;

std::string_view word(std::string_view& line) {
  const std::size_t begin = std::min(line.find_first_not_of(' '), line.size());
  line.remove_prefix(begin);
  const std::string_view out = line.substr(0, line.find(' '));
  line.remove_prefix(out.size());
  return out;
}

std::string_view line_of(std::string_view& text) {
  const std::string_view out = text.substr(0, text.find('\n'));
  text.remove_prefix(std::min(out.size() + 1, text.size()));
  return out;
}

Md5Drops drops_here() {
  std::ifstream file{"/proc/self/net/netstat"};
  std::ostringstream text;
  text << file.rdbuf();
  return md5_drops(text.str());
}

}  // namespace

Md5Drops md5_drops(std::string_view netstat) {
  Md5Drops out;
  while (!netstat.empty()) {
    std::string_view names = line_of(netstat), numbers = line_of(netstat);
    while (!names.empty() && !numbers.empty()) {
      const std::string_view name = word(names), digits = word(numbers);
      std::uint64_t number = 0;
      std::from_chars(digits.data(), digits.data() + digits.size(), number);
      if (name == "TCPMD5NotFound") out.missing = number;
      if (name == "TCPMD5Unexpected") out.unexpected = number;
      if (name == "TCPMD5Failure") out.wrong = number;
    }
  }
  return out;
}

std::string md5_text(const Md5Drops& before, const Md5Drops& after) {
  std::string kinds;
  const auto kind = [&](std::uint64_t count, const char* what) {
    if (count != 0) kinds += (kinds.empty() ? "" : ", ") + std::to_string(count) + what;
  };
  kind(after.missing - before.missing, " without a key");
  kind(after.unexpected - before.unexpected, " with a key where none is configured");
  kind(after.wrong - before.wrong, " with a wrong key");
  return std::to_string(after.all() - before.all()) + " segments dropped for TCP-MD5: " + kinds;
}

void Md5Watch::watch(bool wanted) {
  if (wanted == watching_) return;
  watching_ = wanted;
  if (!wanted) {
    timer_.cancel();
    return;
  }
  said_ = drops_here();
  wait();
}

void Md5Watch::wait() {
  timer_.expires_after(period);
  timer_.async_wait([this](const boost::system::error_code& error) {
    if (error) return;
    look();
    wait();
  });
}

void Md5Watch::look() {
  if (quiet_seconds_ != 0) {
    --quiet_seconds_;
    return;
  }
  const Md5Drops now = drops_here();
  if (now.all() <= said_.all()) return;
  say_(md5_text(said_, now));
  said_ = now;
  quiet_seconds_ = pause_seconds;
}

}  // namespace tflab::netns
