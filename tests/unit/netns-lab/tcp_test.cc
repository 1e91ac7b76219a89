#include "netns-lab/host/tcp.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <sys/socket.h>

#include <functional>
#include <map>
#include <set>
#include <string>

#include "netns-lab/host/fd.h"

namespace tflab::netns {
namespace {

constexpr Ip4 loopback{0x7f000001};

SharedBytes bytes_of(const std::string& text) {
  const auto* at = reinterpret_cast<const std::byte*>(text.data());
  return std::make_shared<const std::vector<std::byte>>(at, at + text.size());
}

// What a core would be told, kept.
struct Told final : StreamOwner {
  StreamId on_accepted(Endpoint, Endpoint remote) override {
    accepted.push_back(StreamId{1000 + static_cast<std::uint32_t>(accepted.size())});
    from = remote;
    return accepted.back();
  }
  void on_opened(StreamId stream, Endpoint) override { opened.insert(stream); }
  void on_bytes(StreamId stream, Bytes bytes) override {
    heard[stream].append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  }
  void on_closed(StreamId stream) override { closed.insert(stream); }
  void on_blocked(StreamId stream) override { blocked.push_back(stream); }
  void on_writable(StreamId stream) override { writable.push_back(stream); }

  std::vector<StreamId> accepted, blocked, writable;
  std::set<StreamId> opened, closed;
  std::map<StreamId, std::string> heard;
  Endpoint from;
};

class TcpStreams : public testing::Test {
protected:
  // Turns the loop until something is so; the limit is for a broken build only.
  void until(const std::function<bool()>& so) {
    for (int i = 0; i < 5000 && !so(); ++i) io_.run_one_for(std::chrono::milliseconds{2});
    ASSERT_TRUE(so());
  }

  static std::uint16_t free_port() {
    const Fd socket{::socket(AF_INET, SOCK_STREAM, 0)};
    sockaddr_in at{};
    at.sin_family = AF_INET;
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof at;
    ::bind(socket.get(), reinterpret_cast<sockaddr*>(&at), size);
    ::getsockname(socket.get(), reinterpret_cast<sockaddr*>(&at), &size);
    return ntohs(at.sin_port);
  }

  void connect() {
    server_.listen({{{loopback, port_}, Caller::agent}});
    client_.open({here_, {}, {loopback, port_}});
    until([&] { return client_told_.opened.contains(here_) && server_told_.accepted.size() == 1; });
    there_ = server_told_.accepted.front();
  }

