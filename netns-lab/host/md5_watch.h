#pragma once
// The kernel drops segments whose TCP-MD5 key is wrong or missing and tells no program (RFC 2385
// section 2); it only counts them. While some peer has a key, somebody looks at the counters and
// says so, once a minute at most.

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace tflab::netns {

// Segments this namespace has dropped for their TCP-MD5 option since it began: none where there
// should be one, one where there should be none, a wrong one.
struct Md5Drops {
  std::uint64_t missing = 0, unexpected = 0, wrong = 0;
  std::uint64_t all() const { return missing + unexpected + wrong; }
  friend bool operator==(const Md5Drops&, const Md5Drops&) = default;
};

// Of the text of /proc/net/netstat: lines in pairs, of names and of numbers.
Md5Drops md5_drops(std::string_view netstat);
// "3 segments dropped for TCP-MD5: 1 without a key, 2 with a wrong one"
std::string md5_text(const Md5Drops& before, const Md5Drops& after);

class Md5Watch {
public:
  using Say = std::function<void(const std::string&)>;
  Md5Watch(boost::asio::io_context& io, Say say) : timer_{io}, say_{std::move(say)} {}

  void watch(bool wanted);

private:
  void look();
  void wait();

  boost::asio::steady_timer timer_;
  Say say_;
  Md5Drops said_;
  bool watching_ = false;
  unsigned quiet_seconds_ = 0;  // left until the next word is allowed
};

}  // namespace tflab::netns
