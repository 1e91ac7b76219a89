#pragma once
// A small HTTP server for pages about a daemon: GET and HEAD on loopback, with limits on everything
// a client can make it keep. It knows no page; no client, however slow or broken, holds up the
// loop.

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>

namespace tflab::netns {

struct HttpAnswer {
  unsigned status = 200;
  std::string type = "text/xml";
  std::string body;
};

struct HttpLimits {
  std::size_t clients = 100, header = 8192;
  std::chrono::milliseconds idle{30'000};
};

class HttpServer {
public:
  using Handler = std::function<HttpAnswer(const std::string& target)>;

  // Throws when the port is taken. Port 0: any, see port().
  HttpServer(boost::asio::io_context& io, std::uint16_t port, Handler handler,
             HttpLimits limits = {});

  std::uint16_t port() const { return acceptor_.local_endpoint().port(); }

private:
  class Client;
  friend class Client;
  void accept();

  boost::asio::io_context& io_;
  boost::asio::ip::tcp::acceptor acceptor_;
  boost::asio::steady_timer pause_;
  Handler handler_;
  HttpLimits limits_;
  std::size_t clients_ = 0;
};

}  // namespace tflab::netns
