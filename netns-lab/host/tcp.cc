#include "netns-lab/host/tcp.h"

#include <boost/asio/buffer.hpp>
#include <boost/asio/ip/v6_only.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>

#include <netinet/tcp.h>

#include <array>
#include <chrono>
#include <deque>
#include <stdexcept>
#include <utility>

#include "control-core/base/text.h"

namespace tflab::netns {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using Error = boost::system::error_code;

// A peer that does not take the last words (a NOTIFICATION, a stream close) is not waited for long.
constexpr auto linger = std::chrono::seconds{2};
constexpr auto descriptor_pause = std::chrono::milliseconds{200};

// A peer that takes nothing for so long is gone (RFC 9687 section 4.3 suggests eight minutes).
constexpr int send_hold_ms = 8 * 60 * 1000;

asio::ip::address address_of(const IpAddr& address) {
  if (address.is_v4()) return asio::ip::address_v4{address.v4().raw()};
  return asio::ip::address_v6{address.v6().octets};
}

tcp::endpoint endpoint_of(const Endpoint& endpoint) {
  return {address_of(endpoint.address), endpoint.port};
}

Endpoint endpoint_from(const tcp::endpoint& endpoint) {
  if (endpoint.address().is_v4())
    return {Ip4{endpoint.address().to_v4().to_uint()}, endpoint.port()};
  return {Ip6{endpoint.address().to_v6().to_bytes()}, endpoint.port()};
}

}  // namespace

class Streams::Stream : public std::enable_shared_from_this<Stream> {
public:
  Stream(Streams& home, tcp::socket socket)
      : home_{home}, socket_{std::move(socket)}, patience_{home.io_} {}

  void accepted(StreamId id) {
    id_ = id;
    begin();
  }

  void dial(StreamId id, const IpAddr& from, const Endpoint& to) {
    id_ = id;
    Error error;
    const tcp::endpoint remote = endpoint_of(to);
    socket_.open(remote.protocol(), error);
    if (!error && !from.zero()) socket_.bind({address_of(from), 0}, error);
    if (error || !accept_terms(to.address)) return fail_later();
    socket_.async_connect(remote, [self = shared_from_this()](const Error& failed) {
      if (self->closing_) return self->finish();
      if (failed) return self->lost();
      self->begin();
      if (!self->gone_) self->home_.owner_.on_opened(self->id_, self->local());
    });
  }

  // An accepted socket has its key from the one that listens.
  bool keeps_distance(const IpAddr& remote) {
    const SocketTerms* terms = terms_for(home_.terms_, remote);
    try {
      if (terms) limit_ttl(socket_.native_handle(), *terms);
      return true;
    } catch (const std::system_error&) {
      return false;
    }
  }

  // Goes out with all else that is written before the loop comes round: one call to the kernel.
  void write(SharedBytes bytes) {
    if (closing_ || gone_ || bytes->empty()) return;
    queued_ += bytes->size();
    queue_.push_back(std::move(bytes));
    if (queued_ > reset_at) return fail_later();
    if (connected_ && !writing_) {
      writing_ = true;
      home_.flush_soon(shared_from_this());
    }
    if (queued_ > blocked_at && !blocked_) tell_blocked();
  }

  void flush() {
    if (!gone_) write_more();
  }

  // After what was written. Reading goes on until the peer closes too: a reset caused by unread
  // bytes would take the last words with it.
  void close() {
    closing_ = true;
    if (!connected_) return finish();
    patience_.expires_after(linger);
    patience_.async_wait([self = shared_from_this()](const Error& error) {
      if (!error) self->finish();
    });
    if (queue_.empty()) half_close();
  }

  void drop() {
    closing_ = gone_ = true;
    Error ignored;
    socket_.close(ignored);
    patience_.cancel();
  }

  bool flushed() const { return queue_.empty(); }
  Endpoint local() const {
    Error ignored;
    return endpoint_from(socket_.local_endpoint(ignored));
  }

private:
  // A socket that the kernel will not hold to them is not used at all.
  bool accept_terms(const IpAddr& remote) {
    const SocketTerms* terms = terms_for(home_.terms_, remote);
    if (!terms || terms->md5_key.empty()) return keeps_distance(remote);
    SocketTerms one = *terms;
    one.whose = IpPrefix::host(remote);
    try {
      set_md5_key(socket_.native_handle(), one);
    } catch (const std::system_error&) {
      return false;
    }
    return keeps_distance(remote);
  }

