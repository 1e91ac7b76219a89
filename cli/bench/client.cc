#include "cli/bench/client.h"

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <stdexcept>
#include <string>
#include <utility>

namespace tflab::bench {
namespace {

constexpr std::size_t at_once = 1 << 18;

[[noreturn]] void fail(unsigned client, const std::string& attempt) {
  throw std::runtime_error{"client " + std::to_string(client) + " cannot " + attempt + ": " +
                           std::strerror(errno)};
}

}  // namespace

Client::Client(const Workload& load, unsigned number)
    : load_{load}, number_{number}, held_{load.routes()}, wanted_{load.routes()} {}

void Client::dial(int poller) {
  socket_ = netns::Fd{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
  const sockaddr_in from = socket_address(address_of(number_), 0);
  const sockaddr_in to = socket_address(target_address, bgp_port);
  const int fd = socket_.get(), on = 1;
  if (::bind(fd, reinterpret_cast<const sockaddr*>(&from), sizeof from) != 0)
    fail(number_, "use its address");
  if (::connect(fd, reinterpret_cast<const sockaddr*>(&to), sizeof to) != 0)
    fail(number_, "connect");
  ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  epoll_event event{};
  event.events = EPOLLIN | EPOLLOUT | EPOLLET;
  event.data.u32 = number_;
  if (::epoll_ctl(poller, EPOLL_CTL_ADD, fd, &event) != 0) fail(number_, "wait for its socket");
  say(open_message(number_, load_.filtered));
}

void Client::say(Octets octets) {
  if (silent()) {
    words_ = std::move(octets);
    said_ = 0;
  } else {
    words_.insert(words_.end(), octets.begin(), octets.end());
  }
  write();
}

bool Client::write() {
  while (!silent()) {
    const ssize_t n = ::send(socket_.get(), words_.data() + said_, words_.size() - said_,
                             MSG_DONTWAIT | MSG_NOSIGNAL);
    if (n < 0) return errno == EAGAIN || errno == EINTR;
    said_ += static_cast<std::size_t>(n);
  }
  return true;
}

bool Client::read() {
  for (;;) {
    const std::size_t before = heard_.size();
    heard_.resize(before + at_once);
    const ssize_t n = ::recv(socket_.get(), heard_.data() + before, at_once, MSG_DONTWAIT);
    heard_.resize(before + static_cast<std::size_t>(n > 0 ? n : 0));
    if (n == 0) return false;
    if (n < 0) return errno == EAGAIN || errno == EINTR;
    std::size_t at = 0;
    while (heard_.size() - at >= header_size) {
      const std::uint8_t* header = heard_.data() + at;
      const std::size_t length = static_cast<std::size_t>(header[16]) << 8 | header[17];
      if (length < header_size) return false;
      if (heard_.size() - at < length) break;
      if (!message(Type{header[18]}, header + header_size, length - header_size)) return false;
      at += length;
    }
    heard_.erase(heard_.begin(), heard_.begin() + static_cast<std::ptrdiff_t>(at));
  }
}

bool Client::message(Type type, const std::uint8_t* body, std::size_t size) {
  if (type == Type::notification) return false;
  if (type == Type::open) say(keepalive_message());
  if (type == Type::keepalive) up_ = true;
  if (type == Type::update) read_update(body, size, load_, *this);
  return true;
}

void Client::reached(std::uint32_t route) {
  if (load_.sender_of(route) == number_) {
    ++counts_.echoed;
    return;
  }
  ++counts_.delivered;
  if (held_.has(route)) {
    ++counts_.twice;
    return;
  }
  held_.set(route, true);
  wanted_.has(route) ? --missing_ : ++extra_;
}

void Client::withdrawn(std::uint32_t route) {
  if (!held_.has(route)) return;
  ++counts_.withdrawn;
  held_.set(route, false);
  wanted_.has(route) ? ++missing_ : --extra_;
}

void Client::expect(RouteSet wanted) {
  wanted_ = std::move(wanted);
  missing_ = wanted_.without(held_);
  extra_ = held_.without(wanted_);
}

Client::Counts Client::take_counts() {
  return std::exchange(counts_, {});
}

}  // namespace tflab::bench