  boost::asio::io_context io_;
  Told server_told_, client_told_;
  Streams server_{io_, server_told_}, client_{io_, client_told_};
  std::uint16_t port_ = free_port();
  StreamId here_{1}, there_;
};

TEST_F(TcpStreams, carry_bytes_both_ways_in_order) {
  connect();
  for (int i = 0; i < 100; ++i) client_.write({here_, bytes_of(std::to_string(i) + " ")});
  server_.write({there_, bytes_of("hello")});
  std::string wanted;
  for (int i = 0; i < 100; ++i) wanted += std::to_string(i) + " ";
  until(
      [&] { return server_told_.heard[there_] == wanted && client_told_.heard[here_] == "hello"; });
}

TEST_F(TcpStreams, take_what_is_written_before_the_connection_stands) {
  server_.listen({{{loopback, port_}, Caller::agent}});
  client_.open({here_, {}, {loopback, port_}});
  client_.write({here_, bytes_of("early")});
  until([&] {
    return server_told_.accepted.size() == 1 &&
           server_told_.heard[server_told_.accepted.front()] == "early";
  });
}

TEST_F(TcpStreams, dial_from_the_address_they_are_told_to) {
  server_.listen({{{loopback, port_}, Caller::agent}});
  client_.open({here_, Ip4{0x7f000002}, {loopback, port_}});
  until([&] { return server_told_.accepted.size() == 1; });
  EXPECT_EQ(server_told_.from.address, IpAddr{Ip4{0x7f000002}});
}

TEST_F(TcpStreams, tell_of_a_refused_dial_after_the_call_and_not_from_inside) {
  client_.open({here_, {}, {loopback, port_}});
  EXPECT_TRUE(client_told_.closed.empty());
  until([&] { return client_told_.closed.contains(here_); });
  EXPECT_TRUE(client_told_.opened.empty());
}

TEST_F(TcpStreams, tell_of_an_address_that_is_not_ours_to_dial_from) {
  client_.open({here_, Ip4{0xc0000201}, {loopback, port_}});
  EXPECT_TRUE(client_told_.closed.empty());
  until([&] { return client_told_.closed.contains(here_); });
}

TEST_F(TcpStreams, deliver_the_last_words_before_they_close) {
  connect();
  const std::string words(300'000, 'w');
  client_.write({here_, bytes_of(words)});
  client_.close({here_});
  EXPECT_FALSE(client_.flushed());
  until([&] { return server_told_.closed.contains(there_); });
  EXPECT_EQ(server_told_.heard[there_], words);
  EXPECT_TRUE(client_told_.closed.empty());  // who closes is not told so
}

TEST_F(TcpStreams, deliver_the_last_words_even_to_a_peer_that_is_talking) {
  connect();
  server_.write({there_, bytes_of(std::string(200'000, 's'))});
  client_.write({here_, bytes_of("cease")});
  client_.close({here_});
  until([&] { return server_told_.closed.contains(there_); });
  EXPECT_EQ(server_told_.heard[there_], "cease");
}

TEST_F(TcpStreams, say_when_too_much_waits_and_when_it_no_longer_does) {
  const Fd listener{::socket(AF_INET, SOCK_STREAM, 0)};
  sockaddr_in at{};
  at.sin_family = AF_INET;
  at.sin_port = htons(port_);
  at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  ASSERT_EQ(::bind(listener.get(), reinterpret_cast<sockaddr*>(&at), sizeof at), 0);
  ASSERT_EQ(::listen(listener.get(), 1), 0);
  client_.open({here_, {}, {loopback, port_}});
  until([&] { return client_told_.opened.contains(here_); });
  const Fd lazy{::accept(listener.get(), nullptr, nullptr)};

  const auto chunk = bytes_of(std::string(1'000'000, 'c'));
  for (int i = 0; i < 20; ++i) client_.write({here_, chunk});
  until([&] { return !client_told_.blocked.empty(); });
  EXPECT_EQ(client_told_.blocked.size(), 1u);
  EXPECT_TRUE(client_told_.writable.empty());

  std::size_t taken = 0;
  std::string room(1 << 20, 0);
  until([&] {
    const ssize_t n = ::recv(lazy.get(), room.data(), room.size(), MSG_DONTWAIT);
    if (n > 0) taken += static_cast<std::size_t>(n);
    return !client_told_.writable.empty();
  });
  EXPECT_EQ(client_told_.writable.size(), 1u);
}

TEST_F(TcpStreams, give_up_a_stream_whose_owner_floods_it) {
  connect();
  const auto chunk = bytes_of(std::string(1'000'000, 'c'));
  for (int i = 0; i < 80; ++i) client_.write({here_, chunk});
  until([&] { return client_told_.closed.contains(here_); });
}

TEST_F(TcpStreams, pass_over_what_is_meant_for_a_stream_that_is_gone) {
  client_.write({StreamId{77}, bytes_of("x")});
  client_.close({StreamId{77}});
  EXPECT_TRUE(client_.flushed());
}

TEST_F(TcpStreams, refuse_to_listen_where_somebody_does) {
  server_.listen({{{loopback, port_}, Caller::agent}});
  EXPECT_THROW(client_.listen({{{loopback, port_}, Caller::agent}}), std::runtime_error);
}

}  // namespace
}  // namespace tflab::netns
