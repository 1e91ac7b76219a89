#include "netns-lab/host/http_server.h"

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>

#include <random>
#include <thread>
#include <vector>

#include "netns-lab/host/fd.h"

namespace tflab::netns {
namespace {

using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

// The server in a thread of its own, clients as plain sockets: nothing between us and the bytes.
class Served : public testing::Test {
protected:
  explicit Served(HttpLimits limits = {})
      : server_{io_, 0,
                [](const std::string& target) {
                  if (target == "/big") return HttpAnswer{.body = std::string(5'000'000, 'b')};
                  if (target == "/page") return HttpAnswer{.body = "<page/>"};
                  return HttpAnswer{404, "text/plain", "no such page\n"};
                },
                limits},
        thread_{[this] { io_.run(); }} {}
  ~Served() override {
    io_.stop();
    thread_.join();
  }

  Fd connected() const {
    Fd socket{::socket(AF_INET, SOCK_STREAM, 0)};
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(server_.port());
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    EXPECT_EQ(::connect(socket.get(), reinterpret_cast<sockaddr*>(&to), sizeof to), 0);
    const timeval limit{10, 0};
    ::setsockopt(socket.get(), SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    return socket;
  }

  static void say(const Fd& socket, const std::string& text) {
    ::send(socket.get(), text.data(), text.size(), MSG_NOSIGNAL);
  }

  // Until the server closes.
  static std::string rest(const Fd& socket) {
    std::string all;
    char room[65536];
    for (ssize_t n; (n = ::recv(socket.get(), room, sizeof room, 0)) > 0;)
      all.append(room, static_cast<std::size_t>(n));
    return all;
  }

  std::string ask(const std::string& request) const {
    const Fd socket = connected();
    say(socket, request);
    return rest(socket);
  }

  std::string get(const std::string& target) const {
    return ask("GET " + target + " HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n");
  }

  boost::asio::io_context io_;
  HttpServer server_;
  std::thread thread_;
};

class ServedBriefly : public Served {
protected:
  ServedBriefly()
      : Served{{.clients = 4, .header = 1024, .idle = std::chrono::milliseconds{100}}} {}
};

TEST_F(Served, answers_a_page_as_xml) {
  const std::string answer = get("/page");
  EXPECT_THAT(answer, StartsWith("HTTP/1.1 200 OK\r\n"));
  EXPECT_THAT(answer, HasSubstr("Content-Type: text/xml\r\n"));
  EXPECT_THAT(answer, HasSubstr("Content-Length: 7\r\n"));
  EXPECT_THAT(answer, testing::EndsWith("\r\n\r\n<page/>"));
}

TEST_F(Served, answers_a_head_without_a_body) {
  const std::string answer =
      ask("HEAD /page HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
  EXPECT_THAT(answer, HasSubstr("Content-Length: 7\r\n"));
  EXPECT_THAT(answer, testing::EndsWith("\r\n\r\n"));
}

TEST_F(Served, answers_old_clients_without_a_host_and_closes) {
  EXPECT_THAT(ask("GET /page HTTP/1.0\r\n\r\n"), testing::EndsWith("<page/>"));
}

TEST_F(Served, keeps_a_connection_for_many_requests_and_takes_them_all_at_once) {
  std::string requests;
  for (int i = 0; i < 200; ++i) requests += "GET /page HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n";
  requests += "GET /end HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n";
  const std::string answers = ask(requests);
  std::size_t pages = 0;
  for (std::size_t at = 0; (at = answers.find("<page/>", at)) != answers.npos; ++at) ++pages;
  EXPECT_EQ(pages, 200u);
  EXPECT_THAT(answers, HasSubstr("404 Not Found"));
}

TEST_F(Served, refuses_what_only_changes_things_do) {
  for (const char* method : {"POST", "PUT", "DELETE", "TRACE", "OPTIONS"})
    EXPECT_THAT(ask(std::string{method} + " /page HTTP/1.1\r\nHost: 127.0.0.1\r\n"
                                          "Connection: close\r\n\r\n"),
                StartsWith("HTTP/1.1 405"))
        << method;
}

TEST_F(Served, refuses_a_request_meant_for_another_host) {
  for (const char* host : {"evil.example", "127.0.0.1.evil.example", "localhost.evil"})
    EXPECT_THAT(
        ask("GET /page HTTP/1.1\r\nHost: " + std::string{host} + "\r\nConnection: close\r\n\r\n"),
        StartsWith("HTTP/1.1 403"))
        << host;
  EXPECT_THAT(ask("GET /page HTTP/1.1\r\nConnection: close\r\n\r\n"), StartsWith("HTTP/1.1 400"));
  EXPECT_THAT(ask("GET /page HTTP/1.1\r\nHost: 127.0.0.1:8083\r\nConnection: close\r\n\r\n"),
              StartsWith("HTTP/1.1 200"));
}

TEST_F(Served, never_reads_a_file) {
  for (const char* target :
       {"/../../etc/passwd", "/%2e%2e/%2e%2e/etc/passwd", "//etc/passwd", "/etc/passwd%00"})
    EXPECT_THAT(get(target), StartsWith("HTTP/1.1 404")) << target;
}

TEST_F(Served, says_what_is_wrong_with_a_broken_request_and_closes) {
  EXPECT_THAT(ask("nonsense\r\n\r\n"), StartsWith("HTTP/1.1 400"));
  EXPECT_THAT(ask("GET /page HTTP/9.9\r\n\r\n"), StartsWith("HTTP/1.1 400"));
  EXPECT_THAT(ask("GET /page HTTP/1.1\r\nHost 127.0.0.1\r\n\r\n"), StartsWith("HTTP/1.1 400"));
  EXPECT_THAT(ask("GET /page HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello"),
              Not(HasSubstr("200 OK")));
  EXPECT_THAT(ask("GET /" + std::string(1'000'000, 'x')), StartsWith("HTTP/1.1 431"));
}

TEST_F(Served, is_not_harmed_by_garbage_however_it_is_cut) {
  std::mt19937 random{7};
  const std::string good = "GET /page HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n";
  for (int i = 0; i < 300; ++i) {
    std::string request = good;
    for (int flips = 0; flips < 3; ++flips)
      request[random() % request.size()] = static_cast<char>(random());
    const Fd socket = connected();
    say(socket, request.substr(0, random() % (request.size() + 1)));
    if (random() % 2) continue;  // some clients just leave
    ::shutdown(socket.get(), SHUT_WR);
    rest(socket);
  }
  EXPECT_THAT(get("/page"), StartsWith("HTTP/1.1 200"));
}

TEST_F(Served, goes_on_when_a_client_leaves_in_the_middle_of_an_answer) {
  for (int i = 0; i < 20; ++i) {
    const Fd socket = connected();
    say(socket, "GET /big HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n");
    char byte = 0;
    ::recv(socket.get(), &byte, 1, 0);
  }
  EXPECT_THAT(get("/page"), StartsWith("HTTP/1.1 200"));
}

TEST_F(ServedBriefly, closes_a_client_that_says_nothing) {
  const Fd idle = connected();
  EXPECT_EQ(rest(idle), "");
}

TEST_F(ServedBriefly, closes_a_client_that_does_not_take_its_answer) {
  const Fd stuck = connected();
  for (int i = 0; i < 4; ++i) say(stuck, "GET /big HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n");
  while (true) {  // its place is free again once it was given up
    const std::string answer = get("/page");
    if (answer.starts_with("HTTP/1.1 200")) break;
  }
  SUCCEED();
}

TEST_F(ServedBriefly, turns_away_more_clients_than_it_wants_and_serves_again_when_they_left) {
  {
    std::vector<Fd> crowd;
    for (int i = 0; i < 20; ++i) crowd.push_back(connected());
    for (const Fd& client : crowd) EXPECT_EQ(rest(client), "");
  }
  EXPECT_THAT(get("/page"), StartsWith("HTTP/1.1 200"));
}

TEST_F(Served, refuses_to_start_where_somebody_listens) {
  boost::asio::io_context io;
  EXPECT_THROW((HttpServer{io, server_.port(), {}}), std::runtime_error);
}

}  // namespace
}  // namespace tflab::netns