  void begin() {
    connected_ = true;
    Error ignored;
    socket_.set_option(tcp::no_delay{true}, ignored);
    ::setsockopt(socket_.native_handle(), IPPROTO_TCP, TCP_USER_TIMEOUT, &send_hold_ms,
                 sizeof send_hold_ms);
    socket_.non_blocking(true, ignored);
    await_bytes();
    if (!queue_.empty()) write_more();
  }

  void await_bytes() {
    socket_.async_wait(tcp::socket::wait_read, [self = shared_from_this()](const Error& error) {
      if (self->gone_) return;
      if (error) return self->ended();
      self->read();
    });
  }

  // Streams read one after the other, so they share the room for it.
  void read() {
    Error error;
    const std::size_t n = socket_.read_some(asio::buffer(home_.room_), error);
    if (error && error != asio::error::would_block) return ended();
    if (n > 0 && !closing_) home_.owner_.on_bytes(id_, Bytes{home_.room_.data(), n});
    if (!gone_) await_bytes();
  }

  void ended() { closing_ ? finish() : lost(); }

  void write_more() {
    writing_ = true;
    while (!queue_.empty()) {
      Error error;
      const std::size_t taken = write_some(error);
      if (error == asio::error::would_block) return await_room();
      if (error) {
        queue_.clear();
        return ended();
      }
      forget(taken);
    }
    writing_ = false;
    if (closing_) return half_close();
    if (blocked_ && queued_ < writable_at) {
      blocked_ = false;
      home_.owner_.on_writable(id_);
    }
  }

  std::size_t write_some(Error& error) {
    std::array<asio::const_buffer, 64> buffers;
    std::size_t n = 0;
    for (const SharedBytes& bytes : queue_) {
      if (n == buffers.size()) break;
      buffers[n++] = asio::buffer(*bytes);
    }
    buffers[0] += written_;
    return socket_.write_some(buffers, error);
  }

  void forget(std::size_t taken) {
    queued_ -= taken;
    taken += written_;
    while (!queue_.empty() && taken >= queue_.front()->size()) {
      taken -= queue_.front()->size();
      queue_.pop_front();
    }
    written_ = taken;
  }

  void await_room() {
    socket_.async_wait(tcp::socket::wait_write, [self = shared_from_this()](const Error& error) {
      if (!error) self->flush();
    });
  }

  void tell_blocked() {
    blocked_ = true;
    asio::post(home_.io_, [self = shared_from_this()] {
      if (self->blocked_ && !self->closing_ && !self->gone_)
        self->home_.owner_.on_blocked(self->id_);
    });
  }

  void half_close() {
    Error ignored;
    socket_.shutdown(tcp::socket::shutdown_send, ignored);
  }

  void fail_later() {
    asio::post(home_.io_, [self = shared_from_this()] {
      if (!self->closing_) self->lost();
    });
  }

  void lost() {
    if (gone_) return;
    const auto self = shared_from_this();
    drop();
    home_.streams_.erase(id_);
    home_.owner_.on_closed(id_);
  }

  void finish() {
    const auto self = shared_from_this();
    drop();
    home_.closing_.erase(this);
  }

  Streams& home_;
  tcp::socket socket_;
  asio::steady_timer patience_;
  StreamId id_;
  std::deque<SharedBytes> queue_;
  std::size_t queued_ = 0, written_ = 0;  // written: of the queue's first
  bool connected_ = false, blocked_ = false, closing_ = false, gone_ = false;
  bool writing_ = false;  // the loop will come round for it
};

class Streams::Listener {
public:
  Listener(Streams& home, const tcp::endpoint& at, Caller caller)
      : home_{home},
        acceptor_{home.io_},
        pause_{home.io_},
        v4_{at.address().is_v4()},
        caller_{caller} {
    acceptor_.open(at.protocol());
    acceptor_.set_option(tcp::acceptor::reuse_address{true});
    if (at.address().is_v6()) acceptor_.set_option(asio::ip::v6_only{true});
    acceptor_.bind(at);
    if (caller_ == Caller::speaker) hold_to(home.terms_);
    acceptor_.listen();
    accept();
  }

  Caller caller() const { return caller_; }

