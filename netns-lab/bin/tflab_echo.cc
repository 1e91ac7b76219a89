// The echo service of machines (RFC 862): sends back what comes, over UDP or TCP, until killed.
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ip/udp.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/write.hpp>
#include <csignal>

#include <array>
#include <charconv>
#include <iostream>
#include <memory>
#include <string_view>

#include "netns-lab/bin/programs.h"
#include "netns-lab/host/privileges.h"
#include "netns-lab/host/readiness.h"

namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using asio::ip::udp;
using Error = boost::system::error_code;

class UdpEcho {
public:
  UdpEcho(asio::io_context& io, std::uint16_t port) : socket_{io, {udp::v6(), port}} { receive(); }

private:
  void receive() {
    socket_.async_receive_from(asio::buffer(room_), from_,
                               [this](const Error& error, std::size_t n) {
                                 Error ignored;
                                 if (!error)
                                   socket_.send_to(asio::buffer(room_, n), from_, 0, ignored);
                                 receive();
                               });
  }

  udp::socket socket_;
  udp::endpoint from_;
  std::array<char, 65536> room_;
};

class TcpClient : public std::enable_shared_from_this<TcpClient> {
public:
  explicit TcpClient(tcp::socket socket) : socket_{std::move(socket)} {}

  void receive() {
    socket_.async_read_some(asio::buffer(room_),
                            [self = shared_from_this()](const Error& error, std::size_t n) {
                              if (!error) self->send_back(n);
                            });
  }

private:
  void send_back(std::size_t n) {
    asio::async_write(socket_, asio::buffer(room_, n),
                      [self = shared_from_this()](const Error& error, std::size_t) {
                        if (!error) self->receive();
                      });
  }

  tcp::socket socket_;
  std::array<char, 16384> room_;
};

class TcpEcho {
public:
  TcpEcho(asio::io_context& io, std::uint16_t port) : acceptor_{io, {tcp::v6(), port}} { accept(); }

private:
  void accept() {
    acceptor_.async_accept([this](const Error& error, tcp::socket socket) {
      if (!error) std::make_shared<TcpClient>(std::move(socket))->receive();
      accept();
    });
  }

  tcp::acceptor acceptor_;
};

int serve(bool over_udp, std::uint16_t port) {
  asio::io_context io{1};
  asio::signal_set signals{io, SIGTERM, SIGINT};
  signals.async_wait([&](const Error&, int) { io.stop(); });
  std::unique_ptr<UdpEcho> datagrams;
  std::unique_ptr<TcpEcho> streams;
  if (over_udp)
    datagrams = std::make_unique<UdpEcho>(io, port);
  else
    streams = std::make_unique<TcpEcho>(io, port);
  tflab::netns::give_up_root(tflab::netns::Keep::nothing);
  tflab::netns::tell_ready();
  io.run();
  return 0;
}

}  // namespace

int tflab::echo_program(int argc, char** argv) {
  const std::string_view how = argc == 3 ? argv[1] : "", text = argc == 3 ? argv[2] : "";
  std::uint16_t port = 0;
  std::from_chars(text.data(), text.data() + text.size(), port);
  if ((how != "--udp" && how != "--tcp") || port == 0) {
    std::cerr << "usage: tflab-echo --udp PORT | --tcp PORT\n";
    return 2;
  }
  try {
    return serve(how == "--udp", port);
  } catch (const std::exception& failure) {
    std::cerr << "tflab-echo: cannot serve port " << port << ": " << failure.what() << "\n";
    return 4;
  }
}
