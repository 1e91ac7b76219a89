#pragma once
// The stream port over kernel TCP: listens and dials for a core, keeps what the peer does not take
// yet in a bounded queue, and never calls back from inside a call.

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <cstdint>
#include <map>
#include <memory>
#include <vector>

#include "control-core/base/stream.h"
#include "netns-lab/host/socket_terms.h"
#include "vrouter-core/base/reader.h"

namespace tflab::netns {

// Who the streams belong to. A control node accepts and can be told to hold back; an agent only
// dials, and gets by without.
class StreamOwner {
public:
  // The stream exists when this has returned: nothing may be written to it from inside.
  virtual StreamId on_accepted(Endpoint local, Endpoint remote) = 0;
  virtual void on_opened(StreamId stream, Endpoint local) = 0;
  virtual void on_bytes(StreamId stream, Bytes bytes) = 0;
  virtual void on_closed(StreamId stream) = 0;
  virtual void on_blocked(StreamId stream) = 0;
  virtual void on_writable(StreamId stream) = 0;

protected:
  ~StreamOwner() = default;
};

// Who may call at a place: BGP speakers are held to terms, agents are not, wherever they live.
enum class Caller : std::uint8_t { speaker, agent };
using Places = std::map<Endpoint, Caller>;

class Streams {
public:
  // Above the first the owner is told to hold back, below the second to go on; a stream whose owner
  // does not listen is reset at the third.
  static constexpr std::size_t blocked_at = 1 << 20, writable_at = 1 << 18, reset_at = 64 << 20;
  static constexpr std::size_t most_streams = 8192;

  Streams(boost::asio::io_context& io, StreamOwner& owner);
  ~Streams();

  // Exactly there from now on. Throws when one cannot be had; then nothing has changed.
  void listen(const Places& places);
  // From now on: keys and TTLs on what listens for speakers, is dialled or accepted from them.
  void hold_to(std::vector<SocketTerms> terms);
  void open(const OpenStream& request);
  void write(const WriteStream& request);
  void close(const CloseStream& request);

  // Nothing is left that a peer still has to take.
  bool flushed() const;

private:
  class Stream;
  class Listener;
  std::unique_ptr<Listener> listener(const Endpoint& at, Caller caller);
  void listen_only(const Places& places);
  friend class Stream;
  void flush_soon(std::shared_ptr<Stream> stream);

  boost::asio::io_context& io_;
  StreamOwner& owner_;
  std::vector<std::byte> room_;
  std::map<StreamId, std::shared_ptr<Stream>> streams_;
  std::map<const Stream*, std::shared_ptr<Stream>> closing_;  // no longer the owner's
  std::vector<std::shared_ptr<Stream>> unflushed_;
  std::map<Endpoint, std::unique_ptr<Listener>> listeners_;
  std::vector<SocketTerms> terms_;
};

}  // namespace tflab::netns