  void hold_to(const std::vector<SocketTerms>& terms) {
    for (const SocketTerms& old : std::exchange(keys_, {}))
      remove_md5_key(acceptor_.native_handle(), old);
    for (const SocketTerms& each : terms) {
      if (each.md5_key.empty() || each.whose.base().is_v4() != v4_) continue;
      set_md5_key(acceptor_.native_handle(), each);
      keys_.push_back(each);
    }
    limit_callers(acceptor_.native_handle(), terms, v4_ ? IpVersion::v4 : IpVersion::v6);
  }

private:
  void accept() {
    acceptor_.async_accept([this](const Error& error, tcp::socket socket) {
      if (error == asio::error::operation_aborted) return;
      if (error) return rest();  // out of descriptors: somebody will close one
      welcome(std::move(socket));
      accept();
    });
  }

  void rest() {
    pause_.expires_after(descriptor_pause);
    pause_.async_wait([this](const Error& error) {
      if (!error) accept();
    });
  }

  void welcome(tcp::socket socket) {
    Error error;
    const tcp::endpoint local = socket.local_endpoint(error);
    const tcp::endpoint remote = error ? tcp::endpoint{} : socket.remote_endpoint(error);
    if (error || home_.streams_.size() >= most_streams) return;  // closed where it stands
    auto stream = std::make_shared<Stream>(home_, std::move(socket));
    const bool speaker = caller_ == Caller::speaker;
    if (speaker && !stream->keeps_distance(endpoint_from(remote).address)) return;
    const StreamId id = home_.owner_.on_accepted(endpoint_from(local), endpoint_from(remote));
    home_.streams_[id] = stream;
    stream->accepted(id);
  }

  Streams& home_;
  tcp::acceptor acceptor_;
  asio::steady_timer pause_;
  bool v4_;
  Caller caller_;
  std::vector<SocketTerms> keys_;
};

Streams::Streams(asio::io_context& io, StreamOwner& owner)
    : io_{io}, owner_{owner}, room_(1 << 18) {}

Streams::~Streams() {
  for (auto& [id, stream] : streams_) stream->drop();
  for (auto& [at, stream] : closing_) stream->drop();
}

std::unique_ptr<Streams::Listener> Streams::listener(const Endpoint& at, Caller caller) {
  try {
    return std::make_unique<Listener>(*this, endpoint_of(at), caller);
  } catch (const boost::system::system_error& error) {
    throw std::runtime_error{"cannot listen on " + to_text(at.address) + " port " +
                             std::to_string(at.port) + ": " + error.code().message()};
  }
}

// Nothing can be listened on beside its own wildcard: what goes makes room first, and comes back if
// what is to come cannot.
void Streams::listen(const Places& places) {
  Places before;
  for (const auto& [at, old] : listeners_) before.emplace(at, old->caller());
  try {
    listen_only(places);
  } catch (const std::runtime_error&) {
    listen_only(before);
    throw;
  }
}

void Streams::listen_only(const Places& places) {
  std::erase_if(listeners_, [&](const auto& each) {
    const auto wanted = places.find(each.first);
    return wanted == places.end() || wanted->second != each.second->caller();
  });
  for (const auto& [at, caller] : places)
    if (!listeners_.contains(at)) listeners_[at] = listener(at, caller);
}

void Streams::hold_to(std::vector<SocketTerms> terms) {
  if (terms == terms_) return;
  terms_ = std::move(terms);
  for (auto& [at, listener] : listeners_)
    if (listener->caller() == Caller::speaker) listener->hold_to(terms_);
}

void Streams::open(const OpenStream& request) {
  auto stream = std::make_shared<Stream>(*this, tcp::socket{io_});
  streams_[request.stream] = stream;
  stream->dial(request.stream, request.from, request.to);
}

void Streams::write(const WriteStream& request) {
  if (const auto at = streams_.find(request.stream); at != streams_.end())
    at->second->write(request.bytes);
}

void Streams::close(const CloseStream& request) {
  const auto at = streams_.find(request.stream);
  if (at == streams_.end()) return;
  const auto stream = at->second;
  streams_.erase(at);
  closing_[stream.get()] = stream;
  stream->close();
}

void Streams::flush_soon(std::shared_ptr<Stream> stream) {
  unflushed_.push_back(std::move(stream));
  if (unflushed_.size() > 1) return;
  asio::post(io_, [this] {
    for (const auto& each : std::exchange(unflushed_, {})) each->flush();
  });
}

bool Streams::flushed() const {
  for (const auto& [at, stream] : closing_)
    if (!stream->flushed()) return false;
  for (const auto& [id, stream] : streams_)
    if (!stream->flushed()) return false;
  return true;
}

}  // namespace tflab::netns
