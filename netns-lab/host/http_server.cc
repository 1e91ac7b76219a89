#include "netns-lab/host/http_server.h"

#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http.hpp>

#include <memory>
#include <optional>
#include <stdexcept>
#include <string_view>

namespace tflab::netns {
namespace {

namespace beast = boost::beast;
namespace http = beast::http;
using boost::asio::ip::tcp;
using Error = boost::system::error_code;
using Request = http::request<http::empty_body>;
using Response = http::response<http::string_body>;

// A browser tricked into asking us (DNS rebinding) names a host that is not this one.
bool meant_for_us(std::string_view host) {
  for (const std::string_view own : {"127.0.0.1", "localhost", "[::1]"})
    if (host == own || (host.starts_with(own) && host[own.size()] == ':')) return true;
  return false;
}

HttpAnswer plain(unsigned status, std::string body) {
  return {status, "text/plain", std::move(body) + "\n"};
}

std::string_view view(boost::string_view text) {
  return {text.data(), text.size()};
}

std::optional<HttpAnswer> refusal_of(const Request& request) {
  if (request.method() != http::verb::get && request.method() != http::verb::head)
    return plain(405, "only GET and HEAD");
  const auto host = request.find(http::field::host);
  if (host == request.end())
    return request.version() == 10 ? std::nullopt : std::optional{plain(400, "no Host")};
  if (!meant_for_us(view(host->value()))) return plain(403, "not a name of this host");
  return {};
}

}  // namespace

class HttpServer::Client : public std::enable_shared_from_this<Client> {
public:
  Client(HttpServer& home, tcp::socket socket) : home_{home}, stream_{std::move(socket)} {
    ++home_.clients_;
  }
  ~Client() { --home_.clients_; }

  void read() {
    parser_.emplace();
    parser_->header_limit(static_cast<std::uint32_t>(home_.limits_.header));
    parser_->body_limit(0);
    stream_.expires_after(home_.limits_.idle);
    http::async_read(
        stream_, buffer_, *parser_,
        [self = shared_from_this()](const Error& error, std::size_t) { self->was_read(error); });
  }

private:
  void was_read(const Error& error) {
    if (!error) return answer();
    if (error == http::error::header_limit) return send(plain(431, "too long"), false, true);
    if (error.category() == make_error_code(http::error::bad_method).category() &&
        error != http::error::end_of_stream && error != http::error::partial_message)
      send(plain(400, "not a request: " + error.message()), false, true);
  }

  void answer() {
    const Request& request = parser_->get();
    const auto refused = refusal_of(request);
    HttpAnswer answer = refused ? *refused : home_.handler_(std::string{view(request.target())});
    send(std::move(answer), request.keep_alive(), request.method() != http::verb::head);
  }

  void send(HttpAnswer answer, bool keep, bool with_body) {
    response_ = Response{http::int_to_status(answer.status), 11};
    response_.set(http::field::content_type, answer.type);
    response_.keep_alive(keep);
    response_.content_length(answer.body.size());
    if (with_body) response_.body() = std::move(answer.body);
    stream_.expires_after(home_.limits_.idle);
    serializer_.emplace(response_);
    serializer_->split(false);
    http::async_write(
        stream_, *serializer_,
        [self = shared_from_this()](const Error& error, std::size_t) { self->was_sent(error); });
  }

  void was_sent(const Error& error) {
    if (error) return;
    if (response_.keep_alive()) return read();
    Error ignored;
    stream_.socket().shutdown(tcp::socket::shutdown_send, ignored);
  }

  HttpServer& home_;
  beast::tcp_stream stream_;
  beast::flat_buffer buffer_{16384};
  std::optional<http::request_parser<http::empty_body>> parser_;
  Response response_;
  std::optional<http::response_serializer<http::string_body>> serializer_;
};

HttpServer::HttpServer(boost::asio::io_context& io, std::uint16_t port, Handler handler,
                       HttpLimits limits)
    : io_{io}, acceptor_{io}, pause_{io}, handler_{std::move(handler)}, limits_{limits} {
  try {
    const tcp::endpoint at{boost::asio::ip::address_v4::loopback(), port};
    acceptor_.open(at.protocol());
    acceptor_.set_option(tcp::acceptor::reuse_address{true});
    acceptor_.bind(at);
    acceptor_.listen();
  } catch (const boost::system::system_error& error) {
    throw std::runtime_error{"cannot listen on 127.0.0.1 port " + std::to_string(port) + ": " +
                             error.code().message()};
  }
  accept();
}

void HttpServer::accept() {
  acceptor_.async_accept([this](const Error& error, tcp::socket socket) {
    if (error == boost::asio::error::operation_aborted) return;
    if (!error) {
      if (clients_ < limits_.clients) std::make_shared<Client>(*this, std::move(socket))->read();
      return accept();
    }
    pause_.expires_after(std::chrono::milliseconds{200});  // out of descriptors
    pause_.async_wait([this](const Error& cancelled) {
      if (!cancelled) accept();
    });
  });
}

}  // namespace tflab::netns
